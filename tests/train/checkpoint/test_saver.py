from __future__ import annotations

import errno
import random
import shutil
import threading
from dataclasses import dataclass

import pytest

from kresume_nb.run import codec, layout, watched_thread
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Checkpoint, Finding, Marks, Position, Pruned
from kresume_nb.train.checkpoint import keras_file
from kresume_nb.train.checkpoint import saver as saver_module
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.checkpoint.saver import Job, Saver


@dataclass(eq=False)
class Picture:
    """Stands in for a snapshot."""

    position: Position
    size: int = 5

    def nbytes(self):
        return self.size


def job(epoch, batch=0, value=None, mode="min", asked=False, size=5):
    position = Position(epoch=epoch, batch=batch, step=epoch * 10 + batch)
    monitored = None if value is None else ("val_loss", value)
    return Job(Picture(position, size), monitored, mode if monitored else None, asked)


LARGE = 200 * 2**20
"""Of these one may wait."""


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
    monkeypatch.setattr(keras_file, "write", made.write)
    monkeypatch.setattr(keras_file, "compare", lambda *_: [])
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


def written_by(writer, disk, policy, *jobs):
    """What is written of jobs that all come while the first is being written."""
    saver = Saver(writer, policy)
    first, *rest = jobs
    saver.submit(first)
    disk.began.acquire()
    for one in rest:
        saver.submit(one)
    disk.free.set()
    saver.close()
    return disk.written


def test_what_the_rule_would_delete_at_once_is_not_written_and_that_is_said(writer, disk):
    policy = Checkpointing(keep_last=2, keep_best=0)
    assert written_by(writer, disk, policy, *map(job, (1, 2, 3, 4, 5))) == [
        "epoch-0001.keras",
        "epoch-0004.keras",
        "epoch-0005.keras",
    ]
    assert read_journal(writer.path).fold.skipped == [2, 3]


def test_the_best_that_waits_is_not_displaced_by_newer_and_worse_ones(writer, disk):
    policy = Checkpointing(keep_last=1, keep_best=1)
    values = [0.9, 0.1, 0.5, 0.6, 0.7]
    jobs = [job(n, value=value) for n, value in enumerate(values, 1)]
    assert written_by(writer, disk, policy, *jobs) == [f"epoch-000{n}.keras" for n in (1, 2, 5)]
    assert files(writer) == ["epoch-0002.keras", "epoch-0005.keras"]


def test_within_an_epoch_the_newest_takes_the_place_of_those_that_wait(writer, disk):
    jobs = [job(0, batch) for batch in (1, 2, 3, 4)]
    assert written_by(writer, disk, Checkpointing(), *jobs) == [
        "step-00000001.keras",
        "step-00000004.keras",
    ]
    checkpoints = read_journal(writer.path).fold.checkpoints
    assert sum(one.skipped_within for one in checkpoints) == 2


def test_what_somebody_asked_for_is_written_and_comes_first(writer, disk):
    jobs = [job(0), job(1), job(1, 3, asked=True), job(1, 5), job(1, 7)]
    assert written_by(writer, disk, Checkpointing(), *jobs) == [
        "epoch-0000.keras",
        "step-00000013.keras",
        "epoch-0001.keras",
        "step-00000017.keras",
    ]


def test_where_there_is_no_room_for_what_was_promised_training_waits(saver, disk):
    saver.submit(job(1, size=LARGE))
    disk.began.acquire()
    saver.submit(job(2, size=LARGE))
    assert not saver.has_room
    training = threading.Thread(target=saver.submit, args=(job(3, size=LARGE),))
    training.start()
    while len(saver._waiting) < 2:
        pass
    assert training.is_alive()
    disk.free.set()
    training.join()
    saver.wait()
    assert saver.has_room
    assert disk.written == [f"epoch-000{n}.keras" for n in (1, 2, 3)]


def test_what_was_not_promised_never_waits_for_room(saver, disk):
    saver.submit(job(1, size=LARGE))
    disk.began.acquire()
    saver.submit(job(2, size=LARGE))
    saver.submit(job(2, 5, size=LARGE))
    disk.free.set()
    saver.wait()
    assert disk.written == ["epoch-0001.keras", "epoch-0002.keras"]


def test_a_snapshot_within_makes_room_for_what_was_promised(saver, disk):
    saver.submit(job(1, size=LARGE))
    disk.began.acquire()
    saver.submit(job(1, 5, size=LARGE))
    assert saver.has_room
    saver.submit(job(2, size=LARGE))
    disk.free.set()
    saver.wait()
    assert disk.written == ["epoch-0001.keras", "epoch-0002.keras"]


def test_however_many_are_promised_only_some_wait(writer, disk):
    saver = Saver(writer, Checkpointing(keep_last=None))
    most = []
    real = saver._wait_for
    saver._wait_for = lambda reached: (most.append(len(saver._waiting)), real(reached))
    disk.free.set()
    for epoch in range(1, 101):
        saver.submit(job(epoch))
    saver.close()
    assert len(disk.written) == 100
    assert max(most) <= saver_module._MOST_WAITING + 1


def test_a_full_disk_never_stops_training(saver, disk, writer):
    disk.errors += [OSError(errno.ENOSPC, "No space left on device")] * 20
    disk.free.set()
    for epoch in range(1, 21):
        saver.submit(job(epoch, value=1 / epoch, size=LARGE))
    saver.wait()
    assert disk.written == []
    assert all("was not saved" in one for one in writer.take_problems())


@pytest.mark.parametrize("seed", range(40))
def test_the_best_and_the_last_are_on_disk_however_slow_it_is(seed, writer, disk, monkeypatch):
    """Many short epochs, a disk that takes its time as chance has it, and a look after each file."""
    chance = random.Random(seed)
    mode = chance.choice(["min", "max"])
    policy = Checkpointing(keep_last=chance.choice([1, 2, 3]), keep_best=1)
    better = min if mode == "min" else max
    values = {n: chance.choice([chance.random(), 0.5]) for n in range(1, 31)}
    reported = []
    real = writer.append

    def append(*events):
        real(*events)
        reported.extend(one.position.epoch for one in events if isinstance(one, Checkpoint))

    monkeypatch.setattr(writer, "append", append)
    turns = threading.Semaphore(0)

    def write(snapshot, path):
        turns.acquire(timeout=300)
        best = better((values[n], -n if mode == "max" else n) for n in reported) if reported else 0
        if reported:
            there = {layout.checkpoint_name(Position(epoch=abs(best[1]), batch=0, step=1))}
            assert there <= set(files(writer)), "the best of what was reported durable"
        path.write_bytes(b"whole")
        return 5

    monkeypatch.setattr(keras_file, "write", write)
    saver = Saver(writer, policy)
    for n, value in values.items():
        handing = threading.Thread(
            target=saver.submit,
            args=(job(n, value=value, mode=mode, size=chance.choice([5, LARGE])),),
        )
        handing.start()
        while handing.is_alive():
            handing.join(0.001)
            if chance.random() < 0.5 or handing.is_alive():
                turns.release()
    for _ in values:
        turns.release()
    saver.close()
    assert writer.take_problems() == []
    best = better(values, key=lambda n: (values[n], -n if mode == "max" else n))
    last = range(31 - policy.keep_last, 31)
    assert files(writer) == sorted(f"epoch-{n:04d}.keras" for n in {best, *last})


class Torn(BaseException):
    """What no thread expects."""


@pytest.mark.parametrize("error", [Torn, SystemExit, KeyboardInterrupt])
def test_a_thread_that_ends_is_restarted_and_writes_what_it_had(error, saver, disk, writer):
    disk.errors.append(error("gone"))
    disk.free.set()
    saver.submit(job(1))
    saver.wait()
    assert disk.written == ["epoch-0001.keras"]
    (problem,) = writer.take_problems()
    assert f"the thread that writes checkpoints ended by {error.__name__}" in problem
    assert "restarted" in problem
    saver.submit(job(2))
    saver.wait()
    assert disk.written == ["epoch-0001.keras", "epoch-0002.keras"]


def test_a_thread_that_ends_again_and_again_never_stops_training(writer, disk):
    saver = Saver(writer, Checkpointing(keep_last=None))
    disk.errors += [Torn("gone")] * 100
    disk.free.set()
    for epoch in range(1, 50):
        saver.submit(job(epoch, size=LARGE))
    saver.wait()
    assert saver.idle
    saver.close()
    assert disk.written == []
    _, last = writer.take_problems()
    assert "NO CHECKPOINT IS SAVED" in last


def test_a_thread_that_ends_without_a_word_is_noticed(writer, disk, monkeypatch):
    """Ended from without, where no error of its own can tell it."""
    monkeypatch.setattr(saver_module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(watched_thread.WatchedThread, "_run", lambda _: None)
    saver = Saver(writer, Checkpointing())
    saver.submit(job(1))
    saver.wait()
    saver.close()
    assert len(writer.take_problems()) == 2


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
    monkeypatch.setattr(keras_file, "write", lambda *_: order.append("write") or 1)
    saver = Saver(writer, Checkpointing())
    saver.submit(job(1))
    saver.close()
    assert order == ["sync", "write"]


def test_the_first_file_is_read_back_and_what_it_lacks_is_told(saver, disk, writer, monkeypatch):
    found = [Finding(what="dense/kernel", verdict="lost", detail="the file holds another value")]
    compared = []
    monkeypatch.setattr(keras_file, "compare", lambda path, _: compared.append(path.name) or found)
    disk.free.set()
    for epoch in (1, 2):
        saver.submit(job(epoch))
        saver.wait()
    assert compared == ["epoch-0001.keras"]
    (problem,) = writer.take_problems()
    assert "epoch-0001.keras does not read back" in problem
    assert "dense/kernel: the file holds another value" in problem
    assert files(writer) == ["epoch-0001.keras", "epoch-0002.keras"]


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


def test_a_folder_that_is_deleted_meanwhile_is_made_anew_for_what_comes(saver, writer, disk):
    disk.free.set()
    saver.submit(job(1))
    saver.wait()
    shutil.rmtree(writer.path / layout.CHECKPOINTS)
    saver.submit(job(2))
    saver.wait()
    assert files(writer) == ["epoch-0002.keras"]
    assert [one.file for one in writer.fold.checkpoints] == ["epoch-0002.keras"]
    (told,) = writer.take_problems()
    assert "was deleted while this training writes into it, with all checkpoints" in told


def test_a_file_that_vanishes_from_its_folder_is_told_as_what_it_is(saver, writer, disk):
    disk.free.set()
    disk.errors.append(FileNotFoundError(errno.ENOENT, "gone"))
    saver.submit(job(1))
    saver.wait()
    (told,) = writer.take_problems()
    assert "epoch-0001.keras was not saved: FileNotFoundError" in told
    assert "older checkpoints are intact" in told
