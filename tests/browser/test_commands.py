"""What is done with a stopped run from elsewhere than its bar's first button: commands, palette, side panel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
from playwright.sync_api import expect
from stopped import EPOCHS, RUN, Stopped

import kresume_nb as kr

pytestmark = pytest.mark.browser

LABELS = {
    "kresume:resume": "Resume Stopped Training",
    "kresume:start-over": "Start Stopped Training Over",
    "kresume:load-model": "Insert a Cell That Loads the Stopped Training\u2019s Model",
    "kresume:show-runs": "Show Training Runs",
    "kresume:refresh-runs": "Refresh Training Runs",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has a folder of its own."""
    with lab.Lab(tmp_path_factory.mktemp("commands")) as started:
        yield started


@pytest.fixture
def launcher(server: lab.Lab, page: Any) -> Any:
    """JupyterLab with no notebook open."""
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/lab?token={lab.TOKEN}&reset")
    page.locator(".jp-Launcher").wait_for()
    return page


def finished(opened: lab.Notebook, run: str = RUN) -> None:
    opened.wait_for_panel(f"d.run === '{run}' && d.status === 'finished'")


def runs(stopped: Stopped) -> list[str]:
    return sorted(one.name for one in stopped.path.parent.iterdir())


def test_the_side_panel_opens_the_notebook_and_resumes(
    server: lab.Lab, killed: Path, launcher: Any
) -> None:
    stopped = Stopped(server, killed, "listed")
    lab.finish(launcher, "kresume:show-runs", {})
    row = launcher.locator(f".kr-Run[data-folder='{stopped.name}/kresume_runs/{RUN}']")
    expect(row).to_have_attribute("data-status", "stopped")
    row.click()
    launcher.locator(".kr-Runs [data-command='kresume:resume-selected'] button").or_(
        launcher.locator(".kr-Runs [data-command='kresume:resume-selected'] jp-button")
    ).first.click()
    finished(lab.Notebook(launcher, server, stopped.notebook))
    expect(row).to_have_attribute("data-status", "finished")
    assert len(stopped.run.fold.resumes) == 1
    assert stopped.run.fold.attempts == []


def test_the_commands_open_the_notebook_load_and_start_over(
    server: lab.Lab, killed: Path, launcher: Any
) -> None:
    stopped = Stopped(server, killed, "commanded")
    where = {"path": stopped.notebook, "run": RUN}
    lab.finish(launcher, "kresume:load-model", where)
    sources = launcher.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells"
        ".map(one => one.getSource())"
    )
    assert sources[-1].endswith(f'kr.load_run("{RUN}").load_model()')
    assert stopped.untouched()
    lab.finish(launcher, "kresume:start-over", where)
    finished(lab.Notebook(launcher, server, stopped.notebook), "digits-002")
    assert stopped.untouched()
    assert len(kr.load_run(stopped.path.with_name("digits-002")).history["loss"]) == EPOCHS


def test_the_palette_has_them_by_name_and_resumes(server: lab.Lab, killed: Path, page: Any) -> None:
    stopped = Stopped(server, killed, "palette")
    opened = stopped.open(page)
    opened.banner()
    opened.command("apputils:activate-command-palette")
    box = page.locator(".lm-CommandPalette-input, .jp-CommandPalette input").first
    box.fill("training")
    for label in LABELS.values():
        expect(
            page.locator(".lm-CommandPalette-itemLabel").get_by_text(label, exact=True).first
        ).to_be_visible()
    page.locator("[data-command='kresume:resume']").first.click()
    finished(opened)
    assert len(stopped.run.fold.resumes) == 1


def test_without_the_cell_that_failed_it_goes_on_from_the_next(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    stopped = Stopped(server, killed, "goes-on")
    (stopped.folder / "broken").touch()
    opened = stopped.open(page)
    banner = opened.banner()
    assert not banner.locator(".kr-Banner-goOn").is_visible()
    banner.locator(".kr-Banner-resume").click()
    failed = opened.banner("failed")
    expect(failed).to_contain_text("RuntimeError: set-up broke")
    assert stopped.untouched()
    failed.get_by_role("button", name="Go on from the next cell").click()
    finished(opened)
    assert (stopped.folder / "broken").exists(), "the cell would fail still"
    assert len(stopped.run.fold.resumes) == 1
    # Each cell ran once; the last has its number when its reply is there.
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells"
        ".map(one => one.execution_count).join() === '1,2,3,4,5,6'"
    )


def test_forks_that_are_asked_for_in_two_browsers_are_one(
    server: lab.Lab, killed: Path, page: Any, chromium: Any
) -> None:
    stopped = Stopped(server, killed, "forked")
    (stopped.folder / "hold").touch()  # so that the second is asked for before the first begins
    opened = stopped.open(page)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = stopped.open(context.new_page())
    for one in (opened, other):
        banner = one.banner()
        banner.locator(".kr-Banner-more").click()
        banner.get_by_role("button", name="Fork from").first.wait_for()
    for one in (opened, other):
        one.banner().get_by_role("button", name="Fork from").first.click()
        one.banner("running")
    (stopped.folder / "hold").unlink()
    for one in (opened, other):
        finished(one, "digits-002")
        one.page.wait_for_function(lab.Notebook._READY)
    context.close()
    assert runs(stopped) == [RUN, "digits-002"]
    assert stopped.untouched()
    header = json.loads((stopped.path.with_name("digits-002") / "run.json").read_text())
    assert header["parent"]["run"] == RUN
