"""The panel of a run as a person meets it, on run folders that were written without training."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
import staged
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
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here: each has notebooks of its own."""
    root = tmp_path_factory.mktemp("panel")
    with lab.Lab(root) as started:
        yield started


Open = Callable[..., Any]


@pytest.fixture
def visit(server: lab.Lab, chromium: Any) -> Iterator[Open]:
    """Opens a notebook in a new tab; returns the tab once its panels say how their runs stand."""
    contexts = []

    def make(name: str, width: int = 1280) -> Any:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}/lab/tree/{name}.ipynb?token={lab.TOKEN}&reset")
        panel(page, "d.status")
        return page

    yield make
    for context in contexts:
        context.close()


def panel(page: Any, condition: str) -> dict[str, str]:
    """Waits until a condition holds for the data attributes (`d`) of every panel; the first's."""
    page.wait_for_function(
        "condition => { const all = [...document.querySelectorAll('.kr-Panel')]; "
        "return all.length > 0 && all.every(one => "
        "new Function('d', `return ${condition}`)(one.dataset)); }",
        arg=condition,
    )
    return dict(page.evaluate("() => ({...document.querySelector('.kr-Panel').dataset})"))


@contextlib.contextmanager
def living(server: lab.Lab, story: Story) -> Iterator[staged.Teller]:
    """A run that trains, and a notebook named for it."""
    with staged.told(server.root / "kresume_runs", story) as teller:
        staged.notebook(server.root / f"{story.base}.ipynb", teller.held.path)
        yield teller


def left(server: lab.Lab, story: Story) -> Path:
    """A run whose process is gone, and a notebook named for it."""
    path = staged.written(server.root / "kresume_runs", story)
    staged.notebook(server.root / f"{story.base}.ipynb", path)
    return path


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_accessibility_check_finds_no_violation(
    theme: str, server: lab.Lab, visit: Open
) -> None:
    folder = server.root / f"axe-{theme[-4:].strip()}"
    wanted = ("resumed", "nan", "killed", "long-names", "zero-epochs")
    runs = [staged.written(folder, STORIES[one]) for one in wanted]
    with (
        staged.told(folder, STORIES["running"]) as running,
        staged.told(folder, STORIES["paused"]) as paused,
    ):
        paths = [running.held.path, paused.held.path, *runs, folder / "gone-001"]
        staged.notebook(server.root / f"{folder.name}.ipynb", *paths)
        page = visit(folder.name)
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme && "
            "document.querySelectorAll('.kr-Panel').length === 8",
            arg=theme,
        )
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


def test_two_tabs_agree_on_a_run_that_grows(server: lab.Lab, visit: Open) -> None:
    story = Story(base="tabs", epochs=10, until=90, status="running")
    with living(server, story) as teller:
        tabs = [visit("tabs"), visit("tabs")]
        for page in tabs:
            panel(page, "d.step === '90' && d.status === 'running'")
        teller.steps(91, 120)
        teller.epoch(2)
        teller.answer("pause", 120, None, "paused")
        shown = [panel(page, "d.step === '120' && d.paused === 'true'") for page in tabs]
        assert shown[0] == shown[1]
        words = [page.locator(".kr-Panel-header").inner_text() for page in tabs]
        assert words[0] == words[1]
        assert "Paused" in words[0]
        assert "epoch 2 of 10" in words[0]


def test_a_tab_that_was_asleep_is_complete_when_it_wakes(server: lab.Lab, visit: Open) -> None:
    story = Story(base="asleep", epochs=10, until=90, status="running")
    with living(server, story) as teller:
        page = visit("asleep")
        panel(page, "d.step === '90'")
        page.evaluate(HIDE, True)
        teller.steps(91, 120)
        teller.epoch(2)
        teller.steps(121, 150)
        page.evaluate(HIDE, False)
        shown = panel(page, "d.step === '150'")
        assert shown["steps"] == "150"
        assert shown["epochs"] == "2"


def test_a_run_folder_that_is_moved_away_is_said_to_be_and_comes_back(
    server: lab.Lab, visit: Open
) -> None:
    run = left(server, Story(base="moved", epochs=3))
    page = visit("moved")
    panel(page, "d.status === 'finished' && d.steps === '180'")
    away = run.rename(run.with_name("elsewhere"))
    panel(page, "d.status === 'missing'")
    alert = page.locator(".kr-Panel-problem")
    expect(alert).to_contain_text("kresume_runs/moved-001” is not there")
    assert page.locator(".kr-Chart").count() == 3, "what was read stays"
    away.rename(run)
    panel(page, "d.status === 'finished' && d.problem === ''")
    expect(alert).to_be_hidden()
    shutil.rmtree(run)
    panel(page, "d.status === 'missing'")
    # Another run of that name is another run.
    left(server, Story(base="moved", epochs=2))
    panel(page, "d.status === 'finished' && d.steps === '120'")


def test_a_line_that_is_half_written_is_waited_for(server: lab.Lab, visit: Open) -> None:
    with living(server, Story(base="half", until=60, status="running")) as teller:
        page = visit("half")
        panel(page, "d.step === '60'")
        journal = teller.held.path / "journal.jsonl"
        teller.steps(61, 65)
        line = journal.read_bytes().splitlines(keepends=True)[-1]
        whole = line.replace(b'"step":61', b'"step":66').replace(b'"batch":1,', b'"batch":6,')
        with journal.open("ab", buffering=0) as file:
            file.write(whole[:40])
            panel(page, "d.step === '65'")
            file.write(whole[40:])
        panel(page, "d.step === '70'")
        assert page.locator(".kr-Panel-notes").inner_text() == ""


def test_metrics_are_charted_on_demand_and_again_after_a_reload(
    server: lab.Lab, visit: Open
) -> None:
    names = ("loss", "<img src=x onerror=alert(1)>", *(f"metric_{one}" for one in range(298)))
    left(server, Story(base="many", metrics=names, epochs=2, batches=20))
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


def test_what_is_no_number_is_shown_where_it_happened(server: lab.Lab, visit: Open) -> None:
    left(server, Story(base="nan", nan_from=31, spikes=(5,), epochs=1))
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


def test_the_strip_tells_checkpoints_and_what_happened_by_keyboard(
    server: lab.Lab, visit: Open
) -> None:
    left(server, Story(base="strip", kills=(250,), pauses=((500, 120.0),)))
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


@pytest.mark.parametrize("width", [320, 480, 720, 1500, 3600])
def test_nothing_sticks_out_at_any_width(width: int, server: lab.Lab, visit: Open) -> None:
    base = f"width-{width}"
    metrics = ("loss", "m" * 1000, "accuracy")
    with living(server, Story(base=base, metrics=metrics, until=437, status="running")):
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


def test_nothing_in_the_panel_moves_by_itself(server: lab.Lab, visit: Open) -> None:
    """Which suits those who want reduced motion, and leaves the processor to training."""
    left(server, Story(base="motion", epochs=1))
    page = visit("motion")
    panel(page, "d.status === 'finished'")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('.kr-Panel, .kr-Panel *')].filter(one => {
            const style = getComputedStyle(one);
            return style.animationName !== 'none' || style.transitionDuration !== '0s';
        }).map(one => one.outerHTML.slice(0, 200))"""
    )
    assert moving == []


def test_a_cleared_output_comes_back_with_load_run_and_is_small(
    server: lab.Lab, visit: Open
) -> None:
    """With a kernel, which then is busy, and dead: the panel needs none of it."""
    path = left(server, Story(base="cleared", epochs=20, batches=200))
    others = set(server.kernels())
    page = visit("cleared")
    panel(page, "d.status === 'finished'")
    page.wait_for_function(lab.Notebook._READY)
    execute = "name => void window.jupyterapp.commands.execute(name)"
    page.evaluate(execute, "notebook:clear-all-cell-outputs")
    page.locator(".kr-Panel").wait_for(state="detached")
    page.evaluate(
        "source => window.jupyterapp.shell.currentWidget.content.activeCell.model"
        ".sharedModel.setSource(source)",
        "import kresume_nb as kr\nkr.load_run('cleared')",
    )
    page.evaluate(execute, "notebook:run-cell")
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    page.wait_for_function(lab.Notebook._READY)
    page.evaluate(execute, "docmanager:save")

    def saved() -> dict[str, Any] | None:
        (cell,) = json.loads((server.root / "cleared.ipynb").read_text())["cells"]
        return cell if cell["outputs"] and "load_run" in "".join(cell["source"]) else None

    cell = lab.wait_for(saved, 60, "the notebook was not saved")
    assert len(json.dumps(cell["outputs"])) <= 100_000
    assert "image/png" in cell["outputs"][0]["data"]

    (pid,) = set(server.kernels()) - others
    page.evaluate(
        "source => { void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code: source}); }",
        "while True: pass",
    )
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'busy'"
    )
    page.reload()
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    page.evaluate(execute, "application:close")
    page.locator(".kr-Panel").wait_for(state="detached")
    page.evaluate(
        "() => void window.jupyterapp.commands.execute('docmanager:open', {path: 'cleared.ipynb'})"
    )
    panel(page, "d.status === 'finished' && d.steps === '4000'")
    assert set(server.kernels()) - others == {pid}
    os.kill(pid, signal.SIGKILL)
    assert path.is_dir()
    assert panel(page, "d.status === 'finished'")["steps"] == "4000"


def test_a_server_that_is_restarted_under_a_live_page_is_said_to_be_away(
    server: lab.Lab, visit: Open
) -> None:
    with living(server, Story(base="away", epochs=10, until=90, status="running")) as teller:
        page = visit("away")
        panel(page, "d.step === '90' && d.status === 'running'")
        server.stop()
        panel(page, "d.problem === 'unreachable'")
        expect(page.locator(".kr-Panel-problem")).to_contain_text("Cannot read the run folder")
        teller.steps(91, 120)
        server.start()
        shown = panel(page, "d.problem === '' && d.step === '120'")
        assert shown["status"] == "running"


def test_a_chart_out_of_sight_is_drawn_when_it_comes_into_sight(
    server: lab.Lab, visit: Open
) -> None:
    """Training has better use for the processor."""
    story = Story(base="below", epochs=10, until=90, status="running")
    with living(server, story) as teller:
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


def test_a_run_that_was_asked_for_no_epochs_says_so(server: lab.Lab, visit: Open) -> None:
    left(server, Story(base="zero", epochs=0, until=0))
    page = visit("zero")
    panel(page, "d.status === 'finished' && d.epochs === '0'")
    expect(page.locator(".kr-Panel-empty")).to_have_text(
        "This run was asked for no epochs, so there is nothing to draw."
    )
    assert page.locator(".kr-Chart").count() == 0
