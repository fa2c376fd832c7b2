"""The question that a training cell asks when it is run by hand and its run is unfinished."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import lab
import pytest

import kresume_nb as kr

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]

ENDED = """() => {
    const cell = window.jupyterapp.shell.currentWidget.content.widgets.at(-1);
    return cell.model.executionState !== 'running' && cell.model.executionCount !== null
        && cell.model.outputs.toJSON().some(output => output.output_type === 'error');
}"""
RUN_TRAINING_CELL = """() => {
    const { commands, shell } = window.jupyterapp;
    const notebook = shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    void commands.execute('notebook:run-cell');
}"""


def stopped(opened: lab.Notebook, server: lab.Lab) -> None:
    """Trains for two epochs, and presses the stop button within the third."""
    opened.run_all()
    # The run folder tells at once; the panel looks about once a second.
    journal = server.root / "kresume_runs" / "digits-001" / "journal.jsonl"
    lab.wait_for(
        lambda: journal.exists() and journal.read_text().count('"type":"epoch"') >= 2,
        120,
        "no two epochs",
    )
    opened.command("notebook:interrupt-kernel")
    opened.wait_for_panel("d.status === 'interrupted'")
    # The journal says so while the cell still ends; what is run before it has ended is aborted.
    opened.page.wait_for_function(ENDED)


def asked(opened: lab.Notebook) -> Any:
    """Runs the training cell by hand; returns the question."""
    opened.page.wait_for_function(opened._READY)
    opened.page.evaluate(RUN_TRAINING_CELL)
    return question(opened)


def question(opened: lab.Notebook) -> Any:
    found = opened.page.locator(".kr-Ask[data-state=open]")
    found.wait_for()
    return found


def runs(server: lab.Lab) -> list[str]:
    return [one.name for one in kr.runs(server.root / "kresume_runs")]


def load(server: lab.Lab, name: str) -> Any:
    return kr.load_run(server.root / "kresume_runs" / name)


def left_behind(server: lab.Lab) -> list[str]:
    return [one.name for one in (server.root / "kresume_runs").rglob("ask-*")]


def test_untouched_it_counts_down_and_resumes(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=4, pause=0.04)
    stopped(opened, server)
    asking = asked(opened)
    told = asking.inner_text()
    assert "digits-001 was interrupted after epoch 2" in told
    assert "Resume from epoch 2" in told
    assert "Resumes by itself in" in told
    shown = opened.wait_for_panel("d.status === 'finished'")
    assert (shown["run"], shown["epochs"]) == ("digits-001", "4")
    assert opened.page.locator(".kr-Ask").count() == 0
    assert runs(server) == ["digits-001"]
    run = load(server, "digits-001")
    assert len(run.fold.resumes) == 1
    assert (run.report.approximate, run.report.lost) == ([], [])
    assert left_behind(server) == []


def test_another_epoch_begins_a_fork(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=4, pause=0.04)
    stopped(opened, server)
    before = (server.root / "kresume_runs" / "digits-001" / "journal.jsonl").read_bytes()
    asking = asked(opened)
    asking.locator("summary").click()
    asking.get_by_text("Waiting for your choice").wait_for()
    row = asking.locator("tr[data-checkpoint='epoch-0002.keras']")
    logs = next(one.logs for one in load(server, "digits-001").fold.rows if one.epoch == 2)
    assert f"{logs['loss']:.4g}" in row.inner_text()
    row.locator(".kr-Ask-fork").click()
    shown = opened.wait_for_panel("d.run === 'digits-002' && d.status === 'finished'")
    assert shown["epochs"] == "4"
    assert opened.page.locator(".kr-Ask").count() == 0
    parent = load(server, "digits-002").parent
    assert (parent.run, parent.checkpoint) == ("digits-001", "epoch-0002.keras")
    after = (server.root / "kresume_runs" / "digits-001" / "journal.jsonl").read_bytes()
    assert after == before


def test_start_over_begins_a_new_run(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=3, pause=0.04)
    stopped(opened, server)
    asked(opened).locator(".kr-Ask-startOver").click()
    opened.wait_for_panel("d.run === 'digits-002' && d.status === 'finished'")
    assert load(server, "digits-002").parent is None
    assert load(server, "digits-001").status == "interrupted"


def test_a_reload_while_it_asks_asks_again_and_never_after_it_was_answered(
    server: lab.Lab, notebook: Make
) -> None:
    opened = notebook(epochs=4, pause=0.04)
    stopped(opened, server)
    asked(opened)
    lab.wait_for(
        lambda: "vnd.kresume.ask" in (server.root / "train.ipynb").read_text(), 20, "not saved"
    )
    opened.reload()
    asking = question(opened)
    asking.locator(".kr-Ask-startOver").click()
    shown = opened.wait_for_panel("d.run === 'digits-002' && d.status === 'finished'")
    assert shown["epochs"] == "4"
    assert left_behind(server) == []
    opened.reload()
    opened.wait_for_panel("d.run === 'digits-002' && d.status === 'finished'")
    assert opened.page.locator(".kr-Ask").count() == 0


def test_the_stop_button_ends_the_question_and_changes_nothing(
    server: lab.Lab, notebook: Make
) -> None:
    opened = notebook(epochs=4, pause=0.04)
    stopped(opened, server)
    run = server.root / "kresume_runs" / "digits-001"
    before = {one.name: one.read_bytes() for one in run.iterdir() if one.is_file()}
    asked(opened)
    opened.command("notebook:interrupt-kernel")
    opened.page.get_by_text("interrupted while it asked").wait_for()
    lab.wait_for(lambda: left_behind(server) == [], 10, "files of the question are left")
    after = {one.name: one.read_bytes() for one in run.iterdir() if one.is_file()}
    assert after == before
    assert json.loads(after["history.json"])["kresume"]["status"] == "interrupted"
