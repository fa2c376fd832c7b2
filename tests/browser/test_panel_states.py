"""The panel through what happens to its page, its kernel, its server and its run folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
from typing import Any

import lab
import pytest
from panels import Visit, left, living, panel
from playwright.sync_api import expect
from stories import Story

pytestmark = pytest.mark.browser

HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_two_tabs_agree_on_a_run_that_grows(shared: lab.Lab, visit: Visit) -> None:
    story = Story(base="tabs", epochs=10, until=90, status="running")
    with living(shared.root, story) as teller:
        tabs = [visit("tabs"), visit("tabs")]
        for page in tabs:
            panel(page, "d.step === '90' && d.status === 'running'")
        teller.steps(91, 120)
        teller.epoch(2)
        teller.answer("pause", 120, None, "paused")
        shown = [panel(page, "d.step === '120' && d.paused === 'true'") for page in tabs]
        assert shown[0] == shown[1]
        words = [page.locator(".kr-Panel-header").inner_text() for page in tabs]
        assert words[0] == words[1]
        assert "Paused" in words[0]
        assert "epoch 2 of 10" in words[0]


def test_a_tab_that_was_asleep_is_complete_when_it_wakes(shared: lab.Lab, visit: Visit) -> None:
    story = Story(base="asleep", epochs=10, until=90, status="running")
    with living(shared.root, story) as teller:
        page = visit("asleep")
        panel(page, "d.step === '90'")
        page.evaluate(HIDE, True)
        teller.steps(91, 120)
        teller.epoch(2)
        teller.steps(121, 150)
        page.evaluate(HIDE, False)
        shown = panel(page, "d.step === '150'")
        assert shown["steps"] == "150"
        assert shown["epochs"] == "2"


def test_a_run_folder_that_is_moved_away_is_said_to_be_and_comes_back(
    shared: lab.Lab, visit: Visit
) -> None:
    run = left(shared.root, Story(base="moved", epochs=3))
    page = visit("moved")
    panel(page, "d.status === 'finished' && d.steps === '180'")
    away = run.rename(run.with_name("elsewhere"))
    panel(page, "d.status === 'missing'")
    alert = page.locator(".kr-Panel-problem")
    expect(alert).to_contain_text("kresume_runs/moved-001” is not there")
    assert page.locator(".kr-Chart").count() == 3, "what was read stays"
    away.rename(run)
    panel(page, "d.status === 'finished' && d.problem === ''")
    expect(alert).to_be_hidden()
    shutil.rmtree(run)
    panel(page, "d.status === 'missing'")
    # Another run of that name is another run.
    left(shared.root, Story(base="moved", epochs=2))
    panel(page, "d.status === 'finished' && d.steps === '120'")


def test_a_run_that_trains_is_followed_again_once_its_folder_is_back(
    shared: lab.Lab, visit: Visit
) -> None:
    with living(shared.root, Story(base="renamed", until=60, status="running")) as teller:
        page = visit("renamed")
        panel(page, "d.status === 'running' && d.step === '60'")
        run = teller.held.path
        away = run.rename(run.with_name("elsewhere-001"))
        panel(page, "d.status === 'missing'")
        teller.steps(61, 90)
        away.rename(run)
        panel(page, "d.status === 'running' && d.step === '90' && d.problem === ''")


def test_a_line_that_is_half_written_is_waited_for(shared: lab.Lab, visit: Visit) -> None:
    with living(shared.root, Story(base="half", until=60, status="running")) as teller:
        page = visit("half")
        panel(page, "d.step === '60'")
        journal = teller.held.path / "journal.jsonl"
        teller.steps(61, 65)
        line = journal.read_bytes().splitlines(keepends=True)[-1]
        whole = line.replace(b'"step":61', b'"step":66').replace(b'"batch":1,', b'"batch":6,')
        with journal.open("ab", buffering=0) as file:
            file.write(whole[:40])
            panel(page, "d.step === '65'")
            file.write(whole[40:])
        panel(page, "d.step === '70'")
        assert page.locator(".kr-Panel-notes").inner_text() == ""


def test_a_cleared_output_comes_back_with_load_run_and_is_small(
    shared: lab.Lab, visit: Visit
) -> None:
    """With a kernel, which then is busy, and dead: the panel needs none of it."""
    path = left(shared.root, Story(base="cleared", epochs=20, batches=200))
    others = set(shared.kernels())
    page = visit("cleared")
    panel(page, "d.status === 'finished'")
    page.wait_for_function(lab.Notebook._READY)
    execute = "name => void window.jupyterapp.commands.execute(name)"
    page.evaluate(execute, "notebook:clear-all-cell-outputs")
    page.locator(".kr-Panel").wait_for(state="detached")
    page.evaluate(
        "source => window.jupyterapp.shell.currentWidget.content.activeCell.model"
        ".sharedModel.setSource(source)",
        "import kresume_nb as kr\nkr.load_run('cleared')",
    )
    page.evaluate(execute, "notebook:run-cell")
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    page.wait_for_function(lab.Notebook._READY)
    page.evaluate(execute, "docmanager:save")

    def saved() -> dict[str, Any] | None:
        (cell,) = json.loads(lab.whole(shared.root / "cleared.ipynb"))["cells"]
        return cell if cell["outputs"] and "load_run" in "".join(cell["source"]) else None

    cell = lab.wait_for(saved, 60, "the notebook was not saved")
    assert len(json.dumps(cell["outputs"])) <= 100_000
    assert "image/png" in cell["outputs"][0]["data"]

    (pid,) = set(shared.kernels()) - others
    page.evaluate(
        "source => { void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: source}); }",
        "while True: pass",
    )
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    page.reload()
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    page.evaluate(execute, "application:close")
    page.locator(".kr-Panel").wait_for(state="detached")
    page.evaluate(
        "() => void window.jupyterapp.commands.execute('docmanager:open', {path: 'cleared.ipynb'})"
    )
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    assert set(shared.kernels()) - others == {pid}
    os.kill(pid, signal.SIGKILL)
    assert path.is_dir()
    assert panel(page, "d.status === 'finished'")["steps"] == "4000"


def test_a_server_that_is_restarted_under_a_live_page_is_said_to_be_away(
    shared: lab.Lab, visit: Visit
) -> None:
    with living(shared.root, Story(base="away", epochs=10, until=90, status="running")) as teller:
        page = visit("away")
        panel(page, "d.step === '90' && d.status === 'running'")
        shared.stop()
        panel(page, "d.problem === 'unreachable'")
        expect(page.locator(".kr-Panel-problem")).to_contain_text("Cannot read the run folder")
        teller.steps(91, 120)
        shared.start()
        shown = panel(page, "d.problem === '' && d.step === '120'")
        assert shown["status"] == "running"


def test_a_run_that_was_asked_for_no_epochs_says_so(shared: lab.Lab, visit: Visit) -> None:
    left(shared.root, Story(base="zero", epochs=0, until=0))
    page = visit("zero")
    panel(page, "d.status === 'finished' && d.epochs === '0'")
    expect(page.locator(".kr-Panel-empty")).to_have_text(
        "This run was asked for no epochs, so there is nothing to draw."
    )
    assert page.locator(".kr-Chart").count() == 0
