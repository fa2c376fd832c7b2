"""The panel of a run as a person sees and handles it, on run folders that were written without training."""

from __future__ import annotations

from pathlib import Path

import lab
import pytest
import staged
from panels import Visit, left, living, panel
from playwright.sync_api import expect
from stories import STORIES, Story

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
SETTLED = """() => {
    const now = [...document.querySelectorAll('.kr-Panel canvas')].map(one => one.toDataURL()).join();
    const still = now === window.__seen;
    window.__seen = now;
    return still;
}"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_accessibility_check_finds_no_violation(
    theme: str, shared: lab.Lab, visit: Visit
) -> None:
    folder = shared.root / f"axe-{theme[-4:].strip()}"
    wanted = ("resumed", "nan", "killed", "long-names", "zero-epochs")
    runs = [staged.written(folder, STORIES[one]) for one in wanted]
    with (
        staged.told(folder, STORIES["running"]) as running,
        staged.told(folder, STORIES["paused"]) as paused,
    ):
        paths = [running.held.path, paused.held.path, *runs, folder / "gone-001"]
        staged.notebook(shared.root / f"{folder.name}.ipynb", *paths)
        page = visit(folder.name)
        lab.theme(page, theme)
        page.wait_for_function("document.querySelectorAll('.kr-Panel').length === 8")
        # Everything that opens is open.
        page.get_by_role("button", name="Learning rate", exact=True).first.click()
        page.locator(".kr-Chooser-button:visible").first.click()
        page.locator(".kr-Report-summary:visible").first.click()
        page.add_script_tag(path=AXE)
        found = page.evaluate("() => axe.run('.kr-Panel')")
        told = [
            (one["id"], [(node["html"], node["failureSummary"]) for node in one["nodes"]])
            for one in found["violations"]
        ]
        assert told == []
        assert len(found["passes"]) > 10


def test_metrics_are_charted_on_demand_and_again_after_a_reload(
    shared: lab.Lab, visit: Visit
) -> None:
    names = ("loss", "<img src=x onerror=alert(1)>", *(f"metric_{one}" for one in range(298)))
    left(shared.root, Story(base="many", metrics=names, epochs=2, batches=20))
    page = visit("many")
    panel(page, "d.status === 'finished'")
    titles = page.locator(".kr-Legend-title")
    assert titles.all_inner_texts() == ["loss", names[1], "metric_0", "metric_1", "learning rate"]
    assert page.locator(".kr-Panel img").count() == 0
    chooser = page.get_by_role("button", name="metrics: 4 of 300")
    chooser.click()
    page.get_by_role("searchbox", name="Search metrics").fill("metric_29")
    page.get_by_role("checkbox", name="metric_297", exact=True).check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="metrics: 5 of 300")).to_be_focused()
    expect(titles).to_have_count(6)
    page.reload()
    panel(page, "d.status === 'finished'")
    expect(titles).to_have_count(6)
    assert titles.all_inner_texts()[-2] == "metric_297"


def test_what_is_no_number_is_shown_where_it_happened(shared: lab.Lab, visit: Visit) -> None:
    left(shared.root, Story(base="nan", nan_from=31, spikes=(5,), epochs=1))
    page = visit("nan")
    panel(page, "d.steps === '60'")
    first = page.locator(".kr-Chart").first
    expect(first.locator(".kr-Chart-note")).to_contain_text("33 values are NaN (✕) or infinite")
    plot = first.locator(".u-over")
    box = plot.bounding_box()
    value = first.locator(".kr-Legend-item[data-line=steps] .kr-Legend-value")
    for share, shown in ((5, "∞"), (20, "."), (45, "NaN")):
        page.mouse.move(box["x"] + box["width"] * share / 60, box["y"] + box["height"] / 2)
        expect(value).to_contain_text(shown)


def test_strip_and_report_tell_what_happened_by_keyboard(shared: lab.Lab, visit: Visit) -> None:
    told = STORIES["resumed"]
    story = Story(
        base="strip",
        kills=(250,),
        pauses=((500, 120.0),),
        report=told.report,
        findings=told.findings,
    )
    left(shared.root, story)
    page = visit("strip")
    panel(page, "d.status === 'finished'")
    words = page.locator(".kr-Strip-words")
    expect(words).to_contain_text("3 checkpoints, 7.0 MB · last epoch-0012.keras · best epoch-")
    page.locator(".kr-Strip-item[tabindex='0']").focus()
    expect(words).to_contain_text("(best, last)")
    page.keyboard.press("Home")
    expect(words).to_have_text(
        "killed after epoch 4, batch 10 of 60, resumed 1 min 35 s later from epoch 4"
    )
    page.keyboard.press("ArrowRight")
    expect(words).to_have_text("paused for 2 min 00 s after epoch 8, batch 20 of 60")

    expect(page.locator(".kr-Panel-notes")).to_contain_text("is damaged and was passed over")
    summary = page.locator(".kr-Report-summary")
    expect(summary).to_contain_text("3 restored exactly · 1 not restored · 1 changed")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".kr-Report")).to_contain_text("32, was 64")


@pytest.mark.parametrize("width", [320, 480, 720, 1500, 3600])
def test_nothing_sticks_out_at_any_width(width: int, shared: lab.Lab, visit: Visit) -> None:
    base = f"width-{width}"
    metrics = ("loss", "m" * 1000, "accuracy")
    with living(shared.root, Story(base=base, metrics=metrics, until=437, status="running")):
        page = visit(base, width + 300)
        page.add_style_tag(
            content=f".kr-Output {{ flex: none !important; width: {width}px !important; }}"
        )
        page.wait_for_function(
            "width => document.querySelector('.kr-Panel').offsetWidth === width", arg=width
        )
        page.wait_for_function("() => document.querySelectorAll('.kr-Chart canvas').length === 4")
        out = page.evaluate(
            """() => {
                const node = document.querySelector('.kr-Panel');
                const edge = node.getBoundingClientRect();
                return [...node.querySelectorAll('button, input, span, div, canvas')].filter(one => {
                    const box = one.getBoundingClientRect();
                    return box.width > 0 && (box.right > edge.right + 1 || box.left < edge.left - 1)
                        && getComputedStyle(one).position !== 'absolute';
                }).map(one => one.outerHTML.slice(0, 200));
            }"""
        )
        assert out == []


def test_a_run_tells_how_far_it_is_and_every_control_is_reached_by_keyboard(
    shared: lab.Lab, visit: Visit
) -> None:
    story = Story(base="keys", epochs=20, until=437, status="running", metrics=("loss", "accuracy"))
    with living(shared.root, story):
        page = visit("keys")
        panel(page, "d.status === 'running' && d.step === '437'")
        header = page.locator(".kr-Panel-header")
        for told in ("keys-001", "Running", "epoch 8 of 20", "batch 17 of 60", "elapsed", "left"):
            expect(header).to_contain_text(told)
        expect(header).to_contain_text("50 steps/s")
        bar = page.get_by_role("progressbar", name="Progress of keys-001")
        expect(bar).to_have_attribute("aria-valuenow", "36")
        page.locator(".kr-Panel .kr-Auto").wait_for()
        page.evaluate(
            """() => {
                const node = document.querySelector('.kr-Panel');
                // Of radio buttons, and of the strip's items, the arrow keys reach the others.
                const all = "button:not([tabindex='-1']), input[type=radio]:checked, "
                    + "input:not([type=radio]), [tabindex='0']";
                window.missed = new Set([...node.querySelectorAll(all)].filter(
                    one => one.getClientRects().length > 0));
                window.met = window.missed.size;
                node.addEventListener('focusin', event => window.missed.delete(event.target));
                node.querySelector('button').focus();
            }"""
        )
        for _ in range(page.evaluate("() => window.met")):
            page.keyboard.press("Tab")
        missed = page.evaluate("() => [...window.missed].map(one => one.outerHTML)")
        assert missed == []
        assert page.evaluate("() => window.met") >= 15


def test_nothing_in_the_panel_moves_by_itself(shared: lab.Lab, visit: Visit) -> None:
    """Training has better use for the processor. One switch glides, unless reduced motion is wanted."""
    left(shared.root, Story(base="motion", epochs=4, until=100, status="failed", reason="an error"))
    page = visit("motion")
    panel(page, "d.status === 'failed'")
    page.locator(".kr-Panel .kr-Auto").wait_for()
    moving = """() => [...document.querySelectorAll('.kr-Panel, .kr-Panel *')].flatMap(one =>
        [null, '::before', '::after'].filter(part => {
            const style = getComputedStyle(one, part);
            return style.animationName !== 'none' || style.transitionDuration !== '0s';
        }).map(part => `${one.className}${part ?? ''}`))"""
    assert page.evaluate(moving) == ["kr-Auto-knob::after"]
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == []


def test_a_chart_out_of_sight_is_drawn_when_it_comes_into_sight(
    shared: lab.Lab, visit: Visit
) -> None:
    """Training has better use for the processor."""
    story = Story(base="below", epochs=10, until=90, status="running")
    with living(shared.root, story) as teller:
        page = visit("below")
        page.add_style_tag(content=".kr-Charts { grid-template-columns: 1fr !important; }")
        page.set_viewport_size({"width": 900, "height": 420})
        panel(page, "d.step === '90'")
        last = page.locator(".kr-Chart").last.locator("canvas")
        last.wait_for(state="attached")
        page.wait_for_function(SETTLED, polling=100)
        picture = "node => node.toDataURL()"
        before = last.evaluate(picture)
        first = page.locator(".kr-Chart").first.locator("canvas")
        above = first.evaluate(picture)
        teller.steps(91, 120)
        panel(page, "d.step === '120'")
        page.wait_for_function(
            "([node, before]) => node.toDataURL() !== before", arg=[first.element_handle(), above]
        )
        assert last.evaluate(picture) == before
        last.scroll_into_view_if_needed()
        page.wait_for_function(
            "([node, before]) => node.toDataURL() !== before", arg=[last.element_handle(), before]
        )
