from __future__ import annotations

import shutil

import pytest

from kresume_nb.errors import NewerSchemaError
from kresume_nb.run import run_state
from kresume_nb.run.reader import read_journal
from kresume_nb.run.run_state import read_history, read_state


@pytest.fixture
def finished(generate, open_writer):
    writer = open_writer()
    writer.write_header(generate.HEADER)
    writer.append(*generate.FINISHED)
    writer.close()
    return writer.path


def test_the_history_of_a_run_that_ended_is_enough(finished, monkeypatch):
    folded = read_journal(finished, keep_steps=False).fold
    monkeypatch.setattr(run_state, "read_journal", None)
    found = read_state(finished)
    journal = (finished / "journal.jsonl").stat().st_size
    assert found.summary == folded.summary(finished.name, journal)
    assert found.history == folded.history()


def test_what_the_journal_knows_more_is_not_missed(finished, generate):
    line = generate.codec.dumps(generate.start(generate.at(2), "epoch-0002.keras"))
    with (finished / "journal.jsonl").open("a") as file:
        file.write(line + "\n")
    found = read_state(finished)
    assert (found.summary.status, found.summary.epoch) == ("running", [1, 2])
    assert len(found.history["loss"]) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"kresume":{"schema":1}}', b"[]"])
def test_a_history_that_cannot_be_read_is_done_without(finished, content):
    (finished / "history.json").write_bytes(content)
    assert read_state(finished).summary.epoch == [1, 2, 3]


def test_a_history_of_an_older_version_is_done_without(golden, tmp_path):
    run = tmp_path / "golden-001"
    shutil.copytree(golden / "finished", run)
    (run / "history.json").write_text('{"loss":[9.0],"kresume":{"schema":1,"name":"golden-001"}}')
    assert read_state(run).history["loss"] != [9.0]


def test_a_history_of_a_newer_version_is_done_without(finished):
    """A flipped bit says so, too. Who wrote the run, `run.json` tells."""
    (finished / "history.json").write_text('{"kresume":{"schema":99}}')
    with pytest.raises(NewerSchemaError, match="99"):
        read_history(finished)
    assert read_state(finished).summary.epoch == [1, 2, 3]


def test_a_folder_that_was_renamed_has_its_new_name(finished):
    moved = finished.rename(finished.with_name("other-001"))
    assert read_state(moved).summary.name == "other-001"
