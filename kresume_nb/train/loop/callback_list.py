"""The callback list of Keras' `fit`: one that makes a resumed training look like an unbroken one.

A run that was not broken is one `fit` call; the rest of a broken epoch is one of its own, because
only then can its data begin in the middle (`epochs.py`). To the callbacks it looks like one:
`on_train_begin` and `on_train_end` reach them once, batches of a resumed epoch carry their true
numbers, and an epoch that was begun before the kernel died does not begin again.

Where things are put back, and why there (measured against Keras 3.15):

* after `on_train_begin`: `EarlyStopping` and `ReduceLROnPlateau` reset themselves in theirs;
* in `on_epoch_begin`: `fit` has just reset the metrics, whose totals a mid-epoch resume needs;
* random streams within an epoch when its first batch is read: on torch, making the epoch's iterator
  draws, and so may reading, which Keras does there before `on_train_batch_begin`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import keras

from kresume_nb.run.records import Direction, Epoch, Position
from kresume_nb.train.checkpoint import metric_direction
from kresume_nb.train.checkpoint.policy import Checkpointing, boundary
from kresume_nb.train.checkpoint.saver import Job, Saver
from kresume_nb.train.checkpoint.snapshot import Beginning, Snapshotter
from kresume_nb.train.keras_compat import optimizers
from kresume_nb.train.keras_compat.variable_creation import Creations
from kresume_nb.train.loop.control import Controls, StoppedFromPage
from kresume_nb.train.loop.recorder import Recorder
from kresume_nb.train.sources.source import Source


class Interruption(Protocol):
    """Whether somebody asked training to stop."""

    @property
    def requested(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a resumed session puts back once the callbacks have begun."""

    position: Position
    rows: list[Epoch]
    stopped: bool
    """A callback had stopped the run there: nothing is left to train."""
    apply: Callable[[], None]
    """Puts back variables and callbacks."""
    apply_random: Callable[[], None]
    """Puts back the random streams."""


class ResumableCallbackList(keras.callbacks.CallbackList):
    """Callbacks of one process' share of a run.

    Args:
        callbacks: the user's.
        model: built and compiled.
        source: of the batches.
        epochs: asked for in all.
        verbose: as in `fit`.
        recorder, saver, policy: where things go, and when.
        interruption, termination: asked at each batch boundary.
        controls: what pages ask for.
        show_problems: called with nothing now and then, to show what went wrong in the background.
        first_step: called when the first step has made the model's variables.
        on_termination: called at a boundary after the process was asked to end and a checkpoint was
            handed to the saver; training goes on if it returns.
    """

    def __init__(
        self,
        callbacks: list[keras.callbacks.Callback],
        *,
        model: keras.Model,
        source: Source,
        epochs: int,
        verbose: int | str,
        recorder: Recorder,
        saver: Saver,
        policy: Checkpointing,
        interruption: Interruption,
        termination: Interruption,
        controls: Controls,
        show_problems: Callable[[], None],
        on_termination: Callable[[], None],
        first_step: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=source.batches,
        )
        self._source = source
        self._held: Job | None = None
        """A snapshot that waits for proof that an epoch of unknown length goes on after it."""
        self.position = Position(epoch=0, batch=0, step=0)
        self.creations: Creations | None = None
        """Watches the first step of a run make variables, where it does."""
        self._begun_with: Beginning | None = None
        """The snapshot of the run's beginning, until the first step has made its variables."""
        self.snapshotter: Snapshotter | None = None
        """Set once it can be made: it takes down what the callbacks are before training."""
        self.stopped = False
        """Whether a callback stopped the run for good."""
        self.stopped_from_page = False
        # Keras runs hooks of some callbacks in threads; a snapshot has to see what they did.
        self._async_train = self._async_test = False
        self._offset = 0
        self._ready = self._began = self._ended = False
        self._checked = False
        self._save_first = False
        self._resumption: Resumption | None = None
        self._random_due: Callable[[], None] | None = None
        self._recorder = recorder
        self._saver = saver
        self._policy = policy
        self._interruption, self._termination = interruption, termination
        self._controls = controls
        self._show_problems = show_problems
        self._first_step = first_step
        self._on_termination = on_termination
        self._directions: dict[str, Direction] = {}
        self._directed: set[str] = set()
        """Logs that `_directions` was asked for."""
        self._epoch_logs: Mapping[str, Any] = {}
        """Of the epoch that ended last."""
        self._snapshot_time = time.monotonic()
        self._last_logs: dict[str, Any] | None = None

    @property
    def batches(self) -> int | None:
        """In an epoch; None until one has ended, where nobody can know."""
        return self._source.batches

    @property
    def history(self) -> keras.callbacks.History:
        """What `fit` returns."""
        return self._history

    def begin(self, resumption: Resumption | None, *, initial_epoch: int, save_first: bool) -> None:
        """Says where training begins; what is to be resumed waits for its epoch.

        Args:
            save_first: save a checkpoint of the beginning, and wait until it is durable. Killed before
                it has one, a run would begin again with other random seeds.
        """
        self._ready, self._save_first = True, save_first
        if resumption is None:
            self.position = Position(epoch=initial_epoch, batch=0, step=0)
        else:
            self._resumption = resumption
            self.position, self.stopped = resumption.position, resumption.stopped
        self._offset = self.position.batch

    def restore(self) -> None:
        """Puts back what is to be resumed, if that has not been done yet."""
        if self._resumption is None:
            return
        resumption, self._resumption = self._resumption, None
        resumption.apply()
        if self._offset:
            self._random_due = resumption.apply_random
            self._source.before_reading(self._put_random)
        else:
            resumption.apply_random()
        self._model.stop_training = resumption.stopped
        history = self._history
        history.epoch[:] = [row.epoch - 1 for row in resumption.rows]
        history.history.clear()
        for row in resumption.rows:
            for name, value in row.logs.items():
                history.history.setdefault(name, []).append(value)
        if resumption.rows and resumption.rows[-1].epoch == self.position.epoch:
            self._epoch_logs = resumption.rows[-1].logs

    def _put_random(self) -> None:
        """Puts the random streams back, once."""
        due, self._random_due = self._random_due, None
        if due is not None:
            due()

    def end(self) -> None:
        """Reaches the callbacks' `on_train_end`, if that has not been done yet.

        The optimizer finalises the weights before, as in `fit`.
        """
        if self._ended:
            return
        if not self._began:  # a run that has nothing left to train
            self.on_train_begin()
            self.restore()
        self._ended = True
        if self.position.epoch > 0:
            optimizers.finalise(self._model)
        super().on_train_end(self._last_logs)

    def flush(self) -> None:
        """Writes the steps done so far to the journal."""
        self._recorder.flush()

    def save(self, *, promised: bool = False) -> None:
        """Takes a snapshot of this batch boundary and hands it to the saver.

        Args:
            promised: it is to be written, however slow the disk is.

        In an epoch of unknown length that waits for the next batch: after the last one there would be
        nothing to go on with.
        """
        if self.snapshotter is None:
            raise RuntimeError("a snapshot was asked for before training began")
        self._recorder.flush()
        monitored, mode = self._monitored()
        job = Job(self.snapshotter.take(self.position), monitored, mode, asked=promised)
        self._snapshot_time = time.monotonic()
        if self.position.batch and self.batches is None:
            self._held = job
        else:
            self._submit(job)

    def _monitored(self) -> tuple[tuple[str, float] | None, Direction | None]:
        if self.position.batch or not self.position.epoch:
            return None, None
        monitored = self._policy.monitored(self._epoch_logs, self._history.history)
        return monitored, None if monitored is None else self._direction_of(monitored[0])

    def _direction_of(self, log: str) -> Direction | None:
        names = {*self._history.history, log}
        if names != self._directed:
            self._directed = names
            self._directions = metric_direction.directions(self._model, sorted(names))
        return self._policy.direction or self._directions.get(log)

    def _submit(self, job: Job) -> None:
        self._controls.snapshot_taken(job.snapshot.position)
        self._saver.submit(job)

    # What Keras calls, in its order.

    def on_train_begin(self, logs: Any = None) -> None:
        if not self._ready:
            raise RuntimeError("ResumableCallbackList.begin() comes before fit()")
        if not self._began:
            self._began = True
            super().on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._last_logs = logs
        if self.stopped or self.position.epoch >= self.params["epochs"]:
            self.end()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._source.begin(self.position)
        if self._resumption is not None:
            self.restore()
            if not self._offset:  # the totals saved at an epoch's end are its validation's
                self.model.reset_metrics()
        if self._save_first:
            self._save_first = False
            if self.creations is None or self.snapshotter is None:
                self.save(promised=True)
                self._saver.wait()
            else:
                self._begun_with = self.snapshotter.begin(self.position)
        if not self._offset:
            super().on_epoch_begin(epoch, logs)
        elif self._progbar is not None:  # it has drawn nothing of this epoch yet
            self._progbar.on_epoch_begin(epoch, logs)
        self._recorder.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._put_random()
        super().on_train_batch_begin(batch + self._offset, logs)
        if self.snapshotter is not None:
            self.snapshotter.before_step()
        if self.creations is not None:
            self.creations.watch(self._model)
        self._source.before_step(self._model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._checked:  # before the step counts: what is refused leaves no run
            self._check_monitor()
        if self.creations is not None:
            self._first_step_done(self.creations)
        released = self._release()
        last = counted = batch + self._offset
        if self.batches is not None:  # with steps_per_execution, Keras counts past an epoch's end
            last = min(last, self.batches - 1)
        before = self.position
        steps = last + 1 - before.batch
        floats = _floats(logs)
        self._recorder.note_rate(steps)
        super().on_train_batch_end(counted, floats)
        self.position = Position(epoch=before.epoch, batch=last + 1, step=before.step + steps)
        self._recorder.step(self.position, steps, floats)
        if self._controls.due:
            self._controls.attend(self.position, may_save=self._may_save_here())
        asked = self._asked or self._controls.boundary_wanted
        wanted = asked or self._policy.due_in_epoch(
            steps=self.position.step,
            before=before.step,
            seconds=time.monotonic() - self._snapshot_time,
        )
        if asked and released:
            self._after_save()
        elif wanted and (asked or self._saver.has_room) and self._may_save_here():
            self.save(promised=asked)
            if self._held is None:
                self._after_save()

    def _first_step_done(self, creations: Creations) -> None:
        self.creations = None
        begun, self._begun_with = self._begun_with, None
        if begun is not None and self.snapshotter is not None:
            self._submit(Job(self.snapshotter.complete(begun, creations), None, asked=True))
            self._saver.wait()
        self._first_step()

    @property
    def _asked(self) -> bool:
        """Whether somebody asked training to stop."""
        return self._interruption.requested or self._termination.requested

    def _check_monitor(self) -> None:
        """Once the first step has built the metrics: can it be told which way is better?"""
        self._checked = True
        if self._policy.monitor is not None and self._policy.direction is None:
            metric_direction.check(self._model, self._policy.monitor)

    def _release(self) -> bool:
        """Hands over a snapshot that waited: what it was taken after was not the epoch's last batch."""
        if self._held is None:
            return False
        self._submit(self._held)
        self._held = None
        return True

    def _after_save(self) -> None:
        self._show_problems()
        self._stand_still()
        self._stop_if_asked()

    def _may_save_here(self) -> bool:
        # Not self.model, which would bring JAX's variables up to date each time.
        # A callback that has just stopped training will do so again when this step is redone.
        return boundary(self.position.batch, self.batches) and not self._model.stop_training

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        super().on_test_batch_end(batch, logs)
        if self._controls.due:
            self._controls.attend(self.position, may_save=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.creations is not None:  # an epoch without a step
            self._first_step_done(self.creations)
        history = self._history.history
        held = {name: len(values) for name, values in history.items()}
        if not self._model.stop_training:
            self._source.ended(self.position.batch)
        self._held = None
        super().on_epoch_end(epoch, logs)
        self._offset = 0
        self.position = Position(epoch=epoch + 1, batch=0, step=self.position.step)
        # What History took down, since callbacks add to the logs (the learning rate) on the way.
        taken = {
            name: values[-1] for name, values in history.items() if len(values) > held.get(name, 0)
        }
        self._recorder.end_epoch(self.position, taken)
        self._epoch_logs = taken
        self._tell_directions()
        self.stopped = bool(self._model.stop_training)
        ending = self.stopped or epoch + 1 >= self.params["epochs"]
        if self._controls.due:
            self._controls.attend(self.position, may_save=True)
        if ending:
            self._source.settle()
        wanted = ending or self._asked or self._controls.boundary_wanted
        if wanted or self._policy.due_at_epoch_end(epoch + 1):
            self.save(promised=wanted)
        self._show_problems()
        if not ending:
            self._stand_still()
            self._stop_if_asked()

    def _tell_directions(self) -> None:
        monitored, mode = self._monitored()
        found = dict(self._directions)
        if monitored is not None and mode is not None:
            found[monitored[0]] = mode
        self._recorder.monitored(None if monitored is None else monitored[0], found)

    def _stand_still(self) -> None:
        """Stays for as long as a page wants it to; what is asked meanwhile is answered."""
        if not self._controls.pausing:
            return
        began = time.monotonic()
        while self._controls.pausing and not self._asked:
            self._controls.wait()
            self._controls.attend(self.position, may_save=True)
            if self._controls.save_wanted and self._held is None:
                self.save(promised=True)
        self._snapshot_time = time.monotonic()
        self._recorder.stood_still(self._snapshot_time - began)

    def _stop_if_asked(self) -> None:
        if self._termination.requested:
            self._on_termination()
        if self._interruption.requested:
            raise KeyboardInterrupt
        if self._controls.stopping:
            self.stopped_from_page = True
            raise StoppedFromPage


def _floats(logs: Any) -> dict[str, Any]:
    """Logs as Keras hands them to callbacks: flat, sorted, floats where possible."""
    result: dict[str, Any] = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            result.update(_floats(value))
            continue
        try:
            result[name] = float(value)
        except (TypeError, ValueError):
            result[name] = value
    return result
