"""A real server's own kernels, ended in several ways."""

from __future__ import annotations

import os
import signal
import time

import lab
import psutil
import pytest

from kresume_nb.server.ended import booted


@pytest.fixture
def kernel(server, api):
    """The id and the process of a kernel that has just been started."""
    made = api("POST", "kernels", {"name": "python3"})["id"]

    def started():  # beside it a kernel of the test before may come back
        return [pid for pid in server.kernels() if made in " ".join(psutil.Process(pid).cmdline())]

    (pid,) = lab.wait_for(started, 30, "no kernel was started")
    return made, pid


def death(ask, kernel, since=0.0):
    return ask(f"ended?kernel={kernel}&since={since}")[1]["death"]


def wait_for_death(ask, kernel):
    lab.wait_for(lambda: death(ask, kernel) is not None, 30, "the server saw no death")
    return death(ask, kernel)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV])
def test_a_kernel_that_a_signal_ended_is_told_with_it(ask, kernel, sign):
    name, pid = kernel
    began = time.time()
    os.kill(pid, sign)
    told = wait_for_death(ask, name)
    assert told["status"] == -sign
    assert told["asked"] is None
    assert told["memory"] is False
    assert began <= told["time"] <= time.time()
    assert death(ask, name, time.time() + 1) is None


def test_a_restart_that_was_asked_for_is_no_accident(ask, api, kernel):
    name, _ = kernel
    api("POST", f"kernels/{name}/restart")
    lab.wait_for(
        lambda: (death(ask, name) or {}).get("asked") == "restart", 30, "no restart was seen"
    )
    assert death(ask, name)["status"] is None


def test_nor_is_a_shutdown(ask, api, kernel):
    name, _ = kernel
    api("DELETE", f"kernels/{name}")
    assert wait_for_death(ask, name)["asked"] == "shutdown"


def test_when_server_and_machine_began_is_told(ask):
    status, told = ask("ended?kernel=none&since=0")
    assert status == 200
    assert told["death"] is None
    assert 0 < told["started"] <= time.time()
    assert told["booted"] is None or told["booted"] < told["started"]


def test_what_cannot_be_read_is_refused(ask):
    assert ask("ended?kernel=a&since=noon")[0] == 400
    assert ask("ended?kernel=a&since=0", token="another")[0] == 403  # noqa: S106


def test_when_the_machine_was_switched_on_is_read_from_the_system(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu 1 2 3\nbtime 1700000000\nprocesses 5\n")
    assert booted(stat) == 1_700_000_000.0
    assert booted(tmp_path / "none") is None
