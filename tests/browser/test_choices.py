"""The banner's other choices, of a run that is staged: a fork's points, a cell that loads, a comparison."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import lab
import pytest
import staged
from stories import STORIES

pytestmark = pytest.mark.browser

SOURCE = "history = kr.fit(model, x, y)"


@pytest.fixture
def banner(server: lab.Lab, page: Any) -> Any:
    """Of a killed run that has an earlier one beside it, its other choices unfolded."""
    runs = server.root / "kresume_runs"
    staged.written(runs, replace(STORIES["finished"], base="killed"))
    killed = staged.written(runs, STORIES["killed"])
    for run in runs.iterdir():
        header = json.loads((run / "run.json").read_text())
        header["cell"] = {"id": "cell-0", "source": SOURCE}
        (run / "run.json").write_text(json.dumps(header))
    staged.notebook(server.root / "staged.ipynb", killed)
    opened = lab.Notebook(page, server, "staged.ipynb")
    opened.open()
    shown = opened.banner()
    shown.locator(".kr-Banner-more").focus()
    page.keyboard.press("Enter")
    shown.locator(".kr-Banner-choices").wait_for()
    return shown


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
