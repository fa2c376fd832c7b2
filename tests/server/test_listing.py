from __future__ import annotations

import gc
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from kresume_nb.server import listing
from kresume_nb.server.listing import Rows
from kresume_nb.worker.process import Worker

GOLDEN = Path(__file__).parents[1] / "golden"


def place(folder: Path, golden: str, name: str) -> Path:
    run = folder / name
    shutil.copytree(GOLDEN / golden, run)
    return run


def test_the_runs_of_a_folder_and_all_below_the_root_are_listed(server, ask):
    place(server.root / "kresume_runs", "finished", "mnist-001")
    place(server.root / "work" / "kresume_runs", "killed", "cifar-001")
    status, here = ask("runs?folder=kresume_runs")
    assert status == 200
    assert [(one["folder"], one["status"]) for one in here["rows"]] == [
        ("kresume_runs/mnist-001", "finished")
    ]
    _, below = ask("runs?below=")
    folders = [one["folder"] for one in below["rows"]]
    assert folders == ["kresume_runs/mnist-001", "work/kresume_runs/cifar-001"]
    assert below["complete"]
    _, work = ask("runs?below=work")
    assert [one["folder"] for one in work["rows"]] == ["work/kresume_runs/cifar-001"]


def test_a_folder_that_is_not_there_has_no_runs(ask):
    assert ask("runs?folder=nowhere") == (200, {"rows": [], "complete": True})


def test_what_is_not_below_the_root_is_refused_in_words(ask):
    for folder in ("..%2F..", ".hidden"):
        status, said = ask(f"runs?folder={folder}")
        assert status == 404
        assert folder.replace("%2F", "/") in said["message"]


def test_the_newest_runs_of_a_folder_are_named_last_changed_first(server, ask):
    runs = server.root / "many" / "kresume_runs"
    for number in range(1, 26):
        run = runs / f"mnist-{number:03d}"
        run.mkdir(parents=True)
        os.utime(run, (number % 7, number % 7))
    (runs / "notes").mkdir()
    (runs / "other-001").write_text("no folder")
    (runs / "linked-001").symlink_to(runs / "mnist-006")
    (runs / "gone-001").symlink_to(runs / "mnist-999")
    status, found = ask("newest?folder=many/kresume_runs")
    assert status == 200
    assert len(found["names"]) == 20
    assert found["names"][:4] == ["mnist-020", "mnist-013", "mnist-006", "linked-001"]
    assert ask("newest?folder=nowhere") == (200, {"names": []})
    assert ask("newest?folder=..%2F..")[0] == 404
    assert ask("newest?folder=many/kresume_runs", token="another")[0] == 403  # noqa: S106


def test_nobody_without_the_token_reads_runs(ask):
    assert ask("runs?below=", token="another")[0] == 403  # noqa: S106


class Counting(Worker):
    """Takes down the names of the runs that were read."""

    def __init__(self):
        super().__init__()
        self.read: list[str] = []

    def ask(self, task, **arguments):
        self.read += [Path(run).name for run, _ in arguments["runs"]]
        return super().ask(task, **arguments)


@pytest.fixture
def worker():
    made = Counting()
    yield made
    made.close()


def row(rows, run):
    (text,) = rows.texts([(str(run), run.name)])
    return json.loads(text)


def settle(run: Path) -> None:
    long_ago = time.time() - 600
    for path in (run, *run.iterdir()):
        os.utime(path, (long_ago, long_ago))


def test_a_run_that_rests_is_read_once_and_again_when_it_changes(tmp_path, worker):
    run, rows = place(tmp_path, "finished", "mnist-001"), Rows(worker)
    settle(run)
    first = row(rows, run)
    assert row(rows, run) == first
    assert worker.read == ["mnist-001"]
    (run / "marks.json").write_text('{"schema": 1, "title": "named"}')
    assert row(rows, run)["title"] == "named"
    assert len(worker.read) == 2


def test_a_run_that_may_be_under_way_is_read_each_time(tmp_path, worker):
    run, rows = place(tmp_path, "killed", "mnist-001"), Rows(worker)
    settle(run)
    assert row(rows, run)["name"] == row(rows, run)["name"] == "mnist-001"
    assert len(worker.read) == 2


def test_one_that_changed_just_now_is_not_remembered(tmp_path, worker):
    """Two writes within the grain of a file system's clock would look alike."""
    run, rows = place(tmp_path, "finished", "mnist-001"), Rows(worker)
    (run / "run.json").touch()
    row(rows, run)
    row(rows, run)
    assert len(worker.read) == 2


class Telling(Worker):
    """Knows a row of every run, without a process."""

    def ask(self, task, **arguments):
        return "\n".join("-{}" for _ in arguments["runs"])


@pytest.mark.parametrize("deep", [False, True], ids=["a folder", "all below one"])
def test_thousands_of_runs_are_few_objects_to_the_garbage_collector(deep, tmp_path, monkeypatch):
    """Else it goes through all that the server holds every few requests, and the loop stands still."""
    for number in range(1, 1001):
        (tmp_path / f"mnist-{number:03d}").mkdir()
        (tmp_path / f"mnist-{number:03d}" / "run.json").touch()
    rows, alive = Rows(Telling()), []

    def signature(run):
        alive.append(gc.get_count()[0])
        return f"1 {run.name}"

    monkeypatch.setattr(listing, "_signature", signature)
    listing._list(tmp_path, tmp_path, "", deep, rows, lambda: False)  # from then on it knows them
    alive.clear()
    gc.collect()
    gc.disable()
    try:
        answer = listing._list(tmp_path, tmp_path, "", deep, rows, lambda: False)
    finally:
        gc.enable()
    assert len(json.loads(answer)["rows"]) == len(alive) == 1000
    assert max(alive) < 1000


def test_a_run_that_ends_the_worker_costs_its_own_row_only(tmp_path, monkeypatch):
    """Its history claims more memory than a worker may take."""
    monkeypatch.setattr(listing, "_SECONDS", 60.0)
    runs = [place(tmp_path, "finished", f"mnist-00{number}") for number in (1, 2, 3)]
    (runs[1] / "history.json").write_text('{"loss": [' + "[]," * 20_000_000 + "[]]}")
    worker = Worker(memory=1 << 30)
    found = [json.loads(one) for one in Rows(worker).texts([(str(run), run.name) for run in runs])]
    assert [bool(one["problem"]) for one in found] == [False, True, False]
    assert [one["status"] for one in found] == ["finished", "failed", "finished"]
    worker.close()


def test_a_run_that_is_a_link_out_of_the_root_is_not_served(server, ask, tmp_path):
    place(tmp_path, "finished", "secret-001")
    folder = server.root / "linked" / "kresume_runs"
    mine = place(folder, "finished", "mine-001")
    (folder / "secret-001").symlink_to(tmp_path / "secret-001")
    (folder / "again-001").symlink_to(mine)
    for route in ("runs?folder=linked/kresume_runs", "newest?folder=linked/kresume_runs"):
        _, found = ask(route)
        names = found["names"] if "names" in found else [one["name"] for one in found["rows"]]
        assert sorted(names) == ["again-001", "mine-001"]


@pytest.mark.parametrize(
    "folder", ["a%00b", "%ED%A0%80", "x" * 5000, "%0a", "/".join(["n" * 300] * 3)]
)
@pytest.mark.parametrize(
    "route", ["runs?folder=", "runs?below=", "newest?folder=", "compared?run="]
)
def test_odd_names_are_answered_in_words(route, folder, ask):
    status, said = ask(route + folder)
    assert status in (200, 400, 404)
    assert status == 200 or said["message"]
