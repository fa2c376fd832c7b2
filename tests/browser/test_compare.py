"""Runs side by side, in a real JupyterLab: all on one server."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comparisons
import lab
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
KEYS = ["adam-001", "sgd-001", "rmsprop-001", "adam-002", "adam-003"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    adam, *_ = comparisons.family(place / "kresume_runs")
    comparisons.with_weights(adam)
    broken = place / "kresume_runs" / "broken-001"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    return place


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[lab.Lab]:
    with lab.Lab(root) as started:
        yield started


def opened(page: Any, served: lab.Lab, names: list[str], **more: Any) -> Any:
    """The comparison of these runs, complete."""
    page.set_default_timeout(60_000)
    page.goto(f"{served.url}/lab?token={lab.TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('kresume:compare')")
    page.evaluate("() => window.jupyterapp.restored")
    args = {"runs": [f"kresume_runs/{name}" for name in names], **more}
    page.evaluate("args => void window.jupyterapp.commands.execute('kresume:compare', args)", args)
    return complete(page)


def complete(page: Any) -> Any:
    page.locator(".kr-Compare[data-complete=true]").wait_for()
    page.wait_for_function("() => document.querySelector('.kr-CompareChart')?.dataset.curves")
    return page.locator(".kr-Compare")


def test_runs_are_overlaid_and_one_that_cannot_be_read_is_named(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, [*KEYS, "broken-001"])
    chart = view.locator(".kr-CompareChart").first
    expect(chart).to_have_attribute("data-curves", "5")
    expect(view).to_contain_text("run.json is damaged")

    # By keyboard: along a curve, and what can be done from a point of it.
    chart.locator(".kr-Chart-plot").focus()
    page.keyboard.press("Home")
    expect(view.locator(".kr-Compare-said[role=status]")).to_contain_text("epoch 1")
    expect(chart.locator(".kr-CompareChart-value")).to_contain_text("adam-001")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    menu = view.get_by_role("menu")
    expect(menu).to_be_visible()
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run('.kr-Compare')")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    menu.get_by_role("menuitem", name="Pin the checkpoint").click()
    expect(view.locator(".kr-Compare-told")).to_contain_text("Pinned epoch-0020.keras")
    marks = json.loads((served.root / "kresume_runs/adam-001/marks.json").read_text())
    assert marks["checkpoints"] == ["epoch-0020.keras"]

    # Off in the legend is off in the charts.
    view.get_by_role("button", name="sgd-001", exact=True).first.click()
    expect(chart).to_have_attribute("data-curves", "4")

    # Under the mouse: a point on every chart, values only on this one, also when it is drawn anew.
    charts = view.locator(".kr-CompareChart")
    chart.locator(".u-over").hover()
    expect(view.locator(".kr-CompareChart-dot:visible")).to_have_count(charts.count())
    view.get_by_role("button", name="rmsprop-001", exact=True).first.dispatch_event("click")
    expect(view.locator(".kr-CompareChart[data-curves='3']")).to_have_count(charts.count())
    expect(view.locator(".kr-CompareTip:visible")).to_have_count(1)


def test_the_table_sorts_and_what_differs_is_shown(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS)
    table = view.locator("[data-section=runs]")
    table.get_by_role("button", name="best").first.click()
    expect(table.locator("th[aria-sort=ascending]")).to_contain_text("best")
    first = table.locator("tbody tr").first
    expect(first).to_contain_text("adam-00")
    differs = view.locator("[data-section=differences]")
    expect(differs.locator("tbody th").first).to_have_text("fit.epochs")
    expect(differs).not_to_contain_text("model.architecture")
    differs.get_by_label("only what differs").uncheck()
    expect(differs).to_contain_text("model.architecture")
    expect(differs.locator("ins")).to_contain_text(["Dense(128"])
    lineage = view.locator("[data-section=lineage]")
    assert lineage.locator(".kr-CompareTree-branch").count() == 2


def test_a_link_restores_the_view_and_numbers_can_be_had(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS[:2])
    page.get_by_role("radiogroup", name="x axis").get_by_role("radio", name="examples").check(
        force=True
    )
    view.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => document.querySelector('.kr-Compare').dataset.link")
    link = view.get_attribute("data-link")
    with page.expect_download() as saved:
        view.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(Path(saved.value.path()).read_text().splitlines()))
    assert len(rows) == 40
    assert {row["run"] for row in rows} == {"adam-001", "sgd-001"}
    for name, magic in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as saved:
            view.get_by_role("button", name=name).click()
        assert Path(saved.value.path()).read_bytes().startswith(magic)
    page.goto(f"{link}&token={lab.TOKEN}&reset")
    again = complete(page)
    expect(again.get_by_role("radio", name="examples")).to_be_checked()
    expect(again.locator(".kr-CompareChart").first).to_have_attribute("data-curves", "2")


def test_which_layers_still_move(page: Any, served: lab.Lab) -> None:
    view = opened(page, served, KEYS[:1])
    section = view.locator("[data-section=checkpoints]")
    section.locator("summary").click()
    heat = section.locator(".kr-CompareHeat")
    expect(heat.locator("tbody tr")).to_have_count(len(comparisons.LAYERS))
    expect(heat.locator("tbody tr").last).to_contain_text("✕")
    heat.locator("thead button").first.click()
    layers = section.locator("table").last
    expect(layers).to_contain_text("conv2d")
    layers.get_by_role("button", name="conv2d").click()
    layers.get_by_role("button", name="Histogram of conv2d").first.click()
    expect(layers.locator(".kr-CompareBars svg")).to_be_visible()
