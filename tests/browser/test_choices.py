"""The banner's other choices, of a run that is staged: a fork's points, a cell that loads, a comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lab
import pytest
import staged
from stories import FINDINGS, STORIES, Story

pytestmark = pytest.mark.browser

SOURCE = "history = kr.fit(model, x, y)"


AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has a folder of its own."""
    with lab.Lab(tmp_path_factory.mktemp("choices")) as started:
        yield started


def unfolded(server: lab.Lab, page: Any, name: str, story: Story) -> Any:
    """The banner of a killed run that has an earlier one beside it, its other choices unfolded."""
    runs = server.root / name / "kresume_runs"
    staged.written(runs, replace(STORIES["finished"], base=story.base))
    killed = staged.written(runs, story)
    for run in runs.iterdir():
        header = json.loads((run / "run.json").read_text())
        header["cell"] = {"id": "cell-0", "source": SOURCE}
        (run / "run.json").write_text(json.dumps(header))
    staged.notebook(runs.parent / "staged.ipynb", killed)
    opened = lab.Notebook(page, server, f"{name}/staged.ipynb")
    opened.open()
    shown = opened.banner()
    shown.locator(".kr-Banner-more").focus()
    page.keyboard.press("Enter")
    shown.locator(".kr-Banner-choices").wait_for()
    return shown


@pytest.fixture
def banner(server: lab.Lab, page: Any, request: pytest.FixtureRequest) -> Any:
    return unfolded(server, page, request.node.name, STORIES["killed"])


def test_they_show_the_kept_points_with_losses_and_fold_by_key(banner: Any, page: Any) -> None:
    rows = banner.locator("tbody tr")
    assert rows.count() >= 2
    assert "epoch 6" in rows.nth(0).inner_text()
    assert "0." in rows.nth(0).inner_text()
    assert rows.nth(0).get_by_role("button", name="Fork from epoch 6").is_enabled()
    page.keyboard.press("Escape")
    banner.locator(".kr-Banner-choices").wait_for(state="detached")
    more = banner.locator(".kr-Banner-more")
    assert more.get_attribute("aria-expanded") == "false"
    assert more.evaluate("node => node === document.activeElement")


def test_a_cell_that_loads_a_point_is_inserted_and_not_run(banner: Any, page: Any) -> None:
    banner.get_by_role("button", name="Insert a cell that loads the model of epoch 6").click()
    cells = "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells"
    sources = page.evaluate(f"{cells}.map(one => one.getSource())")
    assert sources[1].endswith('kr.load_run("killed-002").load_model(epoch=6)')
    assert page.evaluate(f"{cells}[1].execution_count") is None


def test_the_comparison_lays_it_beside_the_earlier_run(banner: Any, page: Any) -> None:
    banner.locator(".kr-Banner-compare").click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.node.textContent.includes('killed-001')"
    )


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_accessibility_check_of_long_names_finds_no_violation(
    theme: str, server: lab.Lab, page: Any
) -> None:
    story = replace(
        STORIES["long-names"], until=250, status="running", findings=FINDINGS, kills=(130,)
    )
    page.set_viewport_size({"width": 800, "height": 900})
    page.add_init_script("window.alert = text => { window.alerted = text; }")
    banner = unfolded(server, page, theme.replace(" ", "-"), story)
    lab.theme(page, theme)
    assert banner.evaluate("node => node.scrollWidth <= node.clientWidth"), "it overflows"
    assert banner.locator("img").count() == 0
    assert banner.get_by_text("<img src=x onerror=alert(1)>").count() == 1
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run('.kr-Banner')")
    told = [
        (one["id"], [(node["html"], node["failureSummary"]) for node in one["nodes"]])
        for one in found["violations"]
    ]
    assert told == []
    assert len(found["passes"]) > 5
    assert page.evaluate("() => window.alerted") is None
