"""Pictures of the bar above a stopped notebook: what it offers, its other choices, long names; narrow, light and dark."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import lab
import staged
from album import Album, begun, theme
from stories import FINDINGS, STORIES, Story

KILLED = replace(STORIES["killed"], findings=FINDINGS, kills=(250,))
LONG = replace(STORIES["long-names"], until=250, status="running", findings=FINDINGS, kills=(130,))
PICTURES: dict[str, tuple[Story, int, bool]] = {
    "banner-offer": (KILLED, 1100, False),
    "banner-narrow": (KILLED, 480, False),
    "banner-choices": (KILLED, 1100, True),
    "banner-long-names": (LONG, 800, True),
}
"""By name: what happened, the width, and whether the other choices are unfolded."""


def take(chromium: Any, album: Album) -> None:
    """Each light and dark."""
    wanted = album.on_both_grounds(PICTURES)
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as place, lab.Lab(Path(place)) as server:
        for name, story, width, unfolded, dark in wanted:
            killed(server.root / name, story)
            context = chromium.new_context(viewport={"width": width + 40, "height": 900})
            page = context.new_page()
            begun(page, server, f"{name}/train.ipynb")
            page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
            theme(page, dark)
            banner = page.locator(".kr-Banner[data-state=offer]")
            banner.locator(".kr-Auto").wait_for()
            if unfolded:
                banner.locator(".kr-Banner-more").click()
                banner.locator(".kr-Banner-choices").wait_for()
            album.take(banner, name)
            context.close()


def killed(folder: Path, story: Story) -> None:
    """A notebook, a run of it that stopped, and an earlier one."""
    runs = folder / "kresume_runs"
    staged.written(runs, replace(STORIES["finished"], base=story.base))
    staged.written(runs, story)
    for run in runs.iterdir():
        header = json.loads((run / "run.json").read_text())
        header["cell"] = {"id": "cell-0", "source": "history = kr.fit(model, x, y)"}
        header["setup"] = [{"id": "gone", "source": "x, y = load()"}]
        (run / "run.json").write_text(json.dumps(header))
    staged.notebook(folder / "train.ipynb")
