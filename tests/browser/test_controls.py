"""What one asks of a training in its panel, while the cell that trains keeps the kernel busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import conftest
import lab
import pytest
from playwright.sync_api import expect

import kresume_nb as kr
from kresume_nb.run.records import Controlled

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


class Panel:
    """The panel's controls, as a person finds them: by name."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.node = page.locator(".kr-Panel")
        self.status = self.node.locator(".kr-Panel-status")

    def button(self, name: str) -> Any:
        return self.node.get_by_role("button", name=name, exact=True)

    def click(self, name: str) -> None:
        button = self.button(name)
        self.page.wait_for_function(
            "button => button.getAttribute('aria-disabled') !== 'true'", arg=button.element_handle()
        )
        button.click()

    def wait_for_answer(self, text: str) -> str:
        """What the panel says once it says this."""
        said = self.node.locator(".kr-Controls-said")
        said.get_by_text(text).wait_for()
        return str(said.inner_text())

    def set_rate(self, value: str, *, by_keyboard: bool = False) -> None:
        self.click("Learning rate")
        field = self.node.get_by_role("textbox", name="New learning rate")
        expect(field).to_be_focused()
        field.fill(value)
        if by_keyboard:
            field.press("Enter")
        else:
            self.node.get_by_role("button", name="Set", exact=True).click()


@pytest.fixture
def panel(page: Any) -> Panel:
    return Panel(page)


def run_of(server: lab.Lab) -> Any:
    return kr.load_run(server.root / "kresume_runs" / "digits-001")


def answers(server: lab.Lab) -> list[Controlled]:
    return list(run_of(server).fold.controls)


def standing(server: lab.Lab) -> int:
    """The step after which a paused training stands still, once its checkpoint is durable."""

    def saved() -> int:
        fold = run_of(server).fold
        pause = [one for one in fold.controls if one.action == "pause"][-1]
        return fold.checkpoints[-1].position.step * (
            fold.checkpoints[-1].time >= pause.time and fold.paused
        )

    return int(lab.wait_for(saved, 60, "no checkpoint of the pause"))


def requests(server: lab.Lab) -> list[str]:
    return sorted(
        one.name for one in (server.root / "kresume_runs" / "digits-001").glob("control-*")
    )


def test_each_request_is_carried_out_and_acknowledged_in_page_and_journal(
    server: lab.Lab, notebook: Make, panel: Panel
) -> None:
    opened = notebook(epochs=400)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")

    panel.click("Pause")
    panel.wait_for_answer("Training stands still")
    expect(panel.status).to_have_text("Paused")
    still = standing(server)
    panel.set_rate("0.0005", by_keyboard=True)
    panel.wait_for_answer("to 0.0005.")
    expect(panel.button("Learning rate")).to_be_focused()
    panel.click("Checkpoint")
    panel.wait_for_answer("Saved as")
    assert (opened.panel()["status"], opened.panel()["paused"]) == ("running", "true")
    assert standing(server) == still

    panel.click("Continue")
    panel.wait_for_answer("Training goes on.")
    expect(panel.status).to_have_text("Running")
    opened.wait_for_panel(f"+d.step > {still}")
    expect(panel.node.locator(".kr-Strip-item[aria-label*='paused for']")).to_have_count(1)
    panel.click("Stop")
    shown = opened.wait_for_panel("d.status === 'interrupted'")
    panel.wait_for_answer("Run the cell again to go on")
    title = "Nothing trains: the run was interrupted."
    expect(panel.button("Stop")).to_have_attribute("title", title)

    run = run_of(server)
    told = answers(server)
    assert [(one.action, one.done) for one in told] == [
        ("pause", True),
        ("learning_rate", True),
        ("checkpoint", True),
        ("continue", True),
        ("stop", True),
    ]
    assert requests(server) == []
    rates = run.steps["learning_rate"]
    assert rates[still] == pytest.approx(0.0005)
    assert rates[still - 1] > 0.0005
    assert run.checkpoints[-1].position.step == run.fold.position.step == int(shown["step"])
    assert run.fold.reason == "stopped from the page"
    # The cell ended in an ordinary way; run again it goes on.
    assert opened.page.locator(".jp-RenderedText[data-mime-type*='error']").count() == 0
    opened.page.locator(".jp-InputPrompt").last.get_by_text("[5]").wait_for()


def test_a_refusal_is_told_with_its_reason(server: lab.Lab, notebook: Make, panel: Panel) -> None:
    opened = notebook(epochs=400)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    panel.set_rate("1e39")
    panel.wait_for_answer("A learning rate is a number above 0 within float32.")
    opened.wait_for_panel("+d.epochs >= 2")
    assert [(one.action, one.done) for one in answers(server)] == [("learning_rate", False)]


@pytest.fixture
def second(chromium: Any) -> Iterator[Any]:
    """A tab of another person."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_two_tabs_agree_and_each_gets_its_own_answers(
    server: lab.Lab, notebook: Make, panel: Panel, second: Any
) -> None:
    opened = notebook(epochs=400)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    opened.save()
    other = lab.Notebook(second, server, "train.ipynb")
    second.goto(other._url)
    other.wait_for_panel("+d.epochs >= 1")

    panel.click("Pause")
    panel.wait_for_answer("Training stands still")
    theirs = Panel(second)
    theirs.click("Continue")  # it was told of the pause, too
    theirs.wait_for_answer("Training goes on.")
    panel.click("Stop")
    assert (
        opened.wait_for_panel("d.status === 'interrupted'")["step"]
        == other.wait_for_panel("d.status === 'interrupted'")["step"]
    )
    assert [(one.action, one.done) for one in answers(server)] == [
        ("pause", True),
        ("continue", True),
        ("stop", True),
    ]


def test_killed_while_it_stands_still_it_resumes_right_there(
    server: lab.Lab, notebook: Make, panel: Panel
) -> None:
    opened = notebook(epochs=5)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    panel.click("Pause")
    panel.wait_for_answer("Training stands still")
    still = standing(server)
    server.kill_kernel()
    opened.close_restart_dialog()
    opened.banner().locator(".kr-Banner-resume").click()
    shown = opened.wait_for_panel("d.status === 'finished'")
    assert shown["steps"] == str(5 * conftest.BATCHES)
    assert [one.step for one in run_of(server).fold.resumes] == [still]


def test_half_a_request_and_a_foreign_one_are_told_and_training_goes_on(
    server: lab.Lab, notebook: Make, panel: Panel
) -> None:
    opened = notebook(epochs=400)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    folder: Path = run_of(server).path
    (folder / "control-half.json").write_text('{"schema":1,"id":"ha')
    (folder / "control-foreign.json").write_text('{"schema":1,"id":"f","action":"dance","time":1}')
    for name in ("half", "foreign"):
        opened.page.get_by_text(f"control-{name}.json in digits-001 is no request").first.wait_for()
    panel.click("Stop")
    opened.wait_for_panel("d.status === 'interrupted'")
    assert requests(server) == []
