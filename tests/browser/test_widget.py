"""The panel as a widget: in a JupyterLab without the extension, as in VS Code or Colab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import conftest
import lab
import pytest

import kresume_nb as kr

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


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


def test_with_the_extension_there_is_one_panel_and_it_is_no_widget(
    server: lab.Lab, page: Any
) -> None:
    opened = notebook_of(server, page, epochs=2)
    opened.run_all()
    opened.wait_for_panel("d.status === 'finished'")
    assert page.locator(".kr-Panel").count() == 1
    assert page.locator(".kr-Output .kr-Panel").count() == 1
    assert page.locator(".kr-Widget").count() == 0
