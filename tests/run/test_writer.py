from __future__ import annotations

import errno
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from kresume_nb.errors import RunFolderError, RunLockedError
from kresume_nb.run import codec, writer
from kresume_nb.run import writer as writer_module
from kresume_nb.run.fold import Fold
from kresume_nb.run.masking import without_secrets
from kresume_nb.run.reader import read_header, read_journal
from kresume_nb.run.records import Epoch, Warned


def warned(text):
    return Warned(time=1.0, message=text)


def messages(run):
    return read_journal(run).fold.warnings


def eventually(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in 30 s"
        time.sleep(0.002)


@pytest.fixture
def quick(monkeypatch):
    """Heartbeats in quick succession."""
    monkeypatch.setattr(writer, "HEARTBEAT_SECONDS", 0.01)


class TestNewFolder:
    def test_takes_the_number_after_the_highest(self, tmp_path):
        names = [writer.new_folder(tmp_path / "runs", "mnist").name for _ in range(2)]
        (tmp_path / "runs" / "mnist-041").mkdir()
        (tmp_path / "runs" / "other-099").mkdir()
        names.append(writer.new_folder(tmp_path / "runs", "mnist").name)
        assert names == ["mnist-001", "mnist-002", "mnist-042"]

    def test_never_gives_one_number_to_two(self, tmp_path):
        made: list[str] = []
        threads = [
            threading.Thread(
                target=lambda: made.extend(writer.new_folder(tmp_path, "a").name for _ in range(10))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(made)) == 80

    def test_says_where_it_cannot_be_made_and_the_cure(self, tmp_path):
        (tmp_path / "runs").write_text("a file in its place")
        with pytest.raises(RunFolderError) as caught:
            writer.new_folder(tmp_path / "runs", "mnist")
        assert str(tmp_path / "runs") in str(caught.value)
        assert "pass folder=" in str(caught.value)
        assert isinstance(caught.value, OSError)


HOLDER = """
import sys
from pathlib import Path
from kresume_nb.run import codec, writer
from kresume_nb.run import writer as writer_module
from kresume_nb.run.fold import Fold
held = writer.lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(run):
    """Another process that holds the lock of a run."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


class TestLock:
    def test_refuses_a_second_process_and_dies_with_the_first(self, tmp_path):
        run = writer.new_folder(tmp_path, "mnist")
        with holder(run) as process:
            with pytest.raises(RunLockedError, match="mnist-001 is being written") as caught:
                writer.lock(run)
            assert "resume='never'" in str(caught.value)
            assert isinstance(caught.value, BlockingIOError)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            writer.lock(run).release()

    def test_refuses_a_second_call_in_the_same_process(self, tmp_path):
        run = writer.new_folder(tmp_path, "mnist")
        held = writer.lock(run)
        with pytest.raises(RunLockedError):
            writer.lock(run)
        held.release()
        writer.lock(run).release()

    def test_is_waited_for_while_somebody_only_looks_whether_it_is_free(self, tmp_path):
        run = writer.new_folder(tmp_path, "mnist")
        looks = threading.Timer(0.1, writer.lock(run).release)
        looks.start()
        with pytest.raises(RunLockedError):
            writer.lock(run)
        writer.lock(run, patience=30).release()

    def test_is_held_until_the_writer_closes(self, open_writer):
        one = open_writer()
        with pytest.raises(RunLockedError):
            writer.lock(one.path)
        one.close()
        writer.lock(one.path).release()

    def test_is_let_go_if_the_run_cannot_be_written(self, tmp_path):
        run = writer.new_folder(tmp_path, "mnist")
        (run / "journal.jsonl").mkdir()
        with pytest.raises(RunFolderError, match="mnist-001 cannot be written"):
            writer.RunWriter(run, writer.lock(run))
        writer.lock(run).release()

    def test_of_a_folder_that_is_gone_cannot_be_taken(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(RunFolderError):
            writer.lock(tmp_path / "file")


class TestJournal:
    def test_holds_what_was_appended_once_append_returns(self, open_writer):
        one = open_writer()
        for number in range(5):
            one.append(warned(f"a{number}"), warned(f"b{number}"))
            lines = (one.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
            assert len(lines) == 2 * number + 2
        assert all(line.endswith(b"}\n") for line in lines)
        assert messages(one.path) == one.fold.warnings

    @pytest.mark.parametrize(
        "tail", [b"{", b'{"type":"warning","time":1.0,"message":"torn', b"\x00"]
    )
    def test_goes_on_after_a_torn_line(self, tail, open_writer):
        one = open_writer()
        one.append(warned("before"))
        one.close()
        with (one.path / "journal.jsonl").open("ab") as file:
            file.write(tail)
        again = open_writer(one.path)
        assert again.fold.warnings == ["before"]
        again.append(warned("after"))
        assert messages(one.path) == ["before", "after"]
        assert read_journal(one.path).torn == 1

    def test_of_a_run_that_was_not_torn_is_only_added_to(self, open_writer):
        one = open_writer()
        one.append(warned("before"))
        one.close()
        before = (one.path / "journal.jsonl").read_bytes()
        again = open_writer(one.path)
        assert (one.path / "journal.jsonl").read_bytes() == before
        again.append(warned("after"))
        assert (one.path / "journal.jsonl").read_bytes().startswith(before)
        assert read_journal(one.path).torn == 0

    def test_is_whole_though_the_disk_takes_a_few_bytes_at_a_time(self, open_writer, monkeypatch):
        one = open_writer()
        real = one._journal

        class Slow:
            def write(self, data):
                return real.write(bytes(data[:3]))

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(one, "_journal", Slow())
        one.append(warned("x" * 100), warned("y"))
        assert messages(one.path) == ["x" * 100, "y"]

    def test_survives_a_disk_that_is_full_for_a_while(self, open_writer, monkeypatch):
        one = open_writer()
        real, full = one._journal, [True]

        class Disk:
            def write(self, data):
                if full[0] and len(data) < 30:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return real.write(bytes(data[: len(data) // 2] if full[0] else data))

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(one, "_journal", Disk())
        for number in range(4):
            one.append(warned(f"while full {number}"))
        told = one.take_problems()
        assert len(told) == 1
        assert "journal.jsonl cannot be written" in told[0]
        assert "No space left on device" in told[0]
        assert one.take_problems() == []
        assert messages(one.path) != one.fold.warnings
        full[0] = False
        one.append(warned("after"))
        assert messages(one.path) == [*(f"while full {number}" for number in range(4)), "after"]
        assert read_journal(one.path).torn == 0

    def test_survives_a_real_limit_in_the_middle_of_a_line(self, open_writer):
        one = open_writer()
        one.append(warned("before"))
        size = (one.path / "journal.jsonl").stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
        try:
            one.append(warned("in between " * 10))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (one.path / "journal.jsonl").stat().st_size == size + 20
        assert "File too large" in one.take_problems()[0]
        assert messages(one.path) == ["before"]
        one.append(warned("after"))
        assert messages(one.path) == ["before", "in between " * 10, "after"]
        assert read_journal(one.path).torn == 0

    def test_of_several_threads_has_whole_lines(self, open_writer):
        one = open_writer()

        def work(name):
            for number in range(50):
                one.append(warned(f"{name} {number} " + "x" * 500))

        threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        journal = read_journal(one.path)
        assert journal.torn == 0
        assert len(journal.fold.warnings) == 300
        assert journal.fold.warnings == one.fold.warnings


class TestHistory:
    def test_is_shaped_as_keras_history(self, open_writer, generate):
        one = open_writer()
        one.append(*generate.FINISHED)
        one.close()
        document = json.loads((one.path / "history.json").read_text())
        assert document["loss"] == [0.25, 0.125, 1 / 12]
        assert document["val_loss"] == [0.5, 0.4, 0.45]
        assert document["kresume"]["epoch"] == [1, 2, 3]
        assert document["kresume"]["status"] == "finished"
        assert document["kresume"]["name"] == "mnist-001"

    def test_follows_the_journal_by_itself(self, open_writer, generate, quick):
        one = open_writer()
        one.append(*generate.FINISHED[:5])
        history = one.path / "history.json"
        eventually(history.exists)
        assert json.loads(history.read_text())["loss"] == [0.25]

    def test_is_whole_after_every_event(self, open_writer, generate, monkeypatch, quick):
        one = open_writer()
        monkeypatch.setattr(writer, "_HISTORY_SHARE", 0)
        history, seen = one.path / "history.json", set()
        for event in generate.FINISHED:
            one.append(event)
            one._write_history(durable=False)
            seen.add(len(json.loads(history.read_text()).get("loss", [])))
        assert seen == {0, 1, 2, 3}
        assert not list(one.path.glob("*.tmp"))

    def test_is_strict_json_with_nan(self, open_writer, generate):
        one = open_writer()
        one.append(*generate.NAN)
        one.close()
        text = (one.path / "history.json").read_text()
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    def test_that_cannot_be_written_is_told_and_training_goes_on(self, open_writer, quick):
        one = open_writer()
        (one.path / "history.json").mkdir()
        one.append(warned("x"))
        eventually(lambda: one.problems)
        assert "cannot be written" in one.take_problems()[0]
        one.append(warned("y"))
        assert messages(one.path) == ["x", "y"]


class TestHeartbeat:
    def test_advances_while_the_writer_lives(self, open_writer, quick):
        one = open_writer()
        heartbeat = one.path / "heartbeat"
        for _ in range(3):
            os.utime(heartbeat, (0, 0))
            eventually(lambda: heartbeat.stat().st_mtime > 0)

    def test_stands_still_once_it_closed(self, open_writer, quick):
        one = open_writer()
        one.close()
        os.utime(one.path / "heartbeat", (0, 0))
        assert not one._thread.is_alive()
        assert (one.path / "heartbeat").stat().st_mtime == 0


class TestClose:
    def test_twice_is_as_once(self, open_writer, tree_digest):
        one = open_writer()
        one.append(warned("x"))
        one.close()
        before = tree_digest(one.path)
        one.close()
        assert tree_digest(one.path) == before
        assert one.take_problems() == []

    def test_writes_what_a_full_disk_had_refused(self, open_writer):
        one = open_writer()
        real, one._journal = one._journal, io.BytesIO()
        one._journal.write = lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
        one.append(warned("held back"))
        assert messages(one.path) == []
        one._journal = real
        one.close()
        assert messages(one.path) == ["held back"]

    def test_no_checkpoint_outlives_events_that_the_disk_refused(self, open_writer):
        one = open_writer()
        real, one._journal = one._journal, io.BytesIO()
        one._journal.write = lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
        one.append(warned("held back"))
        with pytest.raises(OSError, match=r"journal\.jsonl cannot be written"):
            one.sync()
        one._journal = real
        one.sync()
        assert messages(one.path) == ["held back"]

    def test_what_the_journal_refuses_is_in_the_history(self, open_writer):
        one = open_writer()
        real, one._journal = one._journal, io.BytesIO()
        one._journal.write = lambda _: (_ for _ in ()).throw(OSError(errno.EACCES, "no"))
        one.append(
            Epoch(time=1.0, epoch=1, step=4, logs={"loss": 0.5}, learning_rate=0.1, seconds=1.0)
        )
        one.close()
        real.close()
        assert json.loads((one.path / "history.json").read_text())["loss"] == [0.5]

    def test_lets_go_of_the_run_though_the_disk_is_broken(self, open_writer, monkeypatch):
        def fail(_):
            raise OSError(errno.EIO, "Input/output error")

        one = open_writer()
        monkeypatch.setattr(os, "fsync", fail)
        one.close()
        assert "Input/output error" in one.take_problems()[0]
        writer.lock(one.path).release()


def test_a_header_comes_back_without_what_is_not_to_be_stored(open_writer, generate):
    one = open_writer()
    one.write_header(generate.HEADER)
    assert read_header(one.path) == without_secrets(generate.HEADER)


def test_a_header_that_cannot_be_written_is_said(open_writer, generate):
    one = open_writer()
    (one.path / "run.json").mkdir()
    with pytest.raises(RunFolderError, match="mnist-001 cannot be written"):
        one.write_header(generate.HEADER)


def test_taking_a_run_up_clears_away_what_a_kill_left_half_written(open_writer):
    one = open_writer()
    one.close()
    for name in ("run.json.tmp", "history.json.tmp", "checkpoints/epoch-0001.keras.h5.tmp"):
        (one.path / name).write_bytes(b"half")
    (one.path / "checkpoints" / "epoch-0001.keras").write_bytes(b"whole")
    open_writer(one.path)
    assert not list(one.path.rglob("*.tmp"))
    assert (one.path / "checkpoints" / "epoch-0001.keras").exists()


def test_only_checkpoints_are_listed_and_removed(open_writer):
    one = open_writer()
    for name in ("epoch-0001.keras", "step-00000007.keras", "mine.keras", "epoch-0002.keras.tmp"):
        (one.path / "checkpoints" / name).write_bytes(b"")
    assert sorted(one.checkpoint_files()) == ["epoch-0001.keras", "step-00000007.keras"]
    one.remove(["epoch-0001.keras", "epoch-0009.keras"])
    assert one.checkpoint_files() == ["step-00000007.keras"]


def beaten(writer):
    """After the heartbeat's next turn, which is carried out right here."""
    writer._beat_due = 0.0
    writer._turn()
    return writer.take_problems()


@pytest.mark.parametrize("closing", [False, True])
def test_a_journal_that_was_deleted_is_written_anew_whole(closing, open_writer, generate):
    writer = open_writer()
    writer.append(*generate.FINISHED[:6])
    (writer.path / "journal.jsonl").unlink()
    writer.append(*generate.FINISHED[6:9])
    if closing:
        writer.close()
        (problem,) = writer.take_problems()
    else:
        (problem,) = beaten(writer)
        writer.append(generate.FINISHED[9])
        assert beaten(writer) == []
    assert "was deleted or replaced" in problem
    assert "complete" in problem
    count = 9 if closing else 10
    lines = (writer.path / "journal.jsonl").read_text().splitlines()
    assert lines == [codec.dumps(one) for one in generate.FINISHED[:count]]


def test_a_journal_that_was_cut_has_all_but_steps_again(open_writer, generate):
    writer = open_writer()
    writer.append(*generate.FINISHED[:9])
    with (writer.path / "journal.jsonl").open("r+b") as file:
        file.truncate(700)
    writer.append(*generate.FINISHED[9:])
    (problem,) = beaten(writer)
    assert "was cut" in problem
    assert "some steps are missing" in problem
    fold = read_journal(writer.path).fold
    whole = Fold().feed(generate.FINISHED)
    assert fold.summary("x") == whole.summary("x")


def test_a_journal_that_was_replaced_is_ours_again(open_writer, generate, tmp_path):
    writer = open_writer()
    writer.append(*generate.FINISHED[:9])
    (tmp_path / "other").write_text("nonsense")
    (tmp_path / "other").replace(writer.path / "journal.jsonl")
    (problem,) = beaten(writer)
    assert "replaced" in problem
    assert read_journal(writer.path).torn == 0
    assert len(read_journal(writer.path).fold.rows) == 2


def test_a_heartbeat_that_ends_is_restarted_then_its_work_is_done_with_the_journal(
    tmp_path, generate, monkeypatch
):
    calls = []

    def ends(self):
        calls.append(1)
        raise SystemExit

    monkeypatch.setattr(writer_module.RunWriter, "_beat", ends)
    path = writer_module.new_folder(tmp_path, "x")
    writer = writer_module.RunWriter(path, writer_module.lock(path))
    while writer._thread.check():
        pass
    assert len(calls) == 2
    first, last = writer.take_problems()
    assert "shows that training lives ended by SystemExit" in first
    assert "restarted" in first
    assert "Training goes on" in last
    os.utime(path / "heartbeat", (0, 0))
    writer.append(generate.start())
    assert (path / "heartbeat").stat().st_mtime > 0
    assert (path / "history.json").exists()
    writer.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_forked_child_that_lives_on_does_not_hold_the_run(open_writer):
    one = open_writer()
    ready, go_on = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready[1], b"x")
        os.read(go_on[0], 1)
        os._exit(0)
    try:
        os.read(ready[0], 1)
        with pytest.raises(RunLockedError):
            writer.lock(one.path)
        one.close()
        writer.lock(one.path).release()
    finally:
        os.write(go_on[1], b"x")
        os.waitpid(child, 0)
        for end in (*ready, *go_on):
            os.close(end)


def test_a_lock_that_is_a_link_destroys_nothing(open_writer, tmp_path):
    one = open_writer()
    one.close()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (one.path / "writer.lock").unlink(missing_ok=True)
    (one.path / "writer.lock").symlink_to(precious)
    with pytest.raises(RunFolderError, match="cannot be written"):
        writer.lock(one.path)
    assert precious.read_text() == "precious"
