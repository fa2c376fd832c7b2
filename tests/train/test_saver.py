from __future__ import annotations

import errno
import threading
from dataclasses import dataclass

import pytest

from kresume_nb.run import codec
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Checkpoint, Marks, Position, Pruned
from kresume_nb.train import checkpoint_file
from kresume_nb.train.policy import Checkpointing
from kresume_nb.train.saver import Job, Saver


@dataclass(eq=False)
class Picture:
    """Stands in for a snapshot."""

    position: Position


def job(epoch, batch=0, value=None):
    position = Position(epoch=epoch, batch=batch, step=epoch * 10 + batch)
    return Job(Picture(position), None if value is None else ("val_loss", value))


class Disk:
    """Writes what it is given as soon as it is let."""

    def __init__(self):
        self.free = threading.Event()
        self.began = threading.Semaphore(0)
        self.written = []
        self.errors = []

    def write(self, snapshot, path):
        self.began.release()
        assert self.free.wait(30)
        if self.errors:
            raise self.errors.pop(0)
        path.write_bytes(b"whole")
        self.written.append(path.name)
        return 5


@pytest.fixture
def disk(monkeypatch):
    made = Disk()
    monkeypatch.setattr(checkpoint_file, "write", made.write)
    return made


@pytest.fixture
def saver(writer, disk):
    made = Saver(writer, Checkpointing(keep_last=2, keep_best=1))
    yield made
    disk.free.set()
    made.close()


def files(writer):
    return sorted(writer.checkpoint_files())


def test_submitting_does_not_wait_for_the_disk(saver, disk):
    saver.submit(job(1))
    assert disk.written == []
    disk.free.set()
    saver.wait()
    assert disk.written == ["epoch-0001.keras"]


def test_the_newest_that_waits_takes_the_place_of_older_ones(saver, disk):
    saver.submit(job(1))
    disk.began.acquire()
    for epoch in (2, 3, 4):
        saver.submit(job(epoch))
    disk.free.set()
    saver.wait()
    assert disk.written == ["epoch-0001.keras", "epoch-0004.keras"]


def test_a_checkpoint_is_announced_once_it_is_durable(saver, disk, writer):
    announced = []
    saver.submit(job(3, value=0.5))
    disk.began.acquire()
    announced.append(read_journal(writer.path).fold.checkpoints)
    disk.free.set()
    saver.wait()
    (after,) = read_journal(writer.path).fold.checkpoints
    assert announced == [[]]
    assert (after.file, after.bytes, after.monitor, after.value) == (
        "epoch-0003.keras",
        5,
        "val_loss",
        0.5,
    )


def test_the_journal_is_durable_before_the_checkpoint_is_written(writer, monkeypatch):
    order = []
    monkeypatch.setattr(writer, "sync", lambda: order.append("sync"))
    monkeypatch.setattr(checkpoint_file, "write", lambda *_: order.append("write") or 1)
    saver = Saver(writer, Checkpointing())
    saver.submit(job(1))
    saver.close()
    assert order == ["sync", "write"]


def test_an_error_is_told_once_and_the_next_is_saved(saver, disk, writer):
    disk.errors += [OSError(errno.ENOSPC, "No space left on device")]
    disk.free.set()
    saver.submit(job(1))
    saver.wait()
    (problem,) = writer.take_problems()
    assert "the checkpoint epoch-0001.keras was not saved" in problem
    assert "No space left on device" in problem
    assert "older checkpoints are intact" in problem
    saver.submit(job(2))
    saver.wait()
    assert writer.take_problems() == []
    assert [one.file for one in read_journal(writer.path).fold.checkpoints] == ["epoch-0002.keras"]


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), RuntimeError("h5py")])
def test_no_error_ends_the_thread(error, saver, disk, writer):
    disk.errors.append(error)
    disk.free.set()
    saver.submit(job(1))
    saver.wait()
    assert type(error).__name__ in writer.take_problems()[0]
    saver.submit(job(2))
    saver.wait()
    assert disk.written == ["epoch-0002.keras"]


def test_what_the_policy_lets_go_is_deleted_and_told(saver, disk, writer):
    disk.free.set()
    for epoch, value in enumerate([0.1, 0.9, 0.8, 0.7, 0.6], start=1):
        saver.submit(job(epoch, value=value))
        saver.wait()
    kept = ["epoch-0001.keras", "epoch-0004.keras", "epoch-0005.keras"]
    assert files(writer) == kept
    assert [one.file for one in read_journal(writer.path).fold.checkpoints] == kept


def test_files_are_deleted_only_after_the_journal_says_so(saver, disk, writer, monkeypatch):
    told = []
    real = writer.remove
    monkeypatch.setattr(
        writer,
        "remove",
        lambda names: (
            told.append(([one.file for one in read_journal(writer.path).fold.checkpoints], names))
            or real(names)
        ),
    )
    disk.free.set()
    for epoch in (1, 2, 3):
        saver.submit(job(epoch))
        saver.wait()
    for known, names in told:
        assert not set(known) & set(names)
    assert told[-1][1] == ["epoch-0001.keras"]


def test_files_of_a_course_that_was_given_up_are_cleared_away(saver, disk, writer):
    for name in ("step-00000099.keras", "epoch-0009.keras", "mine.keras"):
        (writer.path / "checkpoints" / name).write_bytes(b"")
    disk.free.set()
    saver.submit(job(1))
    saver.wait()
    assert files(writer) == ["epoch-0001.keras"]
    assert (writer.path / "checkpoints" / "mine.keras").exists()


def test_closing_waits_for_what_was_handed_over(writer, disk):
    saver = Saver(writer, Checkpointing())
    saver.submit(job(1))
    closing = threading.Thread(target=saver.close)
    closing.start()
    disk.began.acquire()
    assert closing.is_alive()
    disk.free.set()
    closing.join()
    assert disk.written == ["epoch-0001.keras"]
    assert not saver._thread.is_alive()


def test_the_snapshot_is_let_go_once_it_is_written(writer, disk):
    import gc
    import weakref

    saver = Saver(writer, Checkpointing())
    handed = job(1)
    picture = weakref.ref(handed.snapshot)
    saver.submit(handed)
    del handed
    disk.free.set()
    saver.wait()
    gc.collect()
    assert picture() is None, "the thread that waits for the next one holds on to it"
    saver.close()


def test_events_are_in_the_order_of_what_happened(saver, disk, writer):
    disk.free.set()
    seen = []
    real = writer.append
    writer.append = lambda *events: (seen.extend(type(one) for one in events), real(*events))
    for epoch in (1, 2, 3):
        saver.submit(job(epoch))
        saver.wait()
    assert seen == [Checkpoint, Checkpoint, Checkpoint, Pruned]


def test_pinned_checkpoints_stay_though_the_retention_rule_lets_them_go(saver, disk, writer):
    disk.free.set()
    for epoch in (1, 2):
        saver.submit(job(epoch, value=1.0 - epoch / 10))
        saver.wait()
    marks = Marks(pinned=True, checkpoints=["epoch-0001.keras"])
    (writer.path / "marks.json").write_text(codec.dumps(marks))
    for epoch in (3, 4, 5):
        saver.submit(job(epoch, value=1.0 - epoch / 10))
        saver.wait()
    assert files(writer) == ["epoch-0001.keras", "epoch-0004.keras", "epoch-0005.keras"]
    assert [one.file for one in writer.fold.checkpoints] == files(writer)
    (writer.path / "marks.json").unlink()
    saver.submit(job(6, value=0.1))
    saver.wait()
    assert files(writer) == ["epoch-0005.keras", "epoch-0006.keras"]
