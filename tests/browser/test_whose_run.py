"""Whose run it is: a renamed notebook keeps its runs, a copy has none, and of several fits in a cell each has its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import conftest
import lab
import pytest
import stopped
from playwright.sync_api import expect
from test_auto import turn_on

import kresume_nb as kr
from kresume_nb.run import attempts
from kresume_nb.run.reader import read_header

pytestmark = pytest.mark.browser

SETUP = """import json, pathlib, time
import keras, numpy as np
import kresume_nb as kr
keras.utils.set_random_seed(7)
x = np.linspace(-1, 1, 64, dtype="float32").reshape(32, 2)
y = x.sum(axis=1, keepdims=True)

class Hold(keras.callbacks.Callback):
    # Stands still in the second epoch for as long as a file lies beside the notebook.
    def __init__(self, name):
        super().__init__()
        self.name = name

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            hold(self.name)

def hold(name):
    while pathlib.Path(name).exists():
        pathlib.Path(f"{name}-reached").touch()
        time.sleep(0.05)

def build(rate):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.2),
                              keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model"""
SEARCH = """found = []
for number, rate in enumerate((0.1, 0.03, 0.01), 1):
    model = build(rate)
    history = kr.fit(model, x, y, batch_size=8, epochs=3, callbacks=[Hold(f"hold-{number}")], run="search")
    weights = [one.tolist() for one in model.get_weights()]
    found.append([history.history["loss"], weights, np.random.rand()])
pathlib.Path("found.json").write_text(json.dumps(found))"""
BETWEEN = SEARCH.replace(
    "    weights =",
    """    hold(f"between-{number}")
    weights =""",
)
TWIN = """history = kr.fit(build(0.05), x, y, batch_size=8, epochs=3, callbacks=[Hold("hold-twin")], run="twin")"""
LATER = """model = build(0.05)
history = kr.fit(model, x, y, batch_size=8, epochs=3, callbacks=[Hold("hold-later")], run="later")
pathlib.Path("later.json").write_text(json.dumps(history.history["loss"]))"""
NAMELESS = """model = build(0.05)
history = kr.fit(model, x, y, batch_size=8, epochs=3, callbacks=[Hold("hold-later")])
pathlib.Path("later.json").write_text(json.dumps(history.history["loss"]))"""

EDIT = """([place, source]) => window.jupyterapp.shell.currentWidget.content.widgets[place].model.sharedModel
    .setSource(source)"""
SELECT = "place => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = place; }"


class Story:
    """A notebook whose training stands still where a test wants it, so that a kill always hits the same step."""

    def __init__(self, server: lab.Lab, page: Any, *cells: str) -> None:
        self.server, self.page, self.root = server, page, server.root
        self.cells = [SETUP, *cells]
        conftest.write(self.root / "train.ipynb", self.cells)

    def held_at(self, hold: str, status: str = "running") -> lab.Notebook:
        """Runs it to that point."""
        (self.root / hold).touch()
        opened = lab.Notebook(self.page, self.server, "train.ipynb")
        opened.open()
        opened.run_all()
        lab.wait_for((self.root / f"{hold}-reached").exists, 120, self._state)
        opened.page.locator(f".kr-Panel[data-status={status}]").last.wait_for()
        return opened

    def killed_at(self, hold: str, *, before: Any = None) -> lab.Notebook:
        """Runs it to that point, and kills the kernel there."""
        opened = self.held_at(hold)
        if before is not None:
            before(opened)
        opened.save()
        self.server.kill_kernel()
        (self.root / hold).unlink()
        return opened

    def result(self, name: str, folder: Path | None = None) -> Any:
        path = (folder or self.root) / name
        lab.wait_for(path.exists, 120, self._state)
        lab.wait_for(lambda: path.read_text().endswith("]"), 10, "half a file")
        return json.loads(path.read_text())

    def _state(self) -> str:
        bars = self.page.locator(".kr-Banner").all_inner_texts()
        return f"{bars}\n{self.server.log.read_text()[-3000:]}"

    def unbroken(self, name: str, folder: Path) -> Any:
        """The result of the same notebook, run from start to end by nobody's hand."""
        folder.mkdir()
        conftest.write(folder / "train.ipynb", self.cells)
        self.server.execute(folder / "train.ipynb")
        return self.result(name, folder)

    def runs(self) -> list[str]:
        return sorted(one.name for one in (self.root / "kresume_runs").iterdir())

    def cell(self, name: str) -> str | None:
        found = read_header(self.root / "kresume_runs" / name).cell
        return found.id if found is not None else None

    def resumes(self, name: str) -> int:
        return len(kr.load_run(self.root / "kresume_runs" / name).fold.resumes)


def test_of_a_search_the_click_goes_on_in_the_training_that_was_killed(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, SEARCH)
    opened = story.killed_at("hold-3")
    opened.close_restart_dialog()
    banner = opened.banner()
    assert "search-003, the 3rd training of this cell, stopped after" in banner.inner_text()
    banner.locator(".kr-Banner-resume").click()
    assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
    assert story.runs() == ["search-001", "search-002", "search-003"]
    assert [story.resumes(name) for name in story.runs()] == [0, 0, 1]


def test_killed_between_two_trainings_of_a_cell_the_click_gives_back_and_goes_on(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, BETWEEN)
    opened = story.held_at("between-2", status="finished")
    server.kill_kernel()
    (server.root / "between-2").unlink()
    opened.close_restart_dialog()
    banner = opened.banner()
    expect(banner).to_contain_text(
        "search-002, the 2nd training of this cell, finished, the cell that trained it did not"
    )
    banner.get_by_role("button", name="Resume the cell").click()
    assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
    assert story.runs() == ["search-001", "search-002", "search-003"]
    assert [story.resumes(name) for name in story.runs()] == [0, 0, 0]
    banner.wait_for(state="hidden")


def test_killed_between_two_trainings_of_a_cell_it_goes_on_by_itself(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, BETWEEN)
    opened = story.held_at("hold-1")
    turn_on(opened)
    (server.root / "between-2").touch()
    (server.root / "hold-1").unlink()
    lab.wait_for((server.root / "between-2-reached").exists, 60, "no second training")
    opened.save()
    server.kill_kernel()
    (server.root / "between-2").unlink()
    assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
    assert story.runs() == ["search-001", "search-002", "search-003"]
    assert [story.resumes(name) for name in story.runs()] == [0, 0, 0]

    def outcomes() -> list[str]:
        known = attempts.in_folder(server.root / "kresume_runs" / "search-002")
        return [attempt.attempt.outcome for attempt in known]

    lab.wait_for(lambda: outcomes()[-1:] == ["resumed"], 30, lambda: str(outcomes()))


def test_killed_between_two_trainings_with_no_page_open_the_server_goes_on(
    chromium: Any, page: Any, tmp_path: Path
) -> None:
    root = tmp_path / "notebooks"
    root.mkdir()
    with lab.Lab(root, "--KResume.resume_without_page=True") as server:
        story = Story(server, page, BETWEEN)
        opened = story.held_at("hold-1")
        turn_on(opened)
        (root / "between-2").touch()
        (root / "hold-1").unlink()
        lab.wait_for((root / "between-2-reached").exists, 60, "no second training")
        opened.save()
        page.goto("about:blank")
        server.kill_kernel()
        (root / "between-2").unlink()
        assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
        assert story.runs() == ["search-001", "search-002", "search-003"]
        assert [story.resumes(name) for name in story.runs()] == [0, 0, 0]
        (made,) = [one.attempt for one in attempts.in_folder(root / "kresume_runs" / "search-002")]
        assert made.by == "server"


def test_a_search_that_is_edited_after_the_kill_comes_to_what_the_edited_one_would(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, SEARCH)
    opened = story.killed_at("hold-3")
    opened.close_restart_dialog()
    opened.banner()
    story.cells[1] = SEARCH.replace("0.03", "0.05")
    page.evaluate(EDIT, [1, story.cells[1]])
    banner = page.locator(".kr-Banner[data-state=offer]", has_text="the training cell changed")
    banner.locator(".kr-Banner-resume").click()
    assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
    # The first is given back, the second is another training, and the third had begun as it does now.
    assert story.runs() == [f"search-{number:03d}" for number in range(1, 5)]
    assert [story.resumes(name) for name in story.runs()] == [0, 0, 1, 0]


def test_of_two_cells_with_the_same_source_each_resumes_its_own_training(
    server: lab.Lab, page: Any
) -> None:
    story = Story(server, page, TWIN, TWIN)
    opened = lab.Notebook(page, server, "train.ipynb")
    opened.open()
    opened.run_all()
    opened.page.locator(".kr-Panel[data-status=finished]").nth(1).wait_for()
    lab.wait_for(lambda: story.runs() == ["twin-001", "twin-002"], 60, "not two trainings")
    (server.root / "hold-twin").touch()
    opened.page.evaluate(SELECT, 2)
    opened.command("notebook:run-cell")
    lab.wait_for((server.root / "hold-twin-reached").exists, 120, "not reached")
    opened.page.locator(".kr-Panel[data-status=running]").wait_for()
    opened.save()
    server.kill_kernel()
    (server.root / "hold-twin").unlink()
    opened.close_restart_dialog()
    banner = opened.banner()
    expect(banner).to_contain_text("twin-003 stopped after")
    banner.locator(".kr-Banner-resume").click()
    banner.wait_for(state="hidden", timeout=120_000)
    opened.page.locator(".kr-Panel[data-status=finished]").nth(1).wait_for()
    lab.wait_for(lambda: story.resumes("twin-003") == 1, 60, "not resumed")
    assert story.runs() == ["twin-001", "twin-002", "twin-003"]
    cells = {name: story.cell(name) for name in story.runs()}
    assert cells == {"twin-001": "cell-1", "twin-002": "cell-2", "twin-003": "cell-2"}


def test_of_a_search_the_switch_of_its_first_training_holds_for_its_third(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, SEARCH)

    def turn_on(opened: lab.Notebook) -> None:
        place = stopped.Place(server, ".")
        place.ask("kresume/auto", "POST", {"folder": "kresume_runs/search-001", "on": True})

    story.killed_at("hold-3", before=turn_on)
    assert story.result("found.json") == story.unbroken("found.json", tmp_path / "unbroken")
    assert story.runs() == ["search-001", "search-002", "search-003"]
    (made,) = kr.load_run(server.root / "kresume_runs" / "search-003").fold.attempts
    assert (made.outcome, made.by) == ("resumed", "page")


def test_a_search_in_a_set_up_cell_costs_no_second_training(
    server: lab.Lab, page: Any, tmp_path: Path
) -> None:
    story = Story(server, page, SEARCH, LATER)
    opened = story.killed_at("hold-later")
    opened.close_restart_dialog()
    banner = opened.banner()
    assert "later-001 stopped after" in banner.inner_text()
    banner.locator(".kr-Banner-resume").click()
    assert story.result("later.json") == story.unbroken("later.json", tmp_path / "unbroken")
    assert story.runs() == ["later-001", "search-001", "search-002", "search-003"]
    assert [story.resumes(name) for name in story.runs()] == [1, 0, 0, 0]


@pytest.fixture
def left(server: lab.Lab, page: Any) -> Story:
    """A notebook whose kernel was killed in a training without a name; saved, and nobody has it open."""
    story = Story(server, page, NAMELESS)
    opened = story.killed_at("hold-later")
    opened.close_restart_dialog()
    opened.banner()
    opened.save()
    page.goto("about:blank")
    return story


@pytest.mark.parametrize("name", ["other.ipynb", "deeper/train.ipynb"])
def test_a_notebook_with_another_name_or_in_another_folder_keeps_its_run(
    name: str, left: Story
) -> None:
    target = left.root / name
    target.parent.mkdir(exist_ok=True)
    (left.root / "train.ipynb").rename(target)
    if target.parent != left.root:  # the folder of a project, with all that is in it
        (left.root / "kresume_runs").rename(target.parent / "kresume_runs")
    opened = lab.Notebook(left.page, left.server, name)
    opened.open()
    banner = opened.banner()
    assert "train-001 stopped after" in banner.inner_text()
    banner.locator(".kr-Banner-resume").click()
    left.result("later.json", target.parent)
    place = target.parent / "kresume_runs"
    assert [one.name for one in place.iterdir()] == ["train-001"]
    assert len(kr.load_run(place / "train-001").fold.resumes) == 1


def test_renamed_while_it_trains_its_run_is_neither_a_copys_nor_that_of_a_new_one_in_its_place(
    server: lab.Lab, page: Any
) -> None:
    story = Story(server, page, NAMELESS)
    opened = story.held_at("hold-later")
    rename = "() => window.jupyterapp.shell.currentWidget.context.rename('mine.ipynb')"
    page.evaluate(rename)
    opened.save()
    shutil.copy(server.root / "mine.ipynb", server.root / "copy.ipynb")
    conftest.write(server.root / "train.ipynb", ["1 + 1"])
    path = server.root / "kresume_runs" / "train-001"
    lab.wait_for(lambda: read_header(path).notebook_path == "../mine.ipynb", 30, story._state)
    server.kill_kernel()
    (server.root / "hold-later").unlink()
    opened.close_restart_dialog()
    assert "train-001 stopped after" in opened.banner().inner_text()

    copy = lab.Notebook(page.context.new_page(), server, "copy.ipynb")
    copy.open()
    copy.command("kresume:fork-other-notebook")
    expect(copy.page.locator(".jp-Dialog")).to_contain_text("train-001 of mine.ipynb")
    assert not copy.page.locator(".kr-Banner").is_visible()
    copy.page.close()

    opened.run_all()  # by hand, in a kernel whose environment names the notebook as it was
    story.result("later.json")
    assert story.runs() == ["train-001"]
    assert story.resumes("train-001") == 1
    assert read_header(path).notebook_path == "../mine.ipynb"


@pytest.mark.parametrize("how", ["duplicated", "of the same template"])
def test_a_copy_is_offered_no_resume_and_may_fork_the_originals_run(how: str, left: Story) -> None:
    if how == "duplicated":
        shutil.copy(left.root / "train.ipynb", left.root / "copy.ipynb")
    else:
        conftest.write(left.root / "copy.ipynb", left.cells)
    opened = lab.Notebook(left.page, left.server, "copy.ipynb")
    opened.open()
    opened.command("kresume:fork-other-notebook")
    dialog = left.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("train-001 of train.ipynb, after epoch 1")
    assert not left.page.locator(".kr-Banner").is_visible()
    dialog.locator("button.jp-mod-accept").click()
    left.result("later.json")
    assert left.runs() == ["copy-001", "train-001"]
    fork = kr.load_run(left.root / "kresume_runs" / "copy-001")
    assert fork.parent is not None
    assert left.resumes("train-001") == 0
