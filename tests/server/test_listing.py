from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from kresume_nb.server import listing
from kresume_nb.server.listing import RowCache

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


@pytest.fixture
def reads(monkeypatch):
    """Names of the runs that were read."""
    read: list[str] = []
    original = listing.read_row

    def counted(run, folder):
        read.append(run.name)
        return original(run, folder)

    monkeypatch.setattr(listing, "read_row", counted)
    return read


def settle(run: Path) -> None:
    long_ago = time.time() - 600
    for path in (run, *run.iterdir()):
        os.utime(path, (long_ago, long_ago))


def test_a_run_that_rests_is_read_once_and_again_when_it_changes(tmp_path, reads):
    run, cache = place(tmp_path, "finished", "mnist-001"), RowCache()
    settle(run)
    first = cache.row(run, "mnist-001")
    assert cache.row(run, "mnist-001") is first
    assert reads == ["mnist-001"]
    (run / "marks.json").write_text('{"schema": 1, "title": "named"}')
    assert cache.row(run, "mnist-001").title == "named"
    assert len(reads) == 2


def test_a_run_that_may_be_under_way_is_read_each_time(tmp_path, reads):
    run, cache = place(tmp_path, "killed", "mnist-001"), RowCache()
    settle(run)
    assert cache.row(run, "mnist-001") == cache.row(run, "mnist-001")
    assert len(reads) == 2


def test_one_that_changed_just_now_is_not_remembered(tmp_path, reads):
    """Two writes within the grain of a file system's clock would look alike."""
    run, cache = place(tmp_path, "finished", "mnist-001"), RowCache()
    (run / "run.json").touch()
    cache.row(run, "mnist-001")
    cache.row(run, "mnist-001")
    assert len(reads) == 2
