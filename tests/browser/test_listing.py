"""The side panel of runs and its settings, on run folders that were written without training."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
import staged
from listed import Listed, finished, in_a_folder
from playwright.sync_api import expect
from stories import STORIES

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has a folder of its own."""
    with lab.Lab(tmp_path_factory.mktemp("listing"), cold=True) as started:
        yield started


@pytest.fixture
def listed(server: lab.Lab, page: Any, request: pytest.FixtureRequest) -> Iterator[Listed]:
    with in_a_folder(server, page, request.node.name) as made:
        yield made


def test_runs_are_listed_with_how_they_stand(listed: Listed) -> None:
    listed.write(STORIES["killed"], finished("done"))
    damaged = staged.written(listed.runs, finished("damaged"))
    (damaged / "history.json").write_text("{")
    with staged.told(listed.runs, STORIES["running"]):
        listed.open()
        expect(listed.rows).to_have_count(4)
        expect(listed.row("running-001")).to_have_attribute("data-status", "running")
        expect(listed.row("killed-001")).to_have_attribute("data-status", "stopped")
        words = listed.row("killed-001").get_attribute("aria-label")
        assert words.startswith("killed-001, Stopped, epoch 8 of 12, 28%, best val_loss 0.")
        done = listed.row("done-001")
        expect(done).to_contain_text("Finished · 2 epochs")
        expect(done).to_contain_text("1 min ago")
        assert "L" in done.locator(".kr-Spark path").get_attribute("d")
        expect(listed.row("damaged-001")).to_contain_text("Cannot be read")
        expect(listed.row("damaged-001")).to_contain_text("history.json: not JSON")
    # Its process is gone without a word, its last sign of life is old.
    expect(listed.row("running-001")).to_have_attribute("data-status", "stopped", timeout=30_000)


def test_filter_and_order_narrow_the_list_down(listed: Listed) -> None:
    listed.write(finished("b", epochs=9), finished("a"), finished("a"))
    listed.open()
    expect(listed.rows).to_have_count(3)
    order = listed.page.get_by_role("combobox", name="Order of the runs")
    order.select_option("name")
    assert listed.names() == ["a-001", "a-002", "b-001"]
    order.select_option("best")
    assert listed.names()[0] == "b-001"
    found = listed.page.get_by_role("searchbox", name="Filter runs")
    found.fill("a-002")
    expect(listed.rows).to_have_count(1)
    expect(listed.page.locator(".kr-Runs")).to_contain_text("(1/3)")
    found.fill("no such run")
    expect(listed.page.locator(".kr-Runs-note:visible").first).to_contain_text(
        "None of the 3 runs matches"
    )


def test_runs_elsewhere_are_found_below_the_root(listed: Listed) -> None:
    staged.written(listed.folder / "deeper" / "kresume_runs", finished("deep"))
    staged.written(listed.folder / ".hidden" / "kresume_runs", finished("unseen"))
    listed.open()
    below = listed.page.get_by_role("listbox", name="Other runs")
    expect(below.locator("[data-run='deep-001']")).to_be_visible()
    assert below.locator("[data-run='unseen-001']").count() == 0
    expect(listed.page.locator(".kr-Runs-note").first).to_contain_text(
        "Train with kr.fit(model, …)"
    )
    # The section that has only this to say leaves the room to the other.
    listed.page.wait_for_function(
        """() => {
            const [said, rows] = [...document.querySelectorAll('.kr-Runs-list')];
            return said.clientHeight < rows.clientHeight / 2;
        }"""
    )


def test_the_keyboard_moves_chooses_opens_and_has_the_menu(listed: Listed) -> None:
    listed.write(finished("c"), finished("b"), finished("a"))
    listed.open()
    expect(listed.rows).to_have_count(3)
    listed.page.get_by_role("combobox", name="Order of the runs").select_option("name")
    assert listed.rows.evaluate_all("all => all.filter(one => one.tabIndex === 0).length") == 1
    keys = listed.page.keyboard
    listed.row("a-001").focus()
    keys.press("ArrowDown")
    expect(listed.row("b-001")).to_be_focused()
    expect(listed.row("b-001")).to_have_attribute("aria-selected", "true")
    keys.press("Shift+ArrowDown")
    expect(listed.page.locator(".kr-Runs-chosen")).to_have_text("2 runs chosen")
    keys.press("Home")
    keys.press("Space")
    expect(listed.row("a-001")).to_have_attribute("aria-selected", "false")
    keys.press("Control+a")
    expect(listed.page.locator(".kr-Runs-chosen")).to_have_text("3 runs chosen")
    listed.row("b-001").click(button="right")
    menu = listed.page.locator(".lm-Menu:visible")
    for label in ("Open Run", "Rename Run…", "Pin Run", "Delete Runs…"):
        expect(menu.get_by_text(label, exact=True)).to_be_visible()
    keys.press("Escape")
    listed.row("c-001").click()
    keys.press("Enter")
    expect(listed.page.locator(".kr-Tab .kr-Panel[data-run='c-001']")).to_be_visible()


def test_settings_hold_at_once(listed: Listed) -> None:
    staged.written(listed.folder / "my runs", finished("mine"))
    listed.write(finished("usual"))
    listed.open()
    expect(listed.row("usual-001")).to_be_visible()
    change = (
        "([key, value]) => window.jupyterapp.serviceManager.settings.save("
        "'kresume_nb:plugin', JSON.stringify({[key]: value}))"
    )
    try:
        listed.page.evaluate(change, ["retention", "checkpoints"])
        listed.page.reload()
        listed.page.locator(".jp-Notebook").wait_for()
        listed.execute("kresume:show-runs")
        expect(listed.row("usual-001")).to_contain_text("3 checkpoints")
        listed.page.evaluate(change, ["runsFolder", "my runs"])
        listed.page.reload()
        listed.page.locator(".jp-Notebook").wait_for()
        listed.execute("kresume:show-runs")
        mine = f".kr-Run[data-folder='{listed.name}/my runs/mine-001']"
        expect(listed.page.locator(mine)).to_be_visible()
    finally:
        listed.page.evaluate(change, ["listOrder", "newest"])


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_accessibility_check_finds_no_violation(theme: str, listed: Listed) -> None:
    listed.write(STORIES["killed"], STORIES["nan"], finished("done"), STORIES["long-names"])
    damaged = staged.written(listed.runs, finished("damaged"))
    (damaged / "run.json").write_text("{")
    listed.open()
    lab.theme(listed.page, theme)
    expect(listed.rows).to_have_count(5)
    listed.row("done-001").click()
    listed.page.add_script_tag(path=AXE)
    found = listed.page.evaluate("() => axe.run({include: ['.kr-Runs-finder', '.kr-Runs-list']})")
    told = [
        (one["id"], [(node["html"], node["failureSummary"]) for node in one["nodes"]])
        for one in found["violations"]
    ]
    assert told == []
    assert len(found["passes"]) > 10


def test_a_thousand_runs_are_listed_and_scrolled(listed: Listed) -> None:
    first = staged.written(listed.runs, finished("many", epochs=40))
    for number in range(2, 1001):
        shutil.copytree(first, listed.runs / f"many-{number:03d}")
    listed.open()
    expect(listed.page.locator(".kr-Runs")).to_contain_text("(1000)")
    assert listed.rows.count() < 60, "only those in sight are drawn"
    listed.page.get_by_role("combobox", name="Order of the runs").select_option("name")
    listed.row("many-001").click()
    listed.page.keyboard.press("End")
    expect(listed.row("many-1000")).to_be_focused()
    expect(listed.row("many-1000")).to_have_attribute("aria-posinset", "1000")


def test_without_the_server_extension_the_runs_beside_are_listed(tmp_path: Path, page: Any) -> None:
    off = "--ServerApp.jpserver_extensions={'jupyterlab': True, 'kresume_nb': False}"
    with lab.Lab(tmp_path, off, cold=True) as server:
        listed = Listed(server, page, "work")
        listed.folder.mkdir()
        listed.write(finished("plain"), STORIES["killed"])
        listed.open()
        expect(listed.row("plain-001")).to_contain_text("Finished · 2 epochs")
        expect(listed.row("killed-001")).to_have_attribute("data-status", "stopped")
        expect(page.locator(".kr-Runs-note").last).to_contain_text("server extension of kresume_nb")
        listed.row("plain-001").click()
        listed.begin("kresume:delete-runs")
        listed.accept("Move to Trash")
        expect(listed.row("plain-001")).to_have_count(0)
        assert (server.trash / "plain-001").is_dir()
        assert listed.errors == []
