from __future__ import annotations

import json

import pytest

from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunLockedError
from kresume_nb.run.pruning import plan, prune
from kresume_nb.run.reader import read_journal
from kresume_nb.run.retention import Rule
from kresume_nb.run.run_state import read_state


@pytest.fixture
def run(generate, open_writer):
    """A killed run with checkpoint files after 1 to 4 epochs; its journal ends in a torn line."""
    writer = open_writer()
    writer.write_header(generate.HEADER)
    writer.append(generate.start())
    for number, value in enumerate((0.5, 0.1, 0.4, 0.3), 1):
        event = generate.checkpoint(generate.at(number), value)
        (writer.path / "checkpoints" / event.file).write_bytes(bytes(100))
        writer.append(generate.epoch(number, value), event)
    writer.close()
    with (writer.path / "journal.jsonl").open("ab") as file:
        file.write(b'{"type":"steps","ti')
    return writer.path


def files(run):
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_a_preview_changes_nothing(run):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    found = plan(run, Rule())
    assert [one.checkpoint.file for one in found.going] == ["epoch-0001.keras", "epoch-0003.keras"]
    assert found.bytes == 2 * 54861
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_what_goes_is_gone_and_the_journal_and_the_history_say_so(run):
    prune(run, Rule())
    assert files(run) == ["epoch-0002.keras", "epoch-0004.keras"]
    journal = read_journal(run)
    assert [one.file for one in journal.fold.checkpoints] == files(run)
    assert (journal.torn, journal.fold.status) == (1, "running")
    assert journal.fold.summary(run.name).epoch == [1, 2, 3, 4]
    summary = read_state(run).summary
    assert summary.journal == (run / "journal.jsonl").stat().st_size
    assert [one.file for one in summary.checkpoints] == files(run)
    told = json.loads((run / "history.json").read_text())["kresume"]["checkpoints"]
    assert [one["file"] for one in told] == files(run)


def test_pruning_twice_does_nothing_more(run):
    prune(run, Rule())
    before = (run / "journal.jsonl").read_bytes()
    assert prune(run, Rule()).going == []
    assert (run / "journal.jsonl").read_bytes() == before


def test_a_run_that_is_being_written_is_left_alone(run, open_writer):
    open_writer(run)
    before = files(run)
    with pytest.raises(RunLockedError):
        prune(run, Rule())
    assert files(run) == before


def test_the_lock_is_let_go(run, open_writer):
    prune(run, Rule())
    open_writer(run)


def test_what_was_pinned_since_the_preview_stays(run):
    assert "epoch-0001.keras" in [one.checkpoint.file for one in plan(run, Rule()).going]
    (run / "marks.json").write_text('{"schema":1,"checkpoints":["epoch-0001.keras"]}')
    prune(run, Rule())
    assert "epoch-0001.keras" in files(run)


def test_marks_that_cannot_be_read_keep_everything(run):
    (run / "marks.json").write_text("{")
    before = files(run)
    with pytest.raises(CorruptRecordError, match=r"marks\.json"):
        prune(run, Rule())
    assert files(run) == before


def test_a_run_of_a_newer_version_is_left_alone(run):
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(header | {"schema": 99}))
    before = files(run)
    with pytest.raises(NewerSchemaError):
        prune(run, Rule())
    assert files(run) == before
