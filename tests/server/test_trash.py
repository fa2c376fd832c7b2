from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kresume_nb.errors import CorruptRecordError, PinnedRunError, RunLockedError
from kresume_nb.run.writer import lock
from kresume_nb.server.trash import check_deletable

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def run(server):
    made = server.root / "kresume_runs" / "trashed-001"
    shutil.copytree(GOLDEN / "finished", made)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_a_run_that_nobody_writes_goes_to_the_trash(run, server, ask):
    assert ask("trash", method="POST", body={"folder": "kresume_runs/trashed-001"}) == (200, {})
    assert not run.exists()
    assert (server.trash / "trashed-001" / "journal.jsonl").is_file()


def test_one_that_a_process_writes_stays_and_is_said_to(run, ask):
    held = lock(run)
    status, said = ask("trash", method="POST", body={"folder": "kresume_runs/trashed-001"})
    held.release()
    assert (status, said["reason"]) == (409, RunLockedError.__name__)
    assert "written by another process" in said["message"]
    assert (run / "run.json").is_file()


def test_so_does_a_pinned_one(run, ask):
    (run / "marks.json").write_text('{"schema": 1, "pinned": true}')
    status, said = ask("trash", method="POST", body={"folder": "kresume_runs/trashed-001"})
    assert (status, said["reason"]) == (409, PinnedRunError.__name__)
    assert run.exists()
    (run / "marks.json").write_text("{")
    with pytest.raises(CorruptRecordError):
        check_deletable(run)


@pytest.mark.parametrize("folder", ["kresume_runs", "", "kresume_runs/gone-001", "../x-001", 7])
def test_nothing_but_a_run_is_deleted(folder, run, ask):
    status, _ = ask("trash", method="POST", body={"folder": folder})
    assert status in {400, 404, 409}
    assert run.exists()


def test_nobody_deletes_without_the_token(run, ask):
    body = {"folder": "kresume_runs/trashed-001"}
    assert ask("trash", method="POST", body=body, token="another")[0] == 403  # noqa: S106
    assert run.exists()
