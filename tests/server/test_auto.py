from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run import attempts
from kresume_nb.run.records import AutoSwitch
from kresume_nb.server.switches import Switches

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    made = tmp_path / "runs" / "mnist-001"
    shutil.copytree(GOLDEN / "killed", made)
    return made


@pytest.fixture
def switches(tmp_path: Path) -> Switches:
    return Switches(tmp_path / "data" / "resume-by-itself.json")


def test_a_switch_stays_as_it_was_turned(switches, run, tmp_path):
    assert switches.get(run) == AutoSwitch(on=False)
    told = switches.set(run, on=True)
    assert told.on
    again = Switches(tmp_path / "data" / "resume-by-itself.json", unattended=True)
    assert again.get(run) == AutoSwitch(on=True, since=told.since, unattended=True)
    assert list(again.on()) == [run]
    again.set(run, on=False)
    assert not switches.get(run).on


def test_a_copy_is_off_and_so_is_what_takes_the_runs_place(switches, run):
    switches.set(run, on=True)
    copy = run.with_name("mnist-002")
    shutil.copytree(run, copy)
    assert not switches.get(copy).on

    run.rename(run.with_name("moved-001"))
    assert not switches.get(run.with_name("moved-001")).on
    copy.rename(run)  # with the same name, and the same things in it
    assert not switches.get(run).on
    assert dict(switches.on()) == {}


def test_another_run_in_the_same_folder_is_off(switches, run):
    switches.set(run, on=True)
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(header | {"created": 2000.0}))
    assert not switches.get(run).on


def tell(run: Path, **fields: object) -> None:
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


class TestSeveralTrainingsOfACell:
    """The golden run's kernel is `KERNEL`, and it was created at `CREATED`."""

    HEADER = json.loads((GOLDEN / "killed" / "run.json").read_text())
    KERNEL = HEADER["writer"]["kernel"]
    CREATED = HEADER["created"]

    @pytest.fixture
    def later(self, run: Path) -> Path:
        """The second training of the same execution."""
        tell(run, execution="e", call=1)
        made = run.with_name("mnist-002")
        shutil.copytree(run, made)
        tell(made, created=self.CREATED + 60, call=2)
        return made

    def test_the_switch_is_handed_on_to_the_next(self, switches, run, later):
        since = switches.set(run, on=True).since
        switches.inherit(later, {self.KERNEL}.__contains__)
        assert switches.get(later) == AutoSwitch(on=True, since=since)
        assert set(switches.on()) == {run, later}

    def test_what_was_turned_off_stays_off(self, switches, run, later):
        switches.set(run, on=True)
        switches.set(later, on=False)
        switches.inherit(later, {self.KERNEL}.__contains__)
        assert not switches.get(later).on
        third = run.with_name("mnist-003")
        shutil.copytree(later, third)
        tell(third, created=self.CREATED + 90, call=3)
        switches.inherit(third, {self.KERNEL}.__contains__)
        assert not switches.get(third).on

    @pytest.mark.parametrize(
        ("fields", "kernels"),
        [
            ({}, set()),
            ({"execution": "f"}, {KERNEL}),
            ({"execution": ""}, {KERNEL}),
            ({"created": CREATED - 60}, {KERNEL}),
        ],
        ids=["not a kernel of ours", "another execution", "an older version", "an earlier one"],
    )
    def test_a_folder_that_only_looks_like_it_is_off(self, fields, kernels, switches, run, later):
        switches.set(run, on=True)
        tell(later, **fields)
        switches.inherit(later, kernels.__contains__)
        assert not switches.get(later).on

    def test_in_another_folder_it_is_off(self, switches, run, later, tmp_path):
        switches.set(run, on=True)
        elsewhere = tmp_path / "elsewhere" / later.name
        shutil.copytree(later, elsewhere)
        switches.inherit(elsewhere, {self.KERNEL}.__contains__)
        assert not switches.get(elsewhere).on


def test_a_link_to_the_run_is_the_run(switches, run, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(run.parent)
    switches.set(link / "mnist-001", on=True)
    assert switches.get(run).on


def test_nothing_in_a_run_folder_turns_it_on(switches, run, tmp_path):
    switches.set(run, on=True)
    kept = (tmp_path / "data" / "resume-by-itself.json").read_bytes()
    switches.set(run, on=False)
    for name in ("resume-by-itself.json", "auto.json"):
        (run / name).write_bytes(kept)
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(header | {"auto": True, "on": True}))
    assert not switches.get(run).on


@pytest.mark.parametrize("content", [b"", b"{", b'{"runs": []}', b'{"runs": {"/": {}}}'])
def test_a_damaged_file_has_nothing_on_and_is_mended_by_the_next_turn(
    content, switches, run, tmp_path
):
    switches.set(run, on=True)
    (tmp_path / "data" / "resume-by-itself.json").write_bytes(content)
    assert not switches.get(run).on
    assert switches.set(run, on=True).on


def test_it_cannot_be_turned_on_for_what_is_no_run(switches, tmp_path):
    with pytest.raises(RunNotFoundError):
        switches.set(tmp_path, on=True)


def test_the_route_tells_and_turns(server, ask):
    run = server.root / "auto_runs" / "mnist-001"
    shutil.copytree(GOLDEN / "killed", run)
    off = {"on": False, "since": None, "unattended": False}
    assert ask("auto?folder=auto_runs/mnist-001") == (200, off)
    turned = {"folder": "auto_runs/mnist-001", "on": True}
    status, told = ask("auto", method="POST", body=turned)
    assert (status, told["on"]) == (200, True)
    assert ask("auto?folder=auto_runs/mnist-001")[1] == told
    assert not [path for path in run.iterdir() if "auto" in path.name]
    assert ask("auto", method="POST", body={"folder": "auto_runs/mnist-001", "on": "yes"})[0] == 400
    assert ask("auto", method="POST", body={"folder": "auto_runs", "on": True})[0] == 409
    assert ask("auto?folder=../..")[0] == 404


def test_of_two_pages_one_makes_the_attempt(server, ask):
    run = server.root / "claim_runs" / "mnist-001"
    shutil.copytree(GOLDEN / "killed", run)
    attempt = {"number": 1, "by": "page", "who": "a", "time": 9.0, "step": 6, "checkpoint": None}
    body = {"folder": "claim_runs/mnist-001", "attempt": attempt}
    assert ask("attempts", method="POST", body=body)[0] == 200
    status, said = ask("attempts", method="POST", body=body)
    assert (status, said["message"]) == (409, "Somebody else makes attempt 1.")
    assert json.loads((run / "attempt-1.json").read_text())["who"] == "a"
    os.mkfifo(run / "attempt-2.json")
    status, told = ask("attempts?folder=claim_runs/mnist-001")
    found = [(one["attempt"]["number"], one["attempt"]["outcome"]) for one in told["attempts"]]
    assert (status, found) == (200, [(1, "open"), (2, "abandoned")])
    assert 0 <= told["attempts"][0]["age"] < attempts.LEASE_SECONDS
    (run / "attempt-2.json").unlink()
    assert ask("attempts?folder=claim_runs")[0] == 409
    assert ask("attempts", method="POST", body=body | {"folder": "claim_runs"})[0] == 409
    shutil.copytree(run, run.parent / "elsewhere")
    assert ask("attempts", method="POST", body=body | {"folder": "claim_runs/elsewhere"})[0] == 409
    assert not (run.parent / "elsewhere" / "attempt-2.json").exists()
    for wrong in (attempt | {"number": 0}, {"number": 1}, "x"):
        assert ask("attempts", method="POST", body=body | {"attempt": wrong})[0] == 400
