"""Pictures of the side panel: full, narrow, empty, light and dark."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import lab
import staged
from album import Album, begun, theme
from stories import STORIES

PICTURES = {
    "side-full": ("full", 380),
    "side-narrow": ("full", 180),
    "side-empty": ("empty", 300),
}
"""By name: the folder of the notebook, and the width."""


def take(chromium: Any, album: Album) -> None:
    """Each light and dark."""
    wanted = album.on_both_grounds(PICTURES)
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        full = root / "full" / "kresume_runs"
        for story in STORIES.values():
            staged.written(full, story)
        with staged.told(full, STORIES["running"]), lab.Lab(root) as server:
            for name in ("full", "empty"):
                (root / name).mkdir(exist_ok=True)
                staged.notebook(root / name / "train.ipynb")
            for name, folder, width, dark in wanted:
                context = chromium.new_context(viewport={"width": 1000, "height": 900})
                page = context.new_page()
                begun(page, server, f"{folder}/train.ipynb")
                page.locator(".jp-Notebook").wait_for()
                theme(page, dark)
                page.evaluate(
                    "() => window.jupyterapp.commands.execute('kresume:show-runs')"
                    ".then(() => undefined)"
                )
                side = page.locator(".kr-Runs")
                side.wait_for()
                widen(page, width)
                album.take(side, name)
                context.close()


def widen(page: Any, width: int) -> None:
    """Drags the side panel's edge, as a person would."""
    box = page.locator("#jp-left-stack").bounding_box()
    edge = box["x"] + box["width"]
    page.mouse.move(edge + 1, 600)
    page.mouse.down()
    page.mouse.move(box["x"] + width, 600, steps=4)
    page.mouse.up()
