"""What is done with runs in the side panel: opened, named, pinned, pruned, deleted, compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import lab
import pytest
import staged
from listed import Listed, finished, in_a_folder
from playwright.sync_api import expect
from stories import STORIES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has a folder of its own."""
    with lab.Lab(tmp_path_factory.mktemp("listing"), cold=True) as started:
        yield started


@pytest.fixture
def listed(server: lab.Lab, page: Any, request: pytest.FixtureRequest) -> Iterator[Listed]:
    with in_a_folder(server, page, request.node.name) as made:
        yield made


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
