"""The charts of a run as a person handles them: other axes, a closer look, lines switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lab
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


def choice(page: Any, group: str, value: str) -> Any:
    """One of the radio buttons above the charts."""
    return page.get_by_role("radiogroup", name=group).get_by_role("radio", name=value, exact=True)


def drag(page: Any, chart: int, start: float, end: float) -> None:
    """Over a chart, from one share of its width to another."""
    plot = page.locator(".kr-Chart .u-over").nth(chart)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, height, steps=4)
    page.mouse.up()


def wait_for_charts(page: Any, condition: str) -> list[dict[str, str]]:
    """Waits until a condition holds for the data attributes (`d`) of every chart; returns them."""
    found = page.wait_for_function(
        "condition => { const charts = [...document.querySelectorAll('.kr-Chart')]; "
        "return charts.length >= 3 && "
        "charts.every(c => c.dataset.to && new Function('d', `return ${condition}`)(c.dataset)) && "
        "charts.map(c => ({...c.dataset})); }",
        arg=condition,
    )
    return list(found.json_value())  # as they were then: a panel may be drawn anew a moment later


def test_charts_are_seen_as_wanted_and_again_so_after_a_reload(notebook: Make) -> None:
    opened = notebook(epochs=4, pause=0)
    page = opened.page
    page.set_viewport_size({"width": 1280, "height": 1800})  # a chart out of sight is not drawn
    opened.run_all()
    opened.wait_for_panel("d.status === 'finished'")
    wait_for_charts(page, "d.from === '0' && d.to === '4'")

    # A zoom in one chart is followed by all.
    drag(page, 1, 0.25, 0.75)
    zoomed = wait_for_charts(page, "+d.from > 0.5 && +d.from < 1.5 && +d.to > 2.5 && +d.to < 3.5")
    assert len({(one["from"], one["to"]) for one in zoomed}) == 1
    page.locator(".kr-Chart .u-over").first.dblclick()
    wait_for_charts(page, "d.from === '0' && d.to === '4'")

    # By keyboard alone, without the notebook taking the keys for its own.
    choice(page, "x axis", "epoch").focus()
    page.keyboard.press("ArrowRight")
    assert choice(page, "x axis", "step").is_checked()
    wait_for_charts(page, "d.to === '92'")
    expect(choice(page, "x axis", "time")).to_be_enabled()
    zoom_in = page.get_by_role("button", name="Zoom in")
    zoom_in.focus()
    page.keyboard.press("Enter")
    wait_for_charts(page, "d.from === '23' && d.to === '69'")
    for name, seen in (("comes after", "+d.from > 23"), ("is before", "d.from === '23'")):
        page.get_by_role("button", name=f"Show what {name}").click()
        wait_for_charts(page, seen)

    choice(page, "loss", "log").check(force=True)
    choice(page, "smoothing", "0.9").check(force=True)
    line = page.get_by_role("button", name="validation, loss")
    line.focus()
    page.keyboard.press("Enter")
    expect(line).to_have_attribute("aria-pressed", "false")
    opened.save()

    opened.reload()
    charts = wait_for_charts(page, "d.from === '23' && d.to === '69'")
    assert [one["scale"] for one in charts] == ["log", "linear", "linear"]
    assert choice(page, "x axis", "step").is_checked()
    assert choice(page, "smoothing", "0.9").is_checked()
    expect(line).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="reset zoom").click()
    wait_for_charts(page, "d.from === '0' && d.to === '92'")
