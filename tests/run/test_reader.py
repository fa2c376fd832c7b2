from __future__ import annotations

from dataclasses import replace

import pytest

from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunNotFoundError
from kresume_nb.run import codec, layout
from kresume_nb.run.container import STATE, ContainerWriter
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import candidates, processes, read_header, read_journal, run_folders


@pytest.fixture
def run(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


def save(run, position, writer, schema=1):
    path = run / "checkpoints" / layout.checkpoint_name(position)
    with path.open("wb") as file, ContainerWriter(file) as container:
        state = {"schema": schema, "position": position, "writer": writer}
        container.add(STATE, codec.dumps(state).encode())
    return path.name


def offered(run, events):
    return [(one.path.name, one.position) for one in candidates(run, Fold().feed(events))]


def test_checkpoints_are_offered_newest_first(run, generate):
    begun, at = generate.start(), generate.at
    places = [at(0), at(1), at(1, 2), at(2), at(10)]
    events = [begun, *map(generate.checkpoint, places)]
    assert [one for _, one in offered(run, events)] == places[::-1]


def test_a_durable_checkpoint_that_a_kill_kept_from_the_journal_is_offered(run, generate):
    begun, at = generate.start(), generate.at
    name = save(run, at(1, 2), begun.writer)
    events = [begun, generate.checkpoint(at(1))]
    assert offered(run, events) == [(name, at(1, 2)), ("epoch-0001.keras", at(1))]


def test_a_checkpoint_of_a_course_that_was_given_up_is_left_out(run, generate):
    begun, at = generate.start(), generate.at
    save(run, at(2), begun.writer)
    resumed = generate.start(at(1), "epoch-0001.keras")
    events = [begun, generate.checkpoint(at(1)), generate.checkpoint(at(2)), resumed]
    assert offered(run, events) == [("epoch-0001.keras", at(1))]


def test_a_checkpoint_of_another_process_is_left_out(run, generate):
    begun, at = generate.start(), generate.at
    save(run, at(2), replace(begun.writer, pid=begun.writer.pid + 1))
    assert offered(run, [begun]) == []


def test_what_was_resumed_from_stays_offered_though_the_journal_never_knew_it(run, generate):
    """Killed before a checkpoint was announced, resumed from it, killed before the next one."""
    begun, at = generate.start(), generate.at
    name = save(run, at(1, 2), begun.writer)
    resumed = generate.start(at(1, 2), name)
    assert resumed.writer != begun.writer
    events = [begun, generate.checkpoint(at(1)), resumed]
    assert offered(run, events) == [(name, at(1, 2)), ("epoch-0001.keras", at(1))]


def test_a_fork_s_origin_is_no_checkpoint_of_the_fork(run, generate):
    begun, at = generate.start(), generate.at
    name = save(run, at(1), begun.writer)
    forked = replace(generate.start(at(1), name), resumed=False)
    assert offered(run, [forked]) == []


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"\x00" * 100])
def test_damaged_and_half_written_files_are_not_offered_unannounced(content, run, generate):
    for name in ("epoch-0007.keras", "epoch-0008.keras.tmp", "notes.keras"):
        (run / "checkpoints" / name).write_bytes(content)
    assert offered(run, [generate.start()]) == []


def test_an_unannounced_checkpoint_of_a_newer_version_is_not_offered(run, generate):
    begun = generate.start()
    save(run, generate.at(1), begun.writer, schema=2)
    assert offered(run, [begun]) == []


def test_a_run_without_a_journal_has_an_empty_fold(run):
    journal = read_journal(run)
    assert (journal.torn, journal.fold.rows, journal.fold.start) == (0, [], None)
    assert candidates(run, journal.fold) == []


@pytest.mark.parametrize(
    "damage",
    [
        b'{"type":"epoch","time":1',
        b"\x00" * 512,
        b"{}",
        b"[]",
        b'{"type":["start"]}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_a_damaged_line_is_passed_over_and_counted(damage, run, golden):
    lines = (golden / "finished" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    expected = read_journal(golden / "finished")
    for place in (0, 5, len(lines)):
        damaged = [*lines[:place], damage + b"\n", *lines[place:]]
        (run / "journal.jsonl").write_bytes(b"".join(damaged))
        journal = read_journal(run)
        assert journal.torn == 1
        assert repr(journal.fold) == repr(expected.fold)


def test_a_folder_without_a_header_is_no_run(run):
    with pytest.raises(RunNotFoundError, match=r"is not a run folder: it has no run\.json"):
        read_header(run)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "name": 7}'])
def test_a_damaged_header_is_corrupt(text, run):
    (run / "run.json").write_text(text)
    with pytest.raises(CorruptRecordError):
        read_header(run)


def test_a_header_of_a_newer_version_is_refused(run):
    (run / "run.json").write_text('{"schema": 2}')
    with pytest.raises(NewerSchemaError):
        read_header(run)


def test_run_folders_are_those_with_a_header_by_name_and_number(tmp_path):
    for name in ("b-002", "a-010", "a-002", "a-1000", "plain", "b-003"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").touch()
    (tmp_path / "a-999").mkdir()
    (tmp_path / "a-998").touch()
    assert [path.name for path in run_folders(tmp_path)] == [
        "a-002",
        "a-010",
        "a-1000",
        "b-002",
        "b-003",
    ]
    assert run_folders(tmp_path / "nowhere") == []


def test_the_processes_of_a_run_are_those_that_its_journal_says_began(run, generate):
    assert processes(run) == []
    first = generate.start()
    second = replace(first, writer=replace(first.writer, pid=77))
    lines = [codec.dumps(one) for one in (first, generate.checkpoint(generate.at(1)), second)]
    torn = lines[0].replace('"pid"', '"p')
    (run / layout.JOURNAL).write_text("\n".join([*lines, torn, lines[0][:40]]))
    assert processes(run) == [first.writer, second.writer]
