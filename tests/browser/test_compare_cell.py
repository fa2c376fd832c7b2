"""`kr.compare` in a cell, in a real JupyterLab, and what can be done from a point of a curve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comparisons
import conftest
import lab
import nbformat
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELL = 'import kresume_nb as kr\nkr.compare("adam-001", "sgd-001", "rmsprop-001")'

LOADED = 'kr.load_run("kresume_runs/adam-001").load_model(epoch=20)'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    root = tmp_path_factory.mktemp("compare-cell")
    comparisons.family(root / "kresume_runs")
    conftest.write(root / "compare.ipynb", [CELL])
    with lab.Lab(root) as started:
        yield started


@pytest.fixture
def opened(served: lab.Lab, page: Any) -> lab.Notebook:
    """The notebook, its cell run."""
    one = lab.Notebook(page, served, "compare.ipynb")
    one.open()
    one.run_all()
    return one


def complete(page: Any) -> Any:
    """The comparison in the notebook's output, with all curves."""
    view = page.locator(".jp-OutputArea .kr-Output .kr-Compare[data-complete=true]")
    view.wait_for()
    expect(view.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "3")
    return view


def menu_at_end(page: Any, view: Any) -> Any:
    """The menu at the last point of the first run's curve, reached by keys."""
    view.locator(".kr-CompareChart").first.locator(".kr-Chart-plot").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    menu = view.get_by_role("menu")
    expect(menu).to_be_visible()
    return menu


def test_a_cell_shows_curves_and_table_and_so_does_the_saved_notebook(
    opened: lab.Notebook, served: lab.Lab, page: Any
) -> None:
    table = complete(page).locator("[data-section=runs] tbody tr")
    expect(table).to_have_count(3)
    expect(table).to_contain_text(["adam-001", "sgd-001", "rmsprop-001"])
    opened.save()
    (cell,) = nbformat.read(served.root / "compare.ipynb", as_version=4).cells
    (output,) = cell.outputs
    assert output.data["application/vnd.kresume.compare+json"]["folders"] == [
        "kresume_runs/adam-001",
        "kresume_runs/sgd-001",
        "kresume_runs/rmsprop-001",
    ]
    opened.reload()
    again = complete(page)
    expect(again.locator("[data-section=runs] tbody tr")).to_have_count(3)
    assert page.locator(".jp-RenderedImage").count() == 0


def test_from_a_point_its_run_opens_and_goes_on_as_a_fork(opened: lab.Notebook, page: Any) -> None:
    view = complete(page)
    # What resuming then does has tests of its own.
    page.evaluate("""() => {
        const { commands } = window.jupyterapp;
        const execute = commands.execute.bind(commands);
        commands.execute = (id, args) => {
            if (id !== 'kresume:resume') return execute(id, args);
            window.asked = args;
            return Promise.resolve();
        };
    }""")
    fork = menu_at_end(page, view).get_by_role("menuitem", name="as a fork")
    fork.click()
    assert page.evaluate("() => window.asked") == {
        "path": "staged.ipynb",
        "run": "adam-001",
        "checkpoint": "epoch-0020.keras",
        "fork": True,
    }
    menu_at_end(page, view).get_by_role("menuitem", name="Open the run").click()
    page.locator(".lm-TabBar-tab.lm-mod-current[title*='adam-001']").wait_for()
    expect(page.locator(".kr-Panel[data-status=finished]:not(.kr-Compare)")).to_be_visible()


def test_a_cell_that_loads_the_checkpoint_is_inserted_and_not_run(
    opened: lab.Notebook, served: lab.Lab, page: Any
) -> None:
    view = complete(page)
    load = {"role": "menuitem", "name": "Load it into a variable"}
    menu_at_end(page, view).get_by_role(**load).click()
    expect(view.locator(".kr-Compare-told")).to_contain_text(
        "The notebook of this run, staged.ipynb, is not there"
    )
    assert not (served.root / "staged.ipynb").exists()

    conftest.write(served.root / "staged.ipynb", ["train = 1"])
    menu_at_end(page, view).get_by_role(**load).click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path === 'staged.ipynb'"
    )
    expect(view.locator(".kr-Compare-told")).to_contain_text("A cell that loads epoch-0020.keras")
    cells = page.evaluate("""() => {
        const { model } = window.jupyterapp.shell.currentWidget.content;
        return [...model.cells].map(cell => [cell.sharedModel.source, cell.executionCount]);
    }""")
    assert cells == [
        ["train = 1", None],
        [
            f"import kresume_nb as kr\n\nmodel = {LOADED}",
            None,
        ],
    ]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[lab.Lab]:
    """A server whose pages know nothing of us."""
    adam, *_ = comparisons.family(tmp_path / "kresume_runs")
    comparisons.with_weights(adam)
    conftest.write(tmp_path / "compare.ipynb", [f"{CELL}.widget()"])
    made = lab.Lab(tmp_path)
    made.disable("kresume_nb")
    with made as started:
        yield started


def test_without_the_extension_a_widget_shows_the_same(bare: lab.Lab, page: Any) -> None:
    opened = lab.Notebook(page, bare, "compare.ipynb")
    opened.open()
    opened.run_all()
    view = page.locator(".kr-Widget .kr-Compare[data-complete=true]")
    view.wait_for()
    expect(view.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "3")
    expect(view.locator("[data-section=runs] tbody tr")).to_have_count(3)
    section = view.locator("[data-section=checkpoints]")
    section.locator("summary").click()
    expect(section.locator(".kr-CompareHeat tbody tr")).to_have_count(len(comparisons.LAYERS))
    layers = section.locator("table").last
    layers.get_by_role("button", name="conv2d").click()
    layers.get_by_role("button", name="Histogram of conv2d").first.click()
    expect(layers.locator(".kr-CompareBars svg")).to_be_visible()
