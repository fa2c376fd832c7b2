"""One background thread that turns snapshots into durable checkpoint files.

At most one snapshot waits while another is written; a newer one takes the place of the waiting one,
so that a slow disk costs checkpoints, never memory or training time. An error is kept, told once
and cleared: training goes on.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from kresume_nb.run import layout
from kresume_nb.run.marks import pinned
from kresume_nb.run.records import Checkpoint, Pruned
from kresume_nb.run.writer import RunWriter
from kresume_nb.train import checkpoint_file
from kresume_nb.train.policy import Checkpointing
from kresume_nb.train.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Job:
    """A snapshot to be written, and the monitored value at that moment."""

    snapshot: Snapshot
    monitored: tuple[str, float] | None


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
        self._waiting: Job | None = None
        self._busy = False
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="kresume-saver", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Hands over a snapshot; returns at once."""
        with self._changed:
            self._waiting = job
            self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether all that was handed over is durable (or has failed)."""
        with self._changed:
            return not self._busy and self._waiting is None

    def wait(self) -> None:
        """Returns when all that was handed over is durable (or has failed)."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and self._waiting is None)

    def close(self) -> None:
        """Waits, then ends the thread."""
        self.wait()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._closing)
                if self._waiting is None:
                    return
                job, self._waiting, self._busy = self._waiting, None, True
            try:
                self._write(job)
            except Exception as error:  # noqa: BLE001  # told to the training thread, which warns
                name = layout.checkpoint_name(job.snapshot.position)
                self._writer.problem(
                    f"the checkpoint {name} was not saved: {type(error).__name__}: {error}. "
                    "Training goes on; older checkpoints are intact."
                )
            finally:
                del job  # its tensors hold the model's memory
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _write(self, job: Job) -> None:
        began = time.time()
        position = job.snapshot.position
        name = layout.checkpoint_name(position)
        self._writer.sync()  # a durable checkpoint implies a durable journal up to it
        size = checkpoint_file.write(job.snapshot, layout.checkpoint_path(self._writer.path, name))
        now = time.time()
        monitor, value = job.monitored or (None, None)
        self._writer.append(
            Checkpoint(
                time=now,
                file=name,
                position=position,
                bytes=size,
                seconds=now - began,
                monitor=monitor,
                value=value,
            )
        )
        self._prune()

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
