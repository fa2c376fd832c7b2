"""Answers what pages ask of a training while it runs: pause, continue, stop, save, set the rate.

The training thread looks for requests at batch boundaries, some twenty times a second, and while it
stands still. Each is answered once, in the journal, and only then is its file taken away; a kill in
between leaves an answered request that the next process deletes, and never one that is carried out
twice.

What is asked where no snapshot can be taken (during validation, after an epoch's last batch, or when
a callback has just stopped training) is answered at once and takes hold at the epoch's end.

Of a request that was carried out, a kill undoes what lies beyond the newest checkpoint, as it does
with steps. A learning rate that was set is therefore followed by a checkpoint, and so is a pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras

from kresume_nb.run.records import Controlled, Position
from kresume_nb.run.requests import Inbox, Received, RequestFiles
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.checkpoint.saver import Saver
from kresume_nb.train.loop import learning_rate
from kresume_nb.train.loop.learning_rate import Refusal

_POLL_SECONDS = 0.05
_SHARE = 200
"""A look takes at most this part of the time, on a slow network disk say …"""
_LONGEST_SECONDS = 0.4
"""… unless that would let a page wait for longer than this."""


class StoppedFromPage(Exception):  # noqa: N818  # ends `fit` from within; nobody else sees it
    """A page asked to stop; a checkpoint of this boundary was handed to the saver."""


@dataclass(slots=True)
class _Saving:
    """A request for a checkpoint that is not durable yet."""

    received: Received
    taken: tuple[int, float] | None = None
    """Step and time of the snapshot; None until it is taken."""


class Controls:
    """What pages ask of one process' share of a run.

    Args:
        writer: of the run.
        saver: of its checkpoints.
        model, callbacks: what is trained.
        inbox: requests that do not come as files.
        flush: brings the journal up to the present step.
        rate_changed: called after the learning rate was set.
    """

    def __init__(
        self,
        writer: RunWriter,
        saver: Saver,
        *,
        model: keras.Model,
        callbacks: Sequence[keras.callbacks.Callback],
        inbox: Inbox,
        flush: Callable[[], None],
        rate_changed: Callable[[], None],
    ) -> None:
        self.pausing = False
        self.stopping = False
        self._writer, self._saver = writer, saver
        self._model, self._callbacks = model, callbacks
        self._inbox = inbox
        self._flush, self._rate_changed = flush, rate_changed
        self._files = RequestFiles(writer.path)
        self._answered = {one.id for one in writer.fold.controls}
        self._old = set(self._files.names())
        self._saving: list[_Saving] = []
        self._save_after_change = False
        self._due = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._due

    @property
    def save_wanted(self) -> bool:
        """Whether the next snapshot is waited for."""
        return self._save_after_change or any(one.taken is None for one in self._saving)

    @property
    def boundary_wanted(self) -> bool:
        """Whether the next boundary where a snapshot can be taken is waited for."""
        return self.pausing or self.stopping or self.save_wanted

    def attend(self, position: Position, *, may_save: bool) -> None:
        """Answers what has come in. To be called between batches, on the training thread.

        Args:
            position: the last boundary passed.
            may_save: whether a snapshot can be taken right here.
        """
        began = time.monotonic()
        for received in (*self._inbox.take(), *self._files.take()):
            self._take(received, position, may_save=may_save)
        self._answer_saved(position)
        self._tell()
        now = time.monotonic()
        pause = max(_POLL_SECONDS, _SHARE * (now - began))
        self._due = now + min(_LONGEST_SECONDS, pause)

    def wait(self) -> None:
        """While training stands still: returns when it is worth looking again."""
        self._inbox.wait(_POLL_SECONDS)

    def snapshot_taken(self, position: Position) -> None:
        """The saver was handed a snapshot of this boundary."""
        self._save_after_change = False
        for one in self._saving:
            if one.taken is None:
                one.taken = (position.step, time.time())

    def close(self, position: Position) -> None:
        """Answers all that is left, once the saver has nothing to do: training has ended."""
        self._answer_saved(position)
        left = [one.received for one in self._saving]
        self._saving = []
        for received in (*left, *self._inbox.close(), *self._files.take()):
            self._refuse(received, position, "Training has ended.")
        self._tell()

    def _take(self, received: Received, position: Position, *, may_save: bool) -> None:
        control = received.control
        if control.id in self._answered:
            self._remove(received)
            return
        if any(one.received.control.id == control.id for one in self._saving):
            return  # it lies there until it is answered
        if received.file in self._old:
            reason = "It was asked of a process that is gone. Ask again."
            self._refuse(received, position, reason)
        elif self.stopping:
            self._refuse(received, position, "Training is stopping.")
        else:
            try:
                detail = self._carry_out(received, position, may_save=may_save)
            except Refusal as refusal:
                self._refuse(received, position, str(refusal))
                return
            if detail is not None:
                self._answer(received, position, detail, done=True)

    def _carry_out(self, received: Received, position: Position, *, may_save: bool) -> str | None:
        """What it came to; None if that will only be known later."""
        control = received.control
        where = _here(position) if may_save else _epoch_end(position)
        match control.action:
            case "pause":
                if self.pausing:
                    return "Training stands still already."
                self.pausing = True
                return f"Training stands still {where}, with a checkpoint."
            case "continue":
                if not self.pausing:
                    raise Refusal("Training is not paused.")
                self.pausing = False
                return "Training goes on."
            case "stop":
                self.stopping, self.pausing = True, False
                return f"Training stops {where}, with a checkpoint. Run the cell again to go on."
            case "checkpoint":
                self._saving.append(_Saving(received))
                return None
            case "learning_rate":
                detail = learning_rate.change(self._model, self._callbacks, control.value)
                self._rate_changed()
                self._save_after_change = True
                return detail

    def _answer_saved(self, position: Position) -> None:
        waiting = [(one, *one.taken) for one in self._saving if one.taken is not None]
        if not waiting:
            return
        idle = self._saver.idle  # before looking what there is
        kept = [(one.file, one.position.step, one.time) for one in self._writer.fold.checkpoints]
        for one, step, since in waiting:
            made = next((file for file, at, when in kept if at >= step and when >= since), None)
            if made is not None:
                self._answer(one.received, position, f"Saved as {made}.", done=True)
            elif idle:
                reason = "It was not saved: a warning says why. Older checkpoints are intact."
                self._refuse(one.received, position, reason)
            else:
                continue
            self._saving.remove(one)

    def _refuse(self, received: Received, position: Position, reason: str) -> None:
        self._answer(received, position, reason, done=False)

    def _answer(self, received: Received, position: Position, detail: str, *, done: bool) -> None:
        control = received.control
        self._flush()
        self._writer.append(
            Controlled(
                time=time.time(),
                id=control.id,
                action=control.action,
                value=control.value,
                position=position,
                done=done,
                detail=detail,
            )
        )
        self._answered.add(control.id)
        self._remove(received)

    def _remove(self, received: Received) -> None:
        if received.file is not None:
            self._old.discard(received.file)
            self._files.remove(received.file)

    def _tell(self) -> None:
        for problem in self._files.take_problems():
            self._writer.problem(problem)


def _here(position: Position) -> str:
    return f"after step {position.step:,}" if position.batch else f"after epoch {position.epoch}"


def _epoch_end(position: Position) -> str:
    return f"at the end of epoch {position.epoch + 1}"
