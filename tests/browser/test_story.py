"""The story, as a person lives it: train, lose the kernel, click, finish; with a tab that comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import conftest
import lab
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.train.checkpoint.keras_file import Loaded

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


def checkpoints(server: lab.Lab, run: str = "digits-001") -> Path:
    return server.root / "kresume_runs" / run / "checkpoints"


def wait_for_mid_epoch_checkpoint(server: lab.Lab) -> None:
    lab.wait_for(
        lambda: list(checkpoints(server).glob("step-*.keras")), 60, "no mid-epoch checkpoint"
    )


def unbroken(server: lab.Lab, folder: Path) -> Any:
    """The same notebook, run from start to end by nobody's hand."""
    folder.mkdir()
    (folder / "train.ipynb").write_bytes(lab.whole(server.root / "train.ipynb"))
    server.execute(folder / "train.ipynb")
    return kr.load_run(folder / "kresume_runs" / "digits-001")


def final_state(run: Any) -> list[Any]:
    with Loaded(run.path / "checkpoints" / run.checkpoints[-1].file) as loaded:
        return [loaded.variable(one) for one in loaded.state["variables"]]


def test_killed_and_resumed_by_one_click_it_ends_as_if_unbroken(
    server: lab.Lab, notebook: Make, tmp_path: Path
) -> None:
    opened = notebook(epochs=5)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 2")
    wait_for_mid_epoch_checkpoint(server)
    server.kill_kernel()
    opened.close_restart_dialog()
    banner = opened.banner()
    assert "digits-001 stopped after epoch" in banner.inner_text()
    stopped = opened.wait_for_panel("d.status === 'stopped'")
    assert int(stopped["epochs"]) >= 2
    banner.locator(".kr-Banner-resume").click()
    shown = opened.wait_for_panel("d.status === 'finished'")

    opened.page.locator(".kr-Banner").wait_for(state="hidden")
    assert shown["epochs"] == "5"
    assert shown["steps"] == str(5 * conftest.BATCHES)
    ours, theirs = kr.load_run(checkpoints(server).parent), unbroken(server, tmp_path / "unbroken")
    assert len(ours.fold.resumes) == 1
    assert ours.fold.resumes[0].batch > 0
    assert ours.history == theirs.history
    assert ours.steps["loss"] == theirs.steps["loss"]
    assert ours.steps["learning_rate"] == theirs.steps["learning_rate"]
    for one, other in zip(final_state(ours), final_state(theirs), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_a_reload_while_the_kernel_is_busy_shows_the_whole_chart_still_growing(
    notebook: Make,
) -> None:
    opened = notebook(epochs=60, pause=0.03)
    opened.run_all()
    before = opened.wait_for_panel("+d.epochs >= 2")
    opened.reload()
    opened.page.locator(".jp-Notebook").wait_for()
    after = opened.wait_for_panel(f"+d.steps >= {before['steps']}", timeout=30)
    assert after["status"] == "running"
    assert int(after["epochs"]) >= int(before["epochs"])
    opened.wait_for_panel(f"+d.steps > {after['steps']}", timeout=30)
    assert int(opened.panel()["steps"]) == int(opened.panel()["step"])


@pytest.mark.parametrize(("end", "status"), [("crash", "stopped"), ("stop", "interrupted")])
def test_a_page_opened_after_the_server_was_gone_shows_the_run_and_offers_to_resume(
    end: str, status: str, server: lab.Lab, notebook: Make
) -> None:
    opened = notebook(epochs=60)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    wait_for_mid_epoch_checkpoint(server)
    opened.save()
    opened.page.goto("about:blank")
    getattr(server, end)()
    server.start()
    opened.open()
    shown = opened.wait_for_panel(f"d.status === '{status}'", timeout=60)
    assert int(shown["epochs"]) >= 1
    sentence = "was interrupted" if end == "stop" else "stopped"
    assert f"digits-001 {sentence} after epoch" in opened.banner().inner_text()


def test_start_over_begins_a_new_run_and_keeps_the_old_one(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=3)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    server.kill_kernel()
    opened.close_restart_dialog()
    opened.banner().locator(".kr-Banner-startOver").click()
    opened.wait_for_panel("d.run === 'digits-002' && d.status === 'finished'")
    assert kr.load_run(checkpoints(server, "digits-001").parent).status == "running"
    assert kr.load_run(checkpoints(server, "digits-002").parent).fold.resumes == []


def test_dismissed_the_banner_stays_away(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=30)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    server.kill_kernel()
    opened.close_restart_dialog()
    opened.banner().locator(".kr-Banner-dismiss").click()
    opened.page.locator(".kr-Banner").wait_for(state="hidden")
    opened.save()
    opened.reload()
    opened.wait_for_panel("d.status === 'stopped'")
    assert not opened.page.locator(".kr-Banner").is_visible()


def test_a_set_up_cell_that_fails_stops_there_and_is_named(server: lab.Lab, notebook: Make) -> None:
    # It works once: then the marker is there.
    trap = (
        "import pathlib\nif pathlib.Path('marker').exists(): raise RuntimeError('set-up broke')\n"
        "pathlib.Path('marker').touch()"
    )
    opened = notebook(epochs=20, extra=trap)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    server.kill_kernel()
    opened.close_restart_dialog()
    opened.banner().locator(".kr-Banner-resume").click()
    failed = opened.banner("failed")
    assert "RuntimeError" in failed.inner_text()
    assert kr.load_run(checkpoints(server).parent).fold.resumes == []

    (server.root / "marker").unlink()
    failed.locator(".kr-Banner-resume").click()
    opened.wait_for_panel("d.status === 'finished'")


def test_the_stop_button_saves_a_checkpoint_and_says_so(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=60)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    opened.command("notebook:interrupt-kernel")
    shown = opened.wait_for_panel("d.status === 'interrupted'")
    run = kr.load_run(checkpoints(server).parent)
    assert run.checkpoints[-1].position.step == run.fold.position.step == int(shown["step"])
    opened.page.get_by_text("Run the cell again to go on from there").wait_for()
