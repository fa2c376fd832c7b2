"""Pictures of a notebook whose kernel is killed, with our extension and without."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import lab
import test_widget
from album import Album
from PIL import Image

NOTEBOOK = "01_train_and_resume.ipynb"
EXAMPLES = Path(__file__).parents[2] / "example_notebooks"
KILL_AFTER_EPOCHS = 7
COLOURS = 128
"""Of the README's picture, which is part of every clone: it has to be small."""


def take(chromium: Any, album: Album) -> None:
    """The README's picture, and what other pages show of such a notebook."""
    if album.wants("after-a-kill"):
        after_a_kill(chromium, album)
    if album.wants("elsewhere"):
        elsewhere(chromium, album)


def after_a_kill(chromium: Any, album: Album) -> None:
    """The example notebook, as its kernel has just been killed."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(EXAMPLES / NOTEBOOK, place)
        with lab.Lab(Path(place)) as server:
            page = chromium.new_page(
                viewport={"width": 1240, "height": 820}, device_scale_factor=1.5
            )
            opened = lab.Notebook(page, server, NOTEBOOK)
            opened.open()
            page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
            opened.run_all()
            shown = f"+d.epochs >= {KILL_AFTER_EPOCHS} && +d.step % 88 > 30 && +d.step % 88 < 60"
            opened.wait_for_panel(shown, timeout=300)
            server.kill_kernel()
            opened.close_restart_dialog()
            opened.banner()
            opened.wait_for_panel("d.status === 'stopped'")
            page.locator(".kr-Panel").evaluate("node => node.scrollIntoView({block: 'center'})")
            path = album.take(page, "after-a-kill")
            page.close()
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def elsewhere(chromium: Any, album: Album) -> None:
    """Live in a JupyterLab without us; killed under the extension, then there and as nbconvert's page."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        page = chromium.new_page(viewport={"width": 1000, "height": 1000})
        with lab.Lab(root) as server:
            test_widget.notebook_of(server, page, epochs=600).run_all()
            lab.wait_for(lambda: pictured(root), 90, "no picture was saved")
            server.kill_kernel()
        page.goto(test_widget.converted(root).as_uri())
        page.locator("img").scroll_into_view_if_needed()
        album.take(page, "elsewhere-killed-nbconvert")
        plain = lab.Lab(root)
        plain.disable("kresume_nb")
        with plain as server:
            opened = lab.Notebook(page, server, "train.ipynb")
            opened.open()
            page.locator(".jp-RenderedImage img").scroll_into_view_if_needed()
            album.take(page, "elsewhere-killed-plain-lab")
            shutil.rmtree(root / "kresume_runs")
            opened.run_all()
            opened.wait_for_panel("+d.epochs >= 4")
            page.locator(".kr-Panel").scroll_into_view_if_needed()
            album.take(page, "elsewhere-live-widget", live=True)
        page.close()


def pictured(root: Path) -> bool:
    """Whether the notebook's file has a picture of the run."""
    return any("image/png" in one["data"] for one in test_widget.saved(root))
