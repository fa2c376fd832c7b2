"""The side panel of runs, runs as tabs, and settings, on run folders that were written without training."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
import staged
from playwright.sync_api import expect
from stories import STORIES, Story

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
EXECUTE = "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => undefined)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has a folder of its own."""
    with lab.Lab(tmp_path_factory.mktemp("listing")) as started:
        yield started


class Listed:
    """A folder with a notebook and runs beside it, and the side panel that shows them."""

    def __init__(self, server: lab.Lab, page: Any, name: str) -> None:
        self.server, self.page, self.name = server, page, name
        self.folder = server.root / name
        self.runs = self.folder / "kresume_runs"
        self.errors: list[str] = []
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))

    def write(self, *stories: Story) -> None:
        for story in stories:
            staged.written(self.runs, story)

    def open(self, query: str = "&reset") -> None:
        """The notebook and the side panel."""
        staged.notebook(self.folder / "train.ipynb")
        self.page.goto(
            f"{self.server.url}/lab/tree/{self.name}/train.ipynb?token={lab.TOKEN}{query}"
        )
        self.page.locator(".jp-Notebook").wait_for()
        self.execute("kresume:show-runs")

    def execute(self, command: str, **arguments: Any) -> None:
        """A command, to its end."""
        self.page.evaluate(EXECUTE, [command, arguments])

    def begin(self, command: str) -> None:
        """A command that asks something."""
        self.page.evaluate("id => void window.jupyterapp.commands.execute(id)", command)

    @property
    def rows(self) -> Any:
        """Of the runs beside the notebook."""
        return self.page.get_by_role("listbox", name="Beside the notebook").get_by_role("option")

    def row(self, run: str) -> Any:
        return self.page.locator(f".kr-Run[data-folder='{self.name}/kresume_runs/{run}']")

    def names(self) -> list[str]:
        """As they stand from top to bottom."""
        return self.rows.evaluate_all(
            "all => all.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
            ".map(one => one.dataset.run)"
        )

    def marks(self, run: str) -> dict[str, Any]:
        return dict(json.loads((self.runs / run / "marks.json").read_text()))

    def accept(self, label: str) -> None:
        """A dialog."""
        self.page.locator(".jp-Dialog").get_by_role("button", name=label, exact=True).click()
        self.page.locator(".jp-Dialog").wait_for(state="detached")


@pytest.fixture
def listed(server: lab.Lab, page: Any, request: pytest.FixtureRequest) -> Iterator[Listed]:
    name = request.node.name.removeprefix("test_").partition("[")[0][:40]
    made = Listed(server, page, name)
    made.folder.mkdir()
    yield made
    assert made.errors == []
    shutil.rmtree(made.folder)


def finished(base: str, **changes: Any) -> Story:
    return Story(**({"base": base, "epochs": 2, "batches": 20} | changes))


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


def test_a_run_in_a_tab_is_there_again_after_a_reload(listed: Listed) -> None:
    listed.write(finished("tab"))
    listed.open()
    listed.row("tab-001").dblclick()
    panel = listed.page.locator(".kr-Tab .kr-Panel[data-run='tab-001'][data-status='finished']")
    panel.wait_for()
    path = f"{listed.name}/kresume_runs/tab-001"
    listed.execute("kresume:open-run", path=path)
    assert listed.page.locator(".kr-Tab").count() == 1, "the same tab"
    listed.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.id.includes('tab-001')"
    )
    with listed.page.expect_response(lambda one: "/api/workspaces" in one.url and one.ok):
        pass  # the layout is saved by itself, a moment after it changed
    listed.page.goto(f"{listed.server.url}/lab?token={lab.TOKEN}")
    panel.wait_for()


def test_a_title_is_shown_and_the_folder_keeps_its_name(listed: Listed) -> None:
    listed.write(finished("named"))
    listed.open()
    listed.row("named-001").click()
    listed.begin("kresume:rename-run")
    box = listed.page.locator(".jp-Dialog input")
    box.fill("<b>the good one</b>")
    listed.accept("Rename")
    expect(listed.row("named-001").locator(".kr-Run-title")).to_have_text("<b>the good one</b>")
    assert (listed.runs / "named-001" / "run.json").is_file()
    listed.page.get_by_role("searchbox", name="Filter runs").fill("good")
    expect(listed.rows).to_have_count(1)


def test_a_pinned_run_keeps_its_checkpoints_and_is_not_deleted(listed: Listed) -> None:
    listed.write(finished("kept"))
    listed.open()
    listed.row("kept-001").click()
    listed.begin("kresume:pin-run")
    expect(listed.row("kept-001").locator(".kr-Run-pin")).to_be_visible()
    assert listed.marks("kept-001")["checkpoints"][-1] == "epoch-0002.keras"
    listed.begin("kresume:delete-runs")
    expect(listed.page.locator(".jp-Dialog")).to_contain_text("kept-001 is pinned: unpin it first")
    listed.accept("Ok")
    listed.begin("kresume:pin-run")
    expect(listed.row("kept-001").locator(".kr-Run-pin")).to_be_hidden()
    assert not listed.marks("kept-001")["pinned"]


def test_deleted_runs_go_to_the_trash_but_none_that_trains(listed: Listed) -> None:
    listed.write(finished("gone"), finished("gone"))
    with staged.told(listed.runs, STORIES["running"]):
        listed.open()
        expect(listed.rows).to_have_count(3)
        listed.row("gone-001").click()
        listed.page.keyboard.press("Control+a")
        listed.begin("kresume:delete-runs")
        dialog = listed.page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("Move 2 runs to the trash?")
        expect(dialog).to_contain_text("running-001 is training: stop it first")
        dialog.get_by_role("button", name="Cancel").click()
        assert len(listed.names()) == 3
        listed.begin("kresume:delete-runs")
        listed.accept("Move to Trash")
        expect(listed.rows).to_have_count(1)
        assert [one.name for one in listed.runs.glob("[!.]*")] == ["running-001"]
        assert (listed.server.trash / "gone-001" / "run.json").is_file()


def test_checkpoints_are_pruned_after_a_preview(listed: Listed) -> None:
    path = staged.written(listed.runs, finished("full", epochs=4, keep=4))
    kept = [
        one["file"]
        for one in json.loads((path / "history.json").read_text())["kresume"]["checkpoints"]
    ]
    for name in kept:
        (path / "checkpoints" / name).write_bytes(b"whole")
    listed.open()
    listed.row("full-001").click()
    listed.begin("kresume:prune-run")
    listed.accept("Preview")
    dialog = listed.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("become free")
    assert len(list((path / "checkpoints").iterdir())) == len(kept)
    listed.accept("Delete")
    lab.wait_for(
        lambda: len(list((path / "checkpoints").iterdir())) < len(kept), 20, "nothing was pruned"
    )
    assert (path / "checkpoints" / "epoch-0004.keras").is_file()


def test_chosen_runs_are_handed_to_the_comparison(listed: Listed) -> None:
    listed.write(finished("a"), finished("b"))
    listed.open()
    listed.page.evaluate(
        """() => {
            const { commands } = window.jupyterapp;
            const { execute } = commands;
            commands.execute = (id, args) => {
                if (id !== 'kresume:compare') return execute.call(commands, id, args);
                window.compared = args.runs;
                return Promise.resolve();
            };
            if (!commands.hasCommand('kresume:compare'))
                commands.addCommand('kresume:compare', { execute: () => undefined });
        }"""
    )
    listed.row("a-001").click()
    compare = listed.page.locator(".kr-Runs [data-command='kresume:compare-selected']")
    expect(compare.locator("button, jp-button").first).to_be_disabled()
    listed.row("b-001").click(modifiers=["ControlOrMeta"])
    listed.execute("kresume:compare-selected")
    assert sorted(listed.page.evaluate("() => window.compared")) == [
        f"{listed.name}/kresume_runs/a-001",
        f"{listed.name}/kresume_runs/b-001",
    ]


def test_history_json_opens_the_run_and_no_other_file_of_that_name(listed: Listed) -> None:
    listed.write(finished("file"))
    (listed.folder / "history.json").write_text('{"visits": [1]}')
    listed.open()
    history = f"{listed.name}/kresume_runs/file-001/history.json"
    listed.execute("docmanager:open", path=history)
    panel = listed.page.locator(".kr-Tab .kr-Panel[data-run='file-001'][data-status='finished']")
    panel.wait_for()
    listed.execute("docmanager:open", path=f"{listed.name}/history.json")
    # JupyterLab's own viewer, as without us.
    expect(listed.page.locator(".jp-RenderedJSON")).to_contain_text("visits")
    listed.execute("docmanager:open", path=history, factory="JSON")
    expect(listed.page.locator(".jp-RenderedJSON", has_text="loss")).to_be_visible()
    factories = listed.page.evaluate(
        "path => window.jupyterapp.docRegistry.preferredWidgetFactories(path).map(one => one.name)",
        history,
    )
    assert factories[0] == "Training Run"
    assert (listed.runs / "file-001" / "history.json").is_file()
    assert {"Editor", "JSON"} <= set(factories)


def test_a_run_folder_opens_from_its_menu_in_the_file_browser(listed: Listed) -> None:
    listed.write(finished("browsed"))
    listed.open()
    listed.execute("filebrowser:open-path", path=f"{listed.name}/kresume_runs")
    listed.execute("filebrowser:activate")
    item = listed.page.locator(".jp-DirListing-item", has_text="browsed-001")
    item.click(button="right")
    listed.page.locator(".lm-Menu:visible").get_by_text("Open Training Run").click()
    listed.page.locator(".kr-Tab .kr-Panel[data-run='browsed-001']").wait_for()


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
    listed.page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    listed.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
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
    with lab.Lab(tmp_path, off) as server:
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
