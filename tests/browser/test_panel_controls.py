"""The panel's buttons on a training that runs: asked, carried out, and answered in the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lab
import pytest
from playwright.sync_api import expect

import kresume_nb as kr

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


def test_a_training_is_paused_saved_slowed_and_stopped_from_the_page(
    server: lab.Lab, notebook: Make
) -> None:
    opened = notebook(epochs=200, pause=0.02)
    page = opened.page
    opened.run_all()
    opened.wait_for_panel("d.status === 'running' && +d.epochs >= 1")
    said = page.locator(".kr-Controls-said")

    def press(name: str) -> Any:
        button = page.get_by_role("group", name="Training").get_by_role(
            "button", name=name, exact=True
        )
        expect(button).to_have_attribute("aria-disabled", "false")
        button.click()
        return button

    press("Pause")
    paused = opened.wait_for_panel("d.paused === 'true'")
    expect(said).to_contain_text("stands still")
    expect(page.locator(".kr-Panel-status")).to_have_text("Paused")

    # While it stands still it can be asked for more; by keyboard.
    button = press("Learning rate")
    field = page.get_by_role("textbox", name="New learning rate")
    expect(field).to_be_focused()
    field.fill("0.0005")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("to 0.0005")
    expect(button).to_be_focused()

    press("Continue")
    expect(page.locator(".kr-Panel-status")).to_have_text("Running")
    opened.wait_for_panel(f"+d.step > {paused['step']} + 5")
    press("Checkpoint")
    expect(said).to_contain_text("Saved as ")
    expect(page.locator(".kr-Strip-item[aria-label*='paused for']")).to_have_count(1)

    press("Stop")
    opened.wait_for_panel("d.status === 'interrupted'")
    expect(said).to_contain_text("Run the cell again to go on")
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_have_attribute("aria-disabled", "true")
    expect(stop).to_have_attribute("title", "Nothing trains: the run was interrupted.")

    run = kr.load_run(server.root / "kresume_runs" / "digits-001")
    answers = [(one.action, one.done) for one in run.fold.controls]
    assert answers == [
        ("pause", True),
        ("learning_rate", True),
        ("continue", True),
        ("checkpoint", True),
        ("stop", True),
    ]
    rates = run.steps["learning_rate"]
    assert rates[int(paused["step"])] == pytest.approx(0.0005)
    assert run.checkpoints[-1].position.step == run.fold.position.step
