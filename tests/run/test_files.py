"""A run folder that a stranger made: nothing in it is followed, waited for, or read without end."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading

import pytest

from kresume_nb.errors import CorruptRecordError, KResumeError, RunFolderError, UnsafeFileError
from kresume_nb.run import (
    atomic,
    attempts,
    codec,
    files,
    heartbeat,
    layout,
    limits,
    marks,
    pruning,
    reader,
    row,
    run_state,
    writer,
)
from kresume_nb.run.container import ContainerReader
from kresume_nb.run.masking import without_secrets
from kresume_nb.run.records import Attempt, Marks, Warned
from kresume_nb.run.requests import RequestFiles
from kresume_nb.run.retention import Rule

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX has the links and pipes")


@pytest.fixture(params=["descriptors", "paths"])
def way(request, monkeypatch):
    """How files are opened: by the descriptors of folders, or as Windows has to."""
    monkeypatch.setattr(files, "RELATIVE", request.param == "descriptors")
    return request.param


@pytest.fixture
def victim(tmp_path):
    """A file outside of the run folder, which must stay as it is."""
    path = tmp_path / "victim"
    path.write_bytes(b"precious")
    path.chmod(0o644)
    os.utime(path, (1.0, 1.0))
    yield path
    assert path.read_bytes() == b"precious"
    assert path.stat().st_mtime == 1.0


def link(path, victim):
    path.unlink(missing_ok=True)
    path.symlink_to(victim)


def pipe(path, _):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def device(path, _):
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def folder(path, _):
    path.unlink(missing_ok=True)
    path.mkdir()


def dangling(path, _):
    path.unlink(missing_ok=True)
    path.symlink_to(path.parent / "nowhere")


ODD = (link, pipe, device, folder, dangling)


@pytest.fixture
def run(tmp_path, generate):
    """A whole run folder with two checkpoints."""
    made = writer.new_folder(tmp_path / "kresume_runs", "mnist")
    one = writer.RunWriter(made, writer.lock(made))
    one.write_header(generate.HEADER)
    one.append(Warned(time=1.0, message="hello"))
    one.close()
    return made


def within(seconds, work):
    """Does it in a thread: what waits for a pipe must not hang the tests."""
    result = []

    def call():
        try:
            result.append(("returned", work()))
        except BaseException as error:  # noqa: BLE001  # told below
            result.append(("raised", error))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it waits"
    kind, value = result[0]
    if kind == "raised":
        raise value
    return value


READERS = {
    layout.HEADER: reader.read_header,
    layout.JOURNAL: reader.read_journal,
    layout.HISTORY: run_state.read_history,
    layout.MARKS: marks.read_marks,
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("odd", ODD, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_file_is_not_read(name, odd, run, victim):
    odd(run / name, victim)
    with pytest.raises(UnsafeFileError, match=f"{name} is (a link|not a regular file)"):
        within(20, lambda: READERS[name](run))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("odd", ODD, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    "name", [layout.HEADER, layout.JOURNAL, layout.HISTORY, layout.MARKS, layout.HEARTBEAT]
)
def test_a_run_with_an_odd_file_has_a_row(name, odd, run, victim):
    odd(run / name, victim)
    found = within(20, lambda: row.read_row(run, "kresume_runs/mnist-001"))
    assert found.name == "mnist-001"
    if name in (layout.HEADER, layout.JOURNAL):
        assert f"{name} is " in found.problem
    assert reader.run_folders(run.parent) == ([] if name == layout.HEADER else [run])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("odd", ODD, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", [layout.JOURNAL, layout.HEARTBEAT, layout.LOCK])
def test_a_writer_refuses_a_folder_with_an_odd_file_in_a_sentence(name, odd, run, victim):
    odd(run / name, victim)

    def take_up():
        return writer.RunWriter(run, writer.lock(run))

    with pytest.raises(RunFolderError, match=f"{name} is (a link|not a regular file)"):
        within(20, take_up)


@pytest.mark.usefixtures("way")
def test_checkpoints_that_are_a_link_are_neither_listed_nor_deleted(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("epoch-0001.keras", "epoch-0002.keras", "x.tmp"):
        (elsewhere / name).write_bytes(b"precious")
    (run / layout.CHECKPOINTS).rmdir()
    (run / layout.CHECKPOINTS).symlink_to(elsewhere)
    with pytest.raises(UnsafeFileError, match="checkpoints is a link"):
        reader.candidates(run, reader.read_journal(run).fold)
    with pytest.raises(RunFolderError, match="checkpoints is a link"):
        writer.RunWriter(run, writer.lock(run))
    with pytest.raises(UnsafeFileError):
        atomic.remove(layout.checkpoint_path(run, "epoch-0001.keras"))
    with pytest.raises(UnsafeFileError):
        atomic.write(layout.checkpoint_path(run, "epoch-0003.keras"), b"new")
    assert len(list(elsewhere.iterdir())) == 3
    assert files.size(run / layout.CHECKPOINTS) == 0


@pytest.mark.usefixtures("way")
def test_a_link_under_the_name_of_a_temporary_file_is_not_written_through(run, victim):
    for name in (layout.HISTORY, layout.HEADER, layout.MARKS):
        (run / f"{name}.tmp").symlink_to(victim)
    pruning.prune(run, Rule(keep_last=1))
    one = writer.RunWriter(run, writer.lock(run))
    assert not list(run.glob("*.tmp"))
    one.close()
    assert one.take_problems() == []


@pytest.mark.usefixtures("way")
def test_a_link_in_the_place_of_a_derived_file_is_replaced(run, victim):
    link(run / layout.HISTORY, victim)
    one = writer.RunWriter(run, writer.lock(run))
    one.append(Warned(time=2.0, message="hello again"))
    one.close()
    assert not (run / layout.HISTORY).is_symlink()
    assert "kresume" in json.loads((run / layout.HISTORY).read_text())


@pytest.mark.usefixtures("way")
def test_pruning_does_not_append_to_what_a_link_leads_to(run, victim):
    link(run / layout.JOURNAL, victim)
    with pytest.raises(KResumeError, match=r"journal\.jsonl is a link"):
        pruning.prune(run, Rule(keep_last=1))


@pytest.mark.usefixtures("way")
def test_attempts_and_requests_are_not_written_or_read_through_links(run, victim):
    attempt = Attempt(
        number=2, by="page", who="x", time=1.0, step=0, checkpoint=None, outcome="open"
    )
    link(run / "attempt-2.json", victim)
    assert attempts.claim(run, attempt) is False
    attempts.renew(run, attempt)
    attempts.close(run, attempt)
    [known] = attempts.in_folder(run)  # its number is taken, and nothing of it is read
    assert (known.attempt.number, known.attempt.who) == (2, "")
    assert (known.attempt.outcome, known.age) == ("abandoned", attempts.LEASE_SECONDS)
    link(run / "control-1.json", victim)
    assert RequestFiles(run).take() == []
    link(run / "heartbeat", victim)
    assert heartbeat.age(run) is None


@pytest.mark.usefixtures("way")
def test_a_socket_is_no_file(run):
    (run / layout.HISTORY).unlink()
    short = os.open(run, os.O_RDONLY)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{short}/{layout.HISTORY}")
        os.close(short)
        with pytest.raises(UnsafeFileError, match="a socket"):
            run_state.read_history(run)


@pytest.mark.usefixtures("way")
def test_a_run_folder_may_be_a_link_of_its_owner(run, tmp_path, generate):
    disk = tmp_path / "big disk"
    run.rename(disk)
    run.symlink_to(disk)
    assert reader.read_header(run) == without_secrets(generate.HEADER)
    one = writer.RunWriter(run, writer.lock(run))
    one.append(Warned(time=2.0, message="through it"))
    one.close()
    assert reader.read_journal(run).fold.warnings[-1] == "through it"
    assert reader.run_folders(run.parent) == [run]


@pytest.mark.usefixtures("way")
def test_a_hard_link_is_a_file_like_any_other(run, tmp_path):
    os.link(run / layout.JOURNAL, tmp_path / "backup.jsonl")
    assert reader.read_journal(run).fold.warnings == ["hello"]


def test_what_is_made_is_for_its_owner_alone(run, tmp_path):
    before = os.umask(0o022)
    try:
        one = writer.RunWriter(run, writer.lock(run))
        one.append(Warned(time=2.0, message="x"))
        one.close()
        assert attempts.claim(run, Attempt(number=1, by="page", who="", time=0.0, step=0,
                                           checkpoint=None, outcome="open"))  # fmt: skip
    finally:
        os.umask(before)
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert stat.S_IMODE((run / layout.CHECKPOINTS).stat().st_mode) == 0o700
    for path in run.iterdir():
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_temporary_names_cannot_be_foreseen(tmp_path):
    names = set()
    for _ in range(8):
        file, path = files.temporary(tmp_path / "run.json")
        file.close()
        names.add(path.name)
    assert len(names) == 8
    assert all(name.endswith(layout.TEMPORARY) for name in names)


@pytest.mark.parametrize(
    ("name", "most"), [(layout.HEADER, limits.HEADER), (layout.MARKS, limits.MARKS)]
)
def test_a_file_that_is_too_large_is_not_read(name, most, run):
    with (run / name).open("wb") as file:
        file.truncate(3 * 2**30)  # takes no room on the disk
    with pytest.raises(CorruptRecordError, match=f"{name} has 3,221,225,472 bytes.*{most:,}"):
        READERS[name](run)


def test_a_history_that_is_too_large_is_passed_over_for_the_journal(run):
    with (run / layout.HISTORY).open("wb") as file:
        file.truncate(limits.HISTORY + 1)
    assert run_state.read_state(run).summary.name == "mnist-001"
    assert "history.json has" in row.read_row(run, "mnist-001").problem


def test_a_line_that_is_too_long_is_passed_over_and_those_after_it_are_read(run):
    text = b'{"type": "warning", "time": 1.0, "message": "' + b"x" * (3 * limits.LINE) + b'"}\n'
    with (run / layout.JOURNAL).open("ab") as file:
        file.write(text)
        file.write(codec.dumps(Warned(time=3.0, message="after it")).encode() + b"\n")
    journal = reader.read_journal(run)
    assert journal.fold.warnings == ["hello", "after it"]
    assert journal.torn == 1


@pytest.mark.parametrize("count", [10**9, 0, -1, 10**30])
@pytest.mark.parametrize("logs", [{}, {"loss": [1.0]}])
def test_a_line_that_claims_more_steps_than_it_holds_does_not_decode(count, logs, run):
    line = {"type": "steps", "time": 1.0, "step": 1, "epoch": 1, "batch": 1, "count": count,
            "logs": logs, "learning_rate": [0.1]}  # fmt: skip
    (run / layout.JOURNAL).write_text(json.dumps(line) + "\n")
    journal = reader.read_journal(run)
    assert journal.torn == 1
    assert journal.fold.steps()["step"] == []


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\uDFFF x"', '"\\ud83d\\ude00"'])
def test_halves_of_surrogate_pairs_do_not_come_through(text, run):
    (run / layout.MARKS).write_text('{"schema": 1, "title": ' + text + "}")
    found = row.read_row(run, "mnist-001")
    codec.dumps(found).encode()
    assert found.title == (json.loads(text) if "ude00" in text else found.title)
    assert found.title.encode()


def test_what_holds_half_a_surrogate_pair_is_written_as_json():
    text = codec.dumps(Marks(title="\ud800"))
    assert json.loads(text.encode())["title"] == "\ud800"


def test_a_folder_whose_name_is_no_text_is_no_run(run):
    odd = run.parent / os.fsdecode(b"b\xff-001")
    odd.mkdir()
    (odd / layout.HEADER).write_bytes((run / layout.HEADER).read_bytes())
    assert reader.run_folders(run.parent) == [run]


@pytest.mark.parametrize("depth", [101, 900, 100_000])
def test_what_is_nested_without_end_does_not_decode(depth, run):
    data = json.loads((run / layout.HEADER).read_text())
    text = json.dumps(data | {"fit": {"x": "HERE"}}).replace('"HERE"', "[" * depth + "]" * depth)
    (run / layout.HEADER).write_text(text)
    with pytest.raises(CorruptRecordError, match=r"nested deeper|not JSON"):
        reader.read_header(run)
    assert row.read_row(run, "mnist-001").problem


@pytest.mark.parametrize("value", ["NaN", 2**64, -(2**200), 1.5, True, None, "1", [], {}])
def test_a_number_that_is_none_does_not_decode(value, run):
    data = json.loads((run / layout.HEADER).read_text())
    (run / layout.HEADER).write_text(json.dumps(data | {"samples": value}))
    with pytest.raises(CorruptRecordError, match=r"Header\.samples"):
        reader.read_header(run)


@pytest.mark.parametrize("odd", ODD, ids=lambda one: one.__name__)
def test_a_checkpoint_that_is_no_file_is_damaged(odd, run, victim):
    from kresume_nb.errors import CorruptCheckpointError

    path = layout.checkpoint_path(run, "epoch-0001.keras")
    odd(path, victim)
    with pytest.raises(CorruptCheckpointError, match=r"cannot be opened: .*(a link|not a regular)"):
        within(20, lambda: ContainerReader(path))
