"""The panel as a widget: in a JupyterLab without the extension, as in VS Code or Colab."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import conftest
import lab
import nbformat
import pytest

import kresume_nb as kr
from kresume_nb.run.records import Bundle

pytestmark = pytest.mark.browser

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[lab.Lab]:
    """A server whose pages know nothing of us."""
    root = tmp_path / "notebooks"
    root.mkdir()
    made = lab.Lab(root)
    made.disable("kresume_nb")
    with made as started:
        yield started


def notebook_of(server: lab.Lab, page: Any, *cells: str, epochs: int = 6) -> lab.Notebook:
    train = conftest.TRAIN.format(epochs=epochs)
    path = server.root / "train.ipynb"
    conftest.write(path, ["PAUSE = 0.01", *conftest.SETUP, train, *cells])
    opened = lab.Notebook(page, server, path.name)
    opened.open()
    return opened


def test_without_the_extension_a_widget_shows_the_run_live_and_complete(
    bare: lab.Lab, page: Any
) -> None:
    opened = notebook_of(bare, page)
    opened.run_all()
    shown = opened.wait_for_panel("+d.epochs >= 2")
    assert shown["status"] == "running"
    assert page.locator(".kr-Widget .kr-Panel").count() == 1
    assert page.locator(".kr-Panel canvas").count() >= 2
    # Reopened without its kernel a widget would say "model not found": its picture stays.
    picture = page.locator(".jp-RenderedImage img")
    picture.wait_for()
    assert page.locator(".kr-Panel").count() == 0
    opened.save()
    bare.stop()  # and the kernel with it
    bare.start()
    opened.open()
    picture.wait_for()
    assert page.get_by_text("model not found").count() == 0
    assert page.evaluate("() => document.querySelector('.jp-RenderedImage img').naturalWidth") > 400


def test_made_by_hand_a_widget_shows_any_run_from_its_start(bare: lab.Lab, page: Any) -> None:
    again = (
        "from kresume_nb.view import widget\n"
        "widget._HEAD_BYTES = 0  # all of it by messages, some sent before the page listens\n"
        "kr.TrainingWidget(kr.load_run('digits'))"
    )
    opened = notebook_of(bare, page, again, epochs=2)
    opened.run_all()
    page.locator(".jp-RenderedImage img").wait_for()  # has taken the place of fit's own panel
    shown = opened.wait_for_panel(
        f"d.status === 'finished' && d.steps === '{2 * conftest.BATCHES}'"
    )
    assert shown["epochs"] == "2"
    assert len(kr.load_run(bare.root / "kresume_runs" / "digits-001").steps["loss"]) == int(
        shown["steps"]
    )
    assert page.locator(".kr-Panel").count() == 1


def test_a_widget_says_when_its_kernel_is_gone(bare: lab.Lab, page: Any) -> None:
    opened = notebook_of(bare, page, epochs=60)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    bare.kill_kernel()
    opened.close_restart_dialog()
    shown = opened.wait_for_panel("d.status === 'stopped'")
    assert int(shown["epochs"]) >= 1
    # Its view stays in the notebook; what converts notebooks passes it over.
    opened.save()
    assert WIDGET in saved(bare.root)[0]["data"]
    page.goto(converted(bare.root).as_uri())
    page.get_by_text("kr.load_run('digits-001') shows how it stands").wait_for()


def test_killed_under_the_extension_a_notebook_shows_its_picture_everywhere(
    tmp_path: Path, page: Any
) -> None:
    """A real kill after the first picture, 20 s in; nobody saves the notebook but the page."""
    root = tmp_path / "notebooks"
    root.mkdir()
    with lab.Lab(root) as server:
        opened = notebook_of(server, page, epochs=600)
        opened.run_all()
        opened.wait_for_panel("+d.epochs >= 1")
        assert (
            page.locator(".kr-Output .kr-Panel").count() == page.locator(".kr-Panel").count() == 1
        )
        assert page.locator(".kr-Widget").count() == 0

        def pictured() -> dict[str, Any] | None:
            outputs = saved(root)
            return outputs[0] if outputs and "image/png" in outputs[0]["data"] else None

        lab.wait_for(pictured, 60, "no picture was saved")
        server.kill_kernel()
        opened.close_restart_dialog()
        opened.wait_for_panel("d.status === 'stopped'")
    (output,) = saved(root)
    assert output["data"].keys() == {Bundle.mime, "image/png", "text/plain"}
    assert "digits-001: running or stopped at epoch" in "".join(output["data"]["text/plain"])
    assert len(json.dumps(output)) <= 100_000

    # As on pages that run nothing.
    assert picture_in(page, converted(root)) > 400
    # As in a JupyterLab without us.
    plain = lab.Lab(root)
    plain.disable("kresume_nb")
    with plain as server:
        lab.Notebook(page, server, "train.ipynb").open()
        page.locator(".jp-RenderedImage img").wait_for()
        assert page.get_by_text("model not found").count() == 0


def saved(root: Path) -> list[Any]:
    """The training cell's outputs in the file; none while Jupyter writes it, in place."""
    try:
        read = nbformat.read(root / "train.ipynb", nbformat.NO_CONVERT)
    except nbformat.reader.NotJSONError:
        return []
    cell = next(one for one in read["cells"] if one["source"].startswith("history"))
    return [one for one in cell["outputs"] if "data" in one]


def converted(root: Path) -> Path:
    """The notebook as nbconvert makes a page of it."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "train.ipynb"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return root / "train.html"


def picture_in(page: Any, path: Path) -> int:
    """Width of the one picture of a page that is a file."""
    page.goto(path.as_uri())
    image = page.locator("img")
    image.wait_for()
    return int(image.evaluate("node => node.naturalWidth"))
