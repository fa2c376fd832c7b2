"""Resuming by itself where it must not, or where only one may: not trusted, from elsewhere, capped, two at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import conftest
import lab
import pytest
import stopped
from playwright.sync_api import expect
from stopped import Place, Stopped
from test_auto import turn_on

from kresume_nb.run import attempts
from kresume_nb.run.records import Attempt

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests here, which resumes where no page is open."""
    with lab.Lab(
        tmp_path_factory.mktemp("guards"), "--KResume.resume_without_page=True"
    ) as started:
        yield started


def attempted(run: Stopped, count: int) -> None:
    """That many attempts, just now, in which the kernel died."""
    fold = run.run.fold
    newest = fold.checkpoints[-1]
    for number in range(1, count + 1):
        made = Attempt(
            number=number,
            by="page",
            who="another page",
            time=time.time(),
            step=newest.position.step,
            checkpoint=newest.file,
            outcome="died",
        )
        assert attempts.claim(run.path, made)


def said(opened: lab.Notebook, words: str) -> None:
    expect(opened.banner().locator(".kr-Banner-detail")).to_contain_text(words, timeout=30_000)


def test_a_notebook_that_is_not_trusted_never_runs_by_itself(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    run = Stopped(server, killed, "untrusted", signed=False)
    run.switch_on()
    said(run.open(page), "Not resumed by itself, because this notebook is not trusted")
    assert run.untouched()


def test_a_run_from_elsewhere_never_runs_by_itself(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    origin = Stopped(server, killed, "origin")
    origin.switch_on()
    copy = Stopped(server, origin.folder, "copy")
    banner = copy.open(page).banner()
    switch = banner.locator(".kr-Auto")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(banner.locator(".kr-Banner-resume")).to_be_enabled()
    assert copy.untouched()
    assert origin.untouched()


def test_the_setting_keeps_this_page_from_it_until_it_is_turned_back(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    run = Stopped(server, killed, "setting")
    run.switch_on()
    setting = "lab/api/settings/kresume_nb:plugin"
    run.ask(setting, "PUT", {"raw": '{"resumeByItself": false}'})
    opened = run.open(page)
    said(opened, "Not resumed by itself, because the settings do not let this page")
    assert run.untouched()
    run.ask(setting, "PUT", {"raw": "{}"})
    opened.reload()
    opened.wait_for_panel("d.status === 'finished'")
    assert [(one.outcome, one.by) for one in run.run.fold.attempts] == [("resumed", "page")]


def test_after_attempts_in_vain_it_waits_and_says_so(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    run = Stopped(server, killed, "waits")
    run.switch_on()
    attempted(run, 4)
    began = time.time()
    opened = run.open(page)
    said(opened, "Resumes by itself in ")
    said(opened, ", attempt 5")
    opened.wait_for_panel("d.status === 'finished'")
    made = run.run.fold.attempts
    assert [one.outcome for one in made] == ["died"] * 4 + ["resumed"]
    assert made[-1].time - began > attempts.FIRST_WAIT * 2**3 - 1


def test_after_five_it_is_given_up_until_the_switch_is_turned_again(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    run = Stopped(server, killed, "capped")
    run.switch_on()
    attempted(run, attempts.MOST_IN_VAIN)
    opened = run.open(page)
    said(opened, "No longer resumed by itself: 5 attempts came no further than this checkpoint")
    assert len(list(run.path.glob("attempt-*"))) == 5
    switch = opened.banner().locator(".kr-Auto")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    opened.wait_for_panel("d.status === 'finished'")
    assert [one.outcome for one in run.run.fold.attempts] == ["died"] * 5 + ["resumed"]


DEAF = """(() => {
    const send = WebSocket.prototype.send;
    const sockets = new Set();
    WebSocket.prototype.send = function(data) {
        if (this.url.includes('/channels')) sockets.add(this);
        send.call(this, data);
    };
    window.deafen = () => {
        for (const one of sockets) {
            one.send = () => {};
            one.onmessage = () => {};
        }
    };
})()"""
"""Has the connections to kernels that are there lead nowhere, as one to the ports of a kernel that died."""


def test_a_page_that_its_kernel_does_not_hear_connects_anew_and_goes_on(
    server: lab.Lab, killed: Path, page: Any
) -> None:
    page.add_init_script(DEAF)
    run = Stopped(server, killed, "deaf")
    opened = run.open(page)
    resume = opened.banner().locator(".kr-Banner-resume")
    page.evaluate("() => window.deafen()")
    resume.click()
    opened.wait_for_panel("d.status === 'finished'")
    assert len(run.run.fold.resumes) == 1


def test_of_two_pages_and_a_server_one_acts_and_who_comes_later_waits(
    server: lab.Lab, chromium: Any, page: Any
) -> None:
    place = Place(server, "several")
    place.folder.mkdir()
    conftest.write(place.folder / "train.ipynb", stopped.cells(epochs=12, pause=0.02))
    opened = place.open(page)
    opened.run_all()
    opened.wait_for_panel("+d.epochs >= 1")
    turn_on(opened)
    opened.save()
    context = chromium.new_context()  # another browser
    lab.Notebook(context.new_page(), server, place.notebook).open_busy()
    place.kill()
    # A frame that reaches Jupyter Server while it closes the socket costs it seconds and gigabytes.
    lab.wait_for(lambda: place.run.fold.resumes, 150, "no page has resumed it")
    context.close()
    page.goto("about:blank")
    (place.folder / "hold").touch()
    place.kill()
    lab.wait_for((place.path / "attempt-2.json").exists, 150, server.log.read_text)
    opened.open_busy()
    said(opened, "It is being resumed by itself, attempt 2")
    expect(opened.banner().locator(".kr-Banner-resume")).to_be_disabled()
    (place.folder / "hold").unlink()
    opened.wait_for_panel("d.status === 'finished'")
    run = place.run
    assert [(one.outcome, one.by) for one in run.fold.attempts] == [
        ("resumed", "page"),
        ("resumed", "server"),
    ]
    assert run.steps["step"] == list(range(1, 12 * conftest.BATCHES + 1))


def test_without_the_server_extension_the_switch_is_the_browsers(
    killed: Path, page: Any, tmp_path: Path
) -> None:
    off = "--ServerApp.jpserver_extensions={'jupyterlab': True, 'kresume_nb': False}"
    with lab.Lab(tmp_path, off) as server:
        run = Stopped(server, killed, "plain")
        opened = run.open(page)
        switch = opened.banner().locator(".kr-Auto")
        expect(switch).to_have_attribute("aria-checked", "false")
        assert run.untouched()
        switch.press("Enter")
        opened.wait_for_panel("d.status === 'finished'")
        assert [(one.outcome, one.by) for one in run.run.fold.attempts] == [("resumed", "page")]
