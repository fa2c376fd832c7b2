"""One background thread that turns snapshots into durable checkpoint files.

While one is written others wait. What waits is bounded, so that a slow disk never costs memory
without end; what the disk is too slow for is decided by what was promised:

* **Promised** is a file that the retention rule would keep if all that waits were written (the last
  epochs' ends, the best), and what somebody asked for: the last of a run, one a page wants. Where
  there is no room for it, training waits.
* **Not promised** is what the rule would delete as soon as it was written, and a snapshot within an
  epoch that a newer one replaces. Those are passed over, and the next checkpoint says so.

An error is kept, told once and cleared: training goes on. So it does if the thread itself ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kresume_nb.errors import KResumeError
from kresume_nb.run import layout
from kresume_nb.run.marks import pinned
from kresume_nb.run.records import Checkpoint, Direction, Pruned
from kresume_nb.run.watched_thread import WatchedThread
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.checkpoint import keras_file
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.checkpoint.snapshot import Snapshot

_MOST_WAITING = 8
_MOST_BYTES = 256 * 2**20
"""Of what waits; one may always wait. A small model never waits for its disk, a large one never
holds more than four copies of itself: in use, being written, waiting, and one to wait for room."""

_LOOK_SECONDS = 1.0
"""How often who waits looks whether the thread still lives."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A snapshot to be written, and the monitored value at that moment."""

    snapshot: Snapshot
    monitored: tuple[str, float] | None
    mode: Direction | None = None
    """Which way the monitored value is better."""
    asked: bool = False
    """Whether it is to be written whatever the retention rule says."""

    @property
    def file(self) -> str:
        """The name that it is to have."""
        return layout.checkpoint_name(self.snapshot.position)

    def record(self, **known: float) -> Checkpoint:
        """What the journal says of it."""
        monitor, value = self.monitored or (None, None)
        return Checkpoint(
            time=known.get("time", 0.0),
            file=self.file,
            position=self.snapshot.position,
            bytes=int(known.get("bytes", 0)),
            seconds=known.get("seconds", 0.0),
            monitor=monitor,
            value=value,
            mode=self.mode,
        )


class Saver:
    """Writes checkpoints of one run.

    Args:
        writer: of the run.
        policy: says which checkpoints to keep.
    """

    def __init__(self, writer: RunWriter, policy: Checkpointing) -> None:
        self._writer = writer
        self._policy = policy
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        """Oldest first."""
        self._writing: Job | None = None
        self._closing = False
        self._compared = False
        """Whether a file of this process was compared with what it was taken from."""
        self._skipped: set[int] = set()
        self._skipped_within = 0
        self._thread = WatchedThread(
            self._work,
            name="kresume-saver",
            what="the thread that writes checkpoints",
            without="Training goes on, but NO CHECKPOINT IS SAVED from now on: stop training soon, "
            "restart the kernel and resume. Older checkpoints are intact.",
            tell=writer.problem,
        )

    def submit(self, job: Job) -> None:
        """Hands over a snapshot. Waits only where it was promised and there is no room."""
        with self._changed:
            self._take(job)
            self._wait_for(lambda: not self._waiting or self._fits())

    @property
    def has_room(self) -> bool:
        """Whether a snapshot that is not promised would be written, unless a newer one replaces it."""
        with self._changed:
            rest = [one for one in self._waiting if self._promised(one)]
            return not rest or self._fits(rest, more=1)

    @property
    def idle(self) -> bool:
        """Whether all that was handed over is durable (or has failed)."""
        with self._changed:
            return self._settled() or not self._thread.check()

    def wait(self) -> None:
        """Returns when all that was handed over is durable (or has failed)."""
        with self._changed:
            self._wait_for(self._settled)

    def close(self) -> None:
        """Waits, then ends the thread."""
        self.wait()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _settled(self) -> bool:
        return self._writing is None and not self._waiting

    def _wait_for(self, reached: Callable[[], bool]) -> None:
        while not reached():
            if not self._thread.check():
                self._waiting.clear()  # their memory: nobody will write them
                return
            self._changed.wait(_LOOK_SECONDS)

    def _take(self, job: Job) -> None:
        same = [one for one in self._waiting if one.file == job.file]
        self._waiting = [one for one in self._waiting if one not in same]
        self._waiting.append(replace(job, asked=job.asked or any(one.asked for one in same)))
        for one in self._superseded():
            self._skip(one)
        while not self._fits() and len(self._waiting) > 1:
            free = [one for one in self._waiting if not self._promised(one)]
            if not free:
                break
            self._skip(free[0])
        self._changed.notify_all()

    def _superseded(self) -> list[Job]:
        """What nobody asked for and the rule would delete, were all written; older ones within."""
        writing = [] if self._writing is None else [self._writing]
        coming = {one.file: one.record() for one in (*writing, *self._waiting)}
        there = [one for one in self._writer.fold.checkpoints if one.file not in coming]
        gone = set(self._policy.expendable([*there, *coming.values()]))
        within = [one for one in self._waiting if one.snapshot.position.batch and not one.asked]
        old = {one.file for one in within[:-1]}
        return [one for one in self._waiting if not one.asked and one.file in gone | old]

    def _promised(self, job: Job) -> bool:
        return job.asked or not job.snapshot.position.batch

    def _fits(self, waiting: Sequence[Job] | None = None, more: int = 0) -> bool:
        jobs = self._waiting if waiting is None else waiting
        if len(jobs) + more <= 1:
            return True
        sizes = [one.snapshot.nbytes() for one in jobs]
        most = sum(sizes) + more * max(sizes)
        return len(jobs) + more <= _MOST_WAITING and most <= _MOST_BYTES

    def _skip(self, job: Job) -> None:
        self._waiting.remove(job)
        if job.snapshot.position.batch:
            self._skipped_within += 1
        else:
            self._skipped.add(job.snapshot.position.epoch)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                # What somebody asked for comes first: the process may be about to end.
                job = next((one for one in self._waiting if one.asked), self._waiting[0])
                self._waiting.remove(job)
                self._writing = job
                self._changed.notify_all()
            try:
                self._write(job)
            except Exception as error:  # noqa: BLE001  # told to the training thread, which warns
                self._writer.problem(
                    f"the checkpoint {job.file} was not saved: {type(error).__name__}: {error}. "
                    f"Training goes on; {self._left()}."
                )
            except BaseException:  # ends the thread; the one that is started for it tries again
                with self._changed:
                    self._waiting.insert(0, job)
                raise
            finally:
                del job  # its tensors hold the model's memory
                with self._changed:
                    self._writing = None
                    self._changed.notify_all()

    def _left(self) -> str:
        """What a person can count on while checkpoints are not saved."""
        if self._writer.path.is_dir():
            return "older checkpoints are intact"
        return (
            f"but {self._writer.path} is gone, with all that was saved in it, and NOTHING IS SAVED from "
            "now on: put the folder back, or stop training and begin a new run"
        )

    def _write(self, job: Job) -> None:
        began = time.time()
        self._writer.sync()  # a durable checkpoint implies a durable journal up to it
        path = layout.checkpoint_path(self._writer.path, job.file)
        size = self._stored(job, path)
        now = time.time()
        record = job.record(time=now, bytes=size, seconds=now - began)
        with self._changed:
            skipped, within = sorted(self._skipped), self._skipped_within
            self._skipped, self._skipped_within = set(), 0
        self._writer.append(replace(record, skipped=skipped, skipped_within=within))
        if not self._compared:  # before it could be deleted
            self._compared = True
            self._compare(path, job)
        self._prune()

    def _stored(self, job: Job, path: Path) -> int:
        """Its size, once it is durable."""
        try:
            return keras_file.write(job.snapshot, path)
        except FileNotFoundError:
            if not self._writer.remake_checkpoints():
                raise
        self._writer.problem(
            f"{path.parent} was deleted while this training writes into it, with all checkpoints. It was "
            "made anew for those to come. Training goes on; something on this machine deletes files "
            "that are in use."
        )
        return keras_file.write(job.snapshot, path)

    def _compare(self, path: Path, job: Job) -> None:
        try:
            wrong = keras_file.compare(path, job.snapshot)
            told = "; ".join(f"{one.what}: {one.detail}" for one in wrong)
        except (OSError, KResumeError) as error:
            told = str(error)
        if told:
            self._writer.problem(
                f"the checkpoint {path.name} does not read back as what it was taken from ({told}). "
                "A resume would not be exact. Is the disk, or the memory, sound?"
            )

    def _prune(self) -> None:
        kept = self._writer.fold.checkpoints
        there = self._writer.checkpoint_files()
        held = pinned(self._writer.path, there)
        files = [name for name in self._policy.expendable(kept) if name not in held]
        if files:
            self._writer.append(Pruned(time=time.time(), files=files))
        # Besides those, what the journal does not know: files of a course that a resume gave up.
        known = ({one.file for one in kept} - set(files)) | held
        self._writer.remove([name for name in there if name not in known])
