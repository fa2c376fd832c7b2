"""Callbacks, with counters, waits and files that a resume can get wrong.

An entry gets a folder for files and returns the callbacks of one training. All their attributes are
compared at the end, but for those in `trainee.HIDDEN`; `observe=` compares more (a file's text, for
example).
"""

from __future__ import annotations

import enum
import hashlib
import logging
import random
import threading
from collections import Counter as Counts
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from scenarios import BATCHES, SHARED, Registry

callbacks = Registry()


class Counter(keras.callbacks.Callback):
    """A callback of a user's: counters, a list, a dict that it shares, a random stream."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = -1
        self.batches = 0
        self.seen: list[tuple[int, int]] = []
        self.best: dict[str, float] = {}
        self.also_best = self.best
        self.stream = random.Random(5)
        self.draws: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        self.seen.append((self.epoch, batch))
        self.draws.append(self.stream.random() + random.random() + np.random.rand())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.also_best["loss"] = min(self.best.get("loss", 1e9), logs["loss"])


@callbacks.add(steps=4 * BATCHES)
def plateau(place: Path) -> list[Any]:
    """Falling rate, early stop, best weights on disk, and a callback of a user's."""
    return [
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1),
        *_stopping(place, patience=3),
    ]


@callbacks.add(steps=4 * BATCHES)
def everyday(place: Path) -> list[Any]:
    """The same without a change of the rate: for models with a schedule."""
    return _stopping(place, patience=3)


@callbacks.add(steps=4 * BATCHES)
def without_a_model_file(place: Path) -> list[Any]:
    """Early stop by the best weights: for models that Keras cannot save whole."""
    del place
    return [keras.callbacks.EarlyStopping("loss", patience=4, restore_best_weights=True)]


@callbacks.add(steps=2 * BATCHES)
def impatient(place: Path) -> list[Any]:
    """An early stop after a few epochs."""
    return _stopping(place, patience=1)


def _stopping(place: Path, patience: int) -> list[Any]:
    return [
        keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(place / "best.keras", save_best_only=True),
        Counter(),
    ]


def _read(place: Path, *patterns: str) -> dict[str, str]:
    """Files that a training wrote, as a digest of their bytes by name."""
    found = (path for pattern in patterns for path in sorted(place.glob(pattern)))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@callbacks.add(observe=lambda place, _: _read(place, "*.csv", "*.weights.h5"))
def files(place: Path) -> list[Any]:
    """Tables and weights on disk: the files of a resumed run equal the unbroken one's, byte for byte."""
    name = str(place / "{epoch}-{batch}-{loss:.4f}.weights.h5")
    return [
        keras.callbacks.CSVLogger(place / "log.csv"),
        keras.callbacks.CSVLogger(place / "more.csv", separator=";", append=True),
        keras.callbacks.ModelCheckpoint(name, save_freq=4, save_weights_only=True),
        keras.callbacks.ModelCheckpoint(
            place / "best.weights.h5", save_best_only=True, save_weights_only=True, monitor="loss"
        ),
        keras.callbacks.LearningRateScheduler(lambda _, rate: rate * 0.9),
        keras.callbacks.TerminateOnNaN(),
    ]


def _events(place: Path, _: Any) -> Any:
    """Every value in the event files: tag, step and value, in order of steps."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    found: list[Any] = []
    for path in sorted((place / "events").glob("*/events.out.tfevents.*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                content = tensor_util.make_ndarray(value.tensor)
                is_scalar = content.dtype.kind == "f" and "per_second" not in value.tag
                shown = content.tolist() if is_scalar else "present"
                found.append((path.parent.name, value.tag, event.step, shown))
    return sorted(map(list, found), key=str)


@callbacks.add(observe=_events)
def event_files(place: Path) -> list[Any]:
    """TensorBoard, by batch and by epoch: no value lost, none twice, the graph written once."""
    return [
        keras.callbacks.TensorBoard(
            place / "events", update_freq=2, histogram_freq=2, write_steps_per_second=True
        )
    ]


class Phase(enum.Enum):
    WARMING = "warming"
    RUNNING = "running"


@dataclass
class Tally:
    """What a callback of a user's keeps in an object of its own."""

    phase: Phase = Phase.WARMING
    batches: int = 0
    best: dict[str, float] = field(default_factory=dict)


class Odd(keras.callbacks.Callback):
    """State in every shape that is not a plain attribute; and a rate that changes with each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.log = logging.getLogger("odd")
        self.tally = Tally()
        self.parts = [Tally(), Tally()]
        self.current = self.parts[0]
        self.mean = keras.metrics.Mean()
        self.average = keras.Variable([0.0], trainable=False)
        self.counts: Counts[int] = Counts()
        self.recent: deque[float] = deque(maxlen=3)
        self.inner = keras.callbacks.EarlyStopping(monitor="loss", patience=50)

    def on_train_begin(self, logs: Any = None) -> None:
        self.mean.update_state(0.0)
        self.inner.on_train_begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        with self.lock:
            self.tally.batches += 1
        self.tally.phase = Phase.RUNNING
        self.counts[batch] += 1
        self.recent.append(logs["loss"])
        self.current.batches += 1
        self.mean.update_state(logs["loss"])
        self.average.assign(0.9 * self.average + 0.1 * logs["loss"])
        logs["loss"] = "mutated"
        rate = self.model.optimizer.learning_rate
        rate.assign(0.02 / (1 + 0.01 * self.tally.batches + 0.01 * sum(self.counts.values())))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.current = self.parts[(epoch + 1) % 2]
        self.tally.best["loss"] = min(self.tally.best.get("loss", 1e9), logs["loss"])
        self.inner.on_epoch_end(epoch, logs)
        logs["added"] = float(self.mean.result())


def _inside(_: Path, used: Any) -> Any:
    odd = used[-1]
    shown = [odd.tally, *odd.parts, odd.counts, list(odd.recent), odd.parts.index(odd.current)]
    waits = [odd.inner.best, odd.inner.wait, odd.inner.best_epoch]
    return repr([shown, waits, float(odd.mean.result()), np.array(odd.average).tolist()])


@callbacks.add(model="moving_average")
def averaged_in_validation(place: Path) -> list[Any]:
    """Averaged weights take the model's place while it is validated."""
    return [keras.callbacks.SwapEMAWeights()]


@callbacks.add(model="moving_average")
def averaged_between_epochs(place: Path) -> list[Any]:
    """They are still in its place when an epoch's checkpoint is saved."""
    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]


@callbacks.add(observe=_inside)
def odd(place: Path) -> list[Any]:
    """Objects within a callback, nested callbacks, a metric, a variable, a mutated log."""
    return [Odd()]


@callbacks.add(steps=3 * BATCHES + 2)
def stopped_in_mid_epoch(place: Path) -> list[Any]:
    """A callback that ends the run between two batches of the fourth epoch."""
    return [StopAt(3, 2), Counter()]


class StopAt(keras.callbacks.Callback):
    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at = (epoch, batch)
        self.epoch = -1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.at:
            self.model.stop_training = True


class Reweights(keras.callbacks.Callback):
    """Changes in place what the source reads, if it made anything to be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = SHARED.get("weights", np.ones(8, "float32"))
        self.buffer = SHARED.get("buffer", deque(maxlen=4))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.buffer.append(logs["loss"])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.weights[::2] *= 0.5


@callbacks.add()
def shared_with_data(place: Path) -> list[Any]:
    """Weights and a buffer that the data reads, changed in place."""
    return [Reweights()]


class Averages(keras.callbacks.Callback):
    """Stochastic weight averaging: the mean of the weights at epochs' ends, in arrays kept for it."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[Any] = []
        self.count = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        weights = self.model.get_weights()
        self.means = self.means or [np.zeros_like(one) for one in weights]
        self.count += 1
        for number, weight in enumerate(weights):
            self.means[number] += (weight - self.means[number]) / self.count


class Restarts(keras.callbacks.Callback):
    """Cosine annealing with warm restarts; it remembers where they were."""

    def __init__(self) -> None:
        super().__init__()
        self.restarts, self.period, self.step = [0], 4, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.step - self.restarts[-1] >= self.period:
            self.restarts.append(self.step)
            self.period *= 2
        share = (self.step - self.restarts[-1]) / self.period
        self.model.optimizer.learning_rate.assign(0.01 * (1 + np.cos(np.pi * share)))
        self.step += 1


class Hardest(keras.callbacks.Callback):
    """A buffer of the hardest batches, and the set of epochs in which they were met."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch, self.buffer, self.met = 0, deque(maxlen=5), set()
        self.drawn = np.random.RandomState(6)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if logs["loss"] > self.drawn.rand() * 10:
            self.buffer.append((batch, logs["loss"]))
            self.met.add(self.epoch)


@callbacks.add()
def of_public_code(place: Path) -> list[Any]:
    """Weight averaging, warm restarts, hard examples: state in lists, arrays, sets, deques, streams."""
    return [Averages(), Restarts(), Hardest()]


class Anneals(keras.callbacks.Callback):
    """Less dropout and a smaller gradient norm with every epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate *= 0.7
        self.model.optimizer.clipnorm = 1.0 / (epoch + 2)


def _annealed(_: Path, used: Any) -> Any:
    model = used[0].model
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    return [rates, model.optimizer.clipnorm]


@callbacks.add(observe=_annealed)
def annealed(place: Path) -> list[Any]:
    """Attributes of Keras' own layers and optimizer, which a compiled step has baked in."""
    return [Anneals()]


class Unfreezes(keras.callbacks.Callback):
    """The first layer is frozen after two epochs, and thawed after another."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.layers[1].trainable = epoch not in (2, 3)


# On JAX Keras refuses it: the optimizer was built for other variables.
@callbacks.add(
    backends=("tensorflow", "torch"),
    unsupported={"jax": "by Keras"},
    observe=lambda _, used: [layer.trainable for layer in used[0].model.layers],
)
def unfrozen(place: Path) -> list[Any]:
    """What is trainable changes while training runs."""
    return [Unfreezes()]
