"""Writes down what training does, step by step, for less than a hundredth of a step's time.

A step costs a few appends to lists; five times a second they become one line of the journal. The
learning rate of a step is the one that the optimizer used for it, not the one after.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kresume_nb.run.records import Direction, Epoch, Monitored, Position, Steps
from kresume_nb.run.undone import Row
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.keras_compat import keras_private, keras_versions, optimizers
from kresume_nb.train.resume.repeated_steps import RepeatedSteps

_FLUSH_SECONDS = 0.2
_BLOCK = 64
"""Iterations for which a schedule is evaluated at once."""
_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


class LearningRate:
    """Tells which learning rate each step used, as cheaply as the model allows.

    Reading a variable costs 15 µs, evaluating a schedule 500 µs; at a millisecond a step neither
    can be done each step. A schedule is a function of the iteration, so it is evaluated for many
    steps at once, later. A variable is read once an epoch, unless something of the user's runs
    between steps and might change it.
    """

    def __init__(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._model = model
        self._schedule: Any = keras_private.schedule(model.optimizer)
        self._takes_arrays: bool | None = None
        """Whether the schedule answers right for many iterations at once; not known yet."""
        self._block: list[float] = []
        self._block_number = -1
        self._each_step = (
            type(model).train_step is not keras.Model.train_step
            or any(_acts_between_steps(one) for one in callbacks)
            or bool(keras_versions.lost("_learning_rate", owner=model.optimizer))
        )
        self._known = float("nan")

    def begin_epoch(self) -> None:
        """To be called after the callbacks had their say on the epoch's rate."""
        if self._schedule is None:
            self._known = self._read()

    def changed(self) -> None:
        """To be called when the rate was set between steps by somebody else than a callback."""
        self.begin_epoch()

    def note(self) -> float:
        """The rate of the step just done; what `resolve` turns into a number. Before callbacks."""
        if self._schedule is None and self._each_step:
            self._known = self._read()
        return self._known

    def _read(self) -> float:
        if self._model.optimizer is not None:
            keras_private.sync(self._model)
        return optimizers.learning_rate(self._model.optimizer)

    def resolve(self, noted: list[float], last_iteration: int) -> list[float]:
        """The rates of consecutive steps, the last of which took `iterations` to `last_iteration`."""
        if self._schedule is None:
            return [noted[0]] if all(one == noted[0] for one in noted) else noted
        return [self._at(one) for one in range(last_iteration - len(noted), last_iteration)]

    def _at(self, iteration: int) -> float:
        """The schedule's rate, from whole blocks of iterations.

        The same block always: how many are evaluated at once may decide about the last bit, and a
        resumed run is to write down the rates that the unbroken one wrote.
        """
        number = iteration // _BLOCK
        if number != self._block_number:
            self._block = self._evaluate(np.arange(number * _BLOCK, (number + 1) * _BLOCK))
            self._block_number = number
        return self._block[iteration % _BLOCK]

    def _evaluate(self, iterations: Any) -> list[float]:
        if self._takes_arrays is not False:
            try:
                values = np.asarray(keras.ops.convert_to_numpy(self._asked(_tensor(iterations))))
            except Exception:  # noqa: BLE001  # a schedule of the user's, written for one iteration
                values = np.zeros(0)
            if self._takes_arrays is None:
                self._takes_arrays = values.shape == iterations.shape and all(
                    math.isclose(values[one], self._once(iterations[one]), rel_tol=1e-5)
                    for one in (0, _BLOCK // 2, _BLOCK - 1)
                )
            if self._takes_arrays:
                return [float(one) for one in values]
        return [self._once(one) for one in iterations]

    def _once(self, iteration: Any) -> float:
        return float(keras.ops.convert_to_numpy(self._asked(_tensor(int(iteration)))))

    def _asked(self, iterations: Any) -> Any:
        """The schedule's answer, of a copy: one that counts how often it is asked has state."""
        return copy.copy(self._schedule)(iterations)


def _tensor(iterations: Any) -> Any:
    return keras.ops.convert_to_tensor(iterations, dtype="int64")


def _acts_between_steps(callback: keras.callbacks.Callback) -> bool:
    """Whether a callback has code of the user's that runs between steps."""
    if isinstance(callback, keras.callbacks.LambdaCallback):
        return any(hook in vars(callback) for hook in _BATCH_HOOKS)
    if type(callback).__module__.partition(".")[0] == "keras":
        return False
    return any(
        getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for hook in _BATCH_HOOKS
    )


class Recorder:
    """Collects steps and hands them to the journal.

    Args:
        writer: of the run.
        rate: tells the learning rates.
        iterations: the optimizer's iterations per step done, to evaluate schedules.
    """

    def __init__(
        self, writer: RunWriter, rate: LearningRate, iterations: Callable[[], int]
    ) -> None:
        self._writer = writer
        self.redone: RepeatedSteps | None = None
        """Compares what a resume does once more; gets each row."""
        self._rate = rate
        self._iterations = iterations
        self._logs: list[dict[str, Any]] = []
        self._rates: list[float] = []
        self._noted = math.nan
        self._last: Position | None = None
        self._flushed = time.monotonic()
        self._began = time.monotonic()

    def begin_epoch(self) -> None:
        """An epoch, or the rest of one, begins."""
        self._began = time.monotonic()
        self._rate.begin_epoch()

    def rate_changed(self) -> None:
        """The learning rate was set between steps."""
        self._rate.changed()

    def stood_still(self, seconds: float) -> None:
        """Training was paused for that long: no time of its epoch."""
        self._began += seconds

    def note_rate(self, steps: int) -> None:
        """Before the callbacks of a step's end: they may change the rate of the next."""
        self._noted = self._rate.note()
        self._rates.extend([self._noted] * steps)

    def step(self, position: Position, steps: int, logs: dict[str, Any]) -> None:
        """Steps are done (one, or `steps_per_execution` at once); `position` lies after them."""
        self._logs.extend([logs] * steps)
        self._last = position
        if time.monotonic() - self._flushed >= _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes the steps collected so far to the journal."""
        self._flushed = time.monotonic()
        logs, rates, last = self._logs, self._rates, self._last
        if not logs or last is None:
            return
        self._logs, self._rates = [], []
        count = len(logs)
        names = [name for name, value in logs[-1].items() if _number(value) is not None]
        columns = {name: [_number(one.get(name)) for one in logs] for name in names}
        self._append(
            Steps(
                time=time.time(),
                step=last.step - count + 1,
                epoch=last.epoch + 1,
                batch=last.batch - count + 1,
                count=count,
                logs={
                    name: [math.nan if one is None else one for one in column]
                    for name, column in columns.items()
                },
                learning_rate=self._rate.resolve(rates, self._iterations()),
            )
        )

    def end_epoch(self, position: Position, logs: dict[str, Any]) -> None:
        """An epoch is done, validation included; `logs` are what History took down of it."""
        rate = self._last_rate()
        self.flush()
        numbers = {name: _number(value) for name, value in logs.items()}
        self._append(
            Epoch(
                time=time.time(),
                epoch=position.epoch,
                step=position.step,
                logs={name: value for name, value in numbers.items() if value is not None},
                learning_rate=rate,
                seconds=time.monotonic() - self._began,
            )
        )

    def _append(self, row: Row) -> None:
        self._writer.append(row)
        if self.redone is not None:
            self.redone.take(row)

    def monitored(self, monitor: str | None, directions: dict[str, Direction]) -> None:
        """Says how the logs are to be read, if that is news."""
        fold = self._writer.fold
        monitor = monitor or fold.monitor
        if monitor != fold.monitor or not directions.items() <= fold.directions.items():
            event = Monitored(time=time.time(), monitor=monitor, directions=directions)
            self._writer.append(event)

    def _last_rate(self) -> float:
        return self._rate.resolve([self._noted], self._iterations())[-1]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
