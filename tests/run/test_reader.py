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


def told(run, events, journal):
    """Writes `history.json` of a journal that had that many bytes."""
    fold = Fold().feed(events)
    document = {**fold.history(), "kresume": fold.summary(run.name, journal)}
    (run / layout.HISTORY).write_text(codec.dumps(document))


def test_a_journal_that_lost_its_end_costs_no_checkpoint_that_the_history_tells(run, generate):
    begun, at = generate.start(), generate.at
    other = replace(begun.writer, pid=begun.writer.pid + 1)
    name = save(run, at(3), other)
    given_up = save(run, at(9), other)
    events = [begun, generate.checkpoint(at(1)), generate.checkpoint(at(3))]
    (run / layout.JOURNAL).write_bytes(b"x" * 100)
    told(run, events, journal=500)
    assert offered(run, events[:2]) == [(name, at(3)), ("epoch-0001.keras", at(1))]
    told(run, events, journal=50)  # from before what the journal tells now
    assert offered(run, events[:2]) == [("epoch-0001.keras", at(1))]
    assert given_up not in dict(offered(run, events))


def test_without_any_start_whatever_lies_there_is_offered(run, generate):
    at = generate.at
    names = [save(run, at(2), generate.start().writer), save(run, at(1), generate.start().writer)]
    assert offered(run, []) == list(zip(names, (at(2), at(1)), strict=True))


@pytest.mark.parametrize("name", ["epoch-0002/keras", "epoch-0009.keras", "../run.json"])
def test_a_line_that_names_another_file_than_it_did_hides_none(name, run, generate):
    begun, at = generate.start(), generate.at
    saved = save(run, at(2), begun.writer)
    line = replace(generate.checkpoint(at(2)), file=name)
    assert offered(run, [begun, generate.checkpoint(at(1)), line]) == [
        (saved, at(2)),
        ("epoch-0001.keras", at(1)),
    ]


def test_a_line_that_tells_another_step_than_it_did_does_not_change_the_order(run, generate):
    begun, at = generate.start(), generate.at
    older, newer = (save(run, at(epoch), begun.writer) for epoch in (1, 2))
    lines = [generate.checkpoint(at(1)), generate.checkpoint(replace(at(2), step=0))]
    assert offered(run, [begun, *lines]) == [(newer, at(2)), (older, at(1))]


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


def test_a_journal_of_holes_is_refused_before_it_is_read(run):
    with (run / layout.JOURNAL).open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(CorruptRecordError, match=r"has 1,099,511,627,776 bytes. Expected at most"):
        read_journal(run)
    with (run / layout.JOURNAL).open("wb") as file:
        file.truncate(2**30)
    for read in (read_journal, processes):
        with pytest.raises(CorruptRecordError, match="Ours have no holes"):
            read(run)


def test_a_journal_of_lines_that_do_not_decode_is_given_up_soon(run):
    (run / layout.JOURNAL).write_bytes(b"{}\n" * 10_000)
    assert read_journal(run).torn == 10_000
    (run / layout.JOURNAL).write_bytes(b"{}\n" * 10_001)
    with pytest.raises(CorruptRecordError, match="more than 10,000 lines that do not decode"):
        read_journal(run)


def test_lines_without_logs_cannot_tell_steps_without_end(run):
    line = (
        '{"type":"steps","time":1,"step":1,"epoch":1,"batch":1,"count":4096,"logs":{},'
        '"learning_rate":[0.1]}\n'
    )
    (run / layout.JOURNAL).write_text(line * 1100)
    journal = read_journal(run)
    assert len(journal.fold.chunks) == 1024
    assert journal.torn == 76


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
