"""Resume by itself: from the tab that is open, and from the server with no page at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import conftest
import lab
import numpy as np
import pytest
from test_story import checkpoints, final_state, unbroken, wait_for_mid_epoch_checkpoint

import kresume_nb as kr

pytestmark = pytest.mark.browser

Make = Callable[..., lab.Notebook]


def turn_on(opened: lab.Notebook) -> None:
    """The switch in the panel, as a person turns it."""
    switch = opened.page.locator(".kr-Panel .kr-Auto")
    switch.click()
    opened.page.locator(".kr-Panel .kr-Auto[aria-checked=true]").wait_for()


def run_of(server: lab.Lab) -> Any:
    return kr.load_run(checkpoints(server).parent)


def test_with_a_tab_open_it_goes_on_without_a_click_three_times_and_ends_as_if_unbroken(
    server: lab.Lab, notebook: Make, tmp_path: Path
) -> None:
    opened = notebook(epochs=8)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    turn_on(opened)
    for resumes in range(1, 4):
        wait_for_mid_epoch_checkpoint(server)
        server.kill_kernel()  # Jupyter's own dialog stays open
        lab.wait_for(
            lambda wanted=resumes: len(run_of(server).fold.resumes) >= wanted,
            60,
            lambda: f"not resumed: {[one.name for one in checkpoints(server).parent.iterdir()]}",
        )
    shown = opened.wait_for_panel("d.status === 'finished'")
    assert shown["epochs"] == "8"
    ours, theirs = run_of(server), unbroken(server, tmp_path / "unbroken")
    assert ours.history == theirs.history
    for one, other in zip(final_state(ours), final_state(theirs), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    made = ours.fold.attempts
    assert [(one.number, one.outcome, one.by) for one in made] == [
        (number, "resumed", "page") for number in (1, 2, 3)
    ]
    assert not list(ours.path.glob("attempt-*"))


def test_without_the_switch_a_dead_kernel_waits_for_a_person(
    server: lab.Lab, notebook: Make
) -> None:
    opened = notebook(epochs=30)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    wait_for_mid_epoch_checkpoint(server)
    server.kill_kernel()
    opened.close_restart_dialog()
    banner = opened.banner()
    switch = banner.locator(".kr-Auto")
    switch.wait_for()
    assert switch.get_attribute("aria-checked") == "false"
    assert run_of(server).fold.attempts == []
    # Turned on now, it goes on.
    switch.press("Enter")
    lab.wait_for(lambda: run_of(server).fold.resumes, 60, "not resumed")


def test_a_cell_that_was_edited_since_needs_a_person(server: lab.Lab, notebook: Make) -> None:
    opened = notebook(epochs=30)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    turn_on(opened)
    wait_for_mid_epoch_checkpoint(server)
    opened.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel"
        ".setSource('PAUSE = 0.02  # <img src=x onerror=alert(1)>')"
    )
    server.kill_kernel()
    opened.close_restart_dialog()
    opened.page.get_by_text("Not resumed by itself, because cells changed since").wait_for()
    assert run_of(server).fold.resumes == []
    assert not list(checkpoints(server).parent.glob("attempt-*"))


def test_with_no_page_open_the_server_resumes_and_the_notebook_is_complete_when_reopened(
    chromium: Any, page: Any, tmp_path: Path
) -> None:
    root = tmp_path / "notebooks"
    root.mkdir()
    with lab.Lab(root, "--KResume.resume_without_page=True") as server:
        cells = ["PAUSE = 0.02", *conftest.SETUP, conftest.TRAIN.format(epochs=8)]
        conftest.write(root / "train.ipynb", cells)
        opened = lab.Notebook(page, server, "train.ipynb")
        opened.open()
        opened.run_all()
        opened.wait_for_panel("+d.epochs >= 1")
        turn_on(opened)
        wait_for_mid_epoch_checkpoint(server)
        opened.save()
        page.goto("about:blank")
        for resumes in (1, 2):
            server.kill_kernel()
            lab.wait_for(
                lambda wanted=resumes: len(run_of(server).fold.resumes) >= wanted,
                90,
                lambda: server.log.read_text()[-3000:],
            )
        opened.open()
        shown = opened.wait_for_panel("d.status === 'finished'")
        assert shown["epochs"] == "8"
        ours, theirs = run_of(server), unbroken(server, tmp_path / "unbroken")
        assert ours.history == theirs.history
        for one, other in zip(final_state(ours), final_state(theirs), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
        assert [(one.outcome, one.by) for one in ours.fold.attempts] == [("resumed", "server")] * 2
