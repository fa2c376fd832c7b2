"""What a page that nobody clicked in may have left in a run folder, asked of a real server."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from pathlib import Path

import lab
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def kernel(server):
    """The id of a kernel of this server."""
    request = urllib.request.Request(  # noqa: S310  # of the server above
        f"{server.url}/api/kernels",
        method="POST",
        data=b"{}",
        headers={"Authorization": f"token {lab.TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return json.loads(response.read())["id"]


@pytest.fixture
def run(server, request, kernel):
    """A run that this kernel trains, as far as its folder tells."""
    folder = server.root / request.node.name[:40] / "kresume_runs" / "live-001"
    shutil.copytree(GOLDEN / "killed", folder)
    header = json.loads((folder / "run.json").read_text())
    header["writer"]["kernel"] = kernel
    (folder / "run.json").write_text(json.dumps(header))
    (folder / "heartbeat").touch()
    return folder


def say(ask, server, run, widget="abc-1"):
    address = run.relative_to(server.root).as_posix()
    return ask("seen", method="POST", body={"folder": address, "widget": widget})


def test_a_run_that_a_kernel_of_this_server_trains_is_told(server, ask, run):
    assert say(ask, server, run) == (200, {})
    assert (run / "seen").read_text() == "abc-1"


def test_a_link_is_replaced_and_what_it_leads_to_left_alone(server, ask, run, tmp_path):
    victim = tmp_path / "precious"
    victim.write_text("precious")
    (run / "seen").symlink_to(victim)
    assert say(ask, server, run)[0] == 200
    assert victim.read_text() == "precious"
    assert not (run / "seen").is_symlink()


def test_a_run_that_nobody_trains_here_is_left_alone(server, ask, run):
    header = (run / "run.json").read_text()
    os.utime(run / "heartbeat", (1.0, 1.0))
    assert say(ask, server, run)[0] == 409
    (run / "heartbeat").touch()
    (run / "run.json").write_text(header.replace('"kernel"', '"another"', 1))
    assert say(ask, server, run)[0] == 409
    (run / "run.json").write_text(header)
    (run / "heartbeat").unlink()
    assert say(ask, server, run)[0] == 409
    assert not (run / "seen").exists()


@pytest.mark.parametrize("widget", ["", "../x", "a" * 101, 7, None, ["a"]])
def test_what_is_no_widget_is_refused(server, ask, run, widget):
    assert say(ask, server, run, widget)[0] == 400


@pytest.mark.parametrize("route", ["seen", "auto", "attempts", "trash", "prune"])
@pytest.mark.parametrize(
    "body", [[], "x", 7, None, {"folder": 7}, {"folder": "x" * 9000}, {"folder": "a\ud800"},
             {"folder": "a\0b", "widget": "a", "on": True, "attempt": {}}]
)  # fmt: skip
def test_odd_bodies_are_answered_in_words(ask, route, body):
    status, said = ask(route, method="POST", body=body)
    assert 400 <= status < 500
    assert said["message"]
