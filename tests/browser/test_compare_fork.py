"""From a point of a curve in the compare view to the steps of the fork that begins there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import conftest
import lab
import pytest
import stopped
from album import begun
from playwright.sync_api import expect
from stopped import Stopped

import kresume_nb as kr
from kresume_nb.run import layout

pytestmark = pytest.mark.browser


def test_from_a_point_of_a_curve_a_fork_trains_on_and_its_parent_stays_as_it_was(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    parent = Stopped(server, killed, "fork")
    before = {one.name: one.read_bytes() for one in parent.path.glob("*.json*")}
    begun(page, server)
    page.evaluate(
        "runs => void window.jupyterapp.commands.execute('kresume:compare', {runs})",
        [f"fork/kresume_runs/{stopped.RUN}"],
    )
    view = page.locator(".kr-Compare[data-complete=true]")
    view.wait_for()
    view.locator(".kr-CompareChart[data-curves='1'] .kr-Chart-plot").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    view.get_by_role("menuitem", name="Resume from after epoch 1 as a fork").click()

    path = parent.path.with_name("digits-002")
    lab.wait_for(
        lambda: (path / layout.HISTORY).is_file() and kr.load_run(path).status == "finished",
        120,
        server.log.read_text,
    )
    child = kr.load_run(path)
    assert child.parent is not None
    assert (child.parent.run, child.parent.checkpoint, child.parent.epoch) == (
        stopped.RUN,
        "epoch-0001.keras",
        1,
    )
    steps = child.steps
    assert steps["step"] == list(range(conftest.BATCHES + 1, stopped.EPOCHS * conftest.BATCHES + 1))
    # What the parent had trained of the second epoch when it was killed is what the fork trains first.
    own = parent.run
    assert child.history["loss"][0] == own.history["loss"][0]
    beyond = own.steps["loss"][conftest.BATCHES :]
    assert beyond
    assert steps["loss"][: len(beyond)] == beyond
    assert {one.name: one.read_bytes() for one in parent.path.glob("*.json*")} == before

    compared = [f"fork/kresume_runs/{name}" for name in (stopped.RUN, child.name)]
    lab.finish(page, "kresume:compare", {"runs": compared})
    expect(page.locator("[data-section=lineage]:visible")).to_contain_text("1 fork")
