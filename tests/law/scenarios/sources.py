"""Sources of training data.

An entry gets the `Data` that it has to deliver and returns the arguments of `fit` that do so, with
validation data of its kind. It makes everything anew: each process calls it once. Processes are seeded
differently; a source whose order follows a global seed sets it, as its user's cell would.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from scenarios import BATCHES, Approximate, Data, Registry

sources = Registry()


@sources.add()
def arrays(data: Data) -> dict[str, Any]:
    """NumPy arrays."""
    return {
        "x": data.x,
        "y": data.y,
        "batch_size": data.batch,
        "validation_data": data.validation,
    }


@sources.add()
def arrays_weighted(data: Data) -> dict[str, Any]:
    """Sample weights, and validation of every other epoch on a part that is split off."""
    weights = np.linspace(0.5, 2, len(data.x), dtype="float32")
    return {
        "x": np.concatenate([data.x, data.x[:24]]),
        "y": np.concatenate([data.y, data.y[:24]]),
        "sample_weight": np.concatenate([weights, weights[:24]]),
        "batch_size": data.batch,
        "validation_split": 24 / (len(data.x) + 24),
        "validation_freq": 2,
    }


@sources.add(needs_full_batches=True)
def arrays_in_steps(data: Data) -> dict[str, Any]:
    """Epochs of `steps_per_epoch` batches, two to a pass over the data."""
    return {
        "x": np.concatenate([data.x, data.x + 1]),
        "y": np.concatenate([data.y, data.y]),
        "batch_size": data.batch,
        "steps_per_epoch": BATCHES,
        "validation_data": data.validation,
    }


class Rows(keras.utils.PyDataset):
    """Shuffles its own indices, and adds noise from a stream of its own."""

    def __init__(self, data: Data, **options: Any) -> None:
        super().__init__(**options)
        self.data, self.indices = data, np.arange(len(data.x))
        self.stream, self.epochs = np.random.default_rng(3), 0

    @property
    def num_batches(self) -> int:
        return BATCHES

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        rows = self.indices[number * self.data.batch : (number + 1) * self.data.batch]
        noise = self.noise(len(rows))
        return self.data.x[rows] + noise, self.data.y[rows]

    def noise(self, count: int) -> Any:
        return self.stream.normal(size=(count, 8)).astype("float32")

    def on_epoch_end(self) -> None:
        self.epochs += 1
        self.stream.shuffle(self.indices)


class QuietRows(Rows):
    """Several threads read it, so it draws nothing while it is read."""

    def noise(self, count: int) -> Any:
        return np.zeros((count, 8), "float32")


class Held(keras.utils.PyDataset):
    """Validation data."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data = data

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        x, y = self.data.validation
        return x[number * 16 : number * 16 + 16], y[number * 16 : number * 16 + 16]


@sources.add()
def py_dataset(data: Data) -> dict[str, Any]:
    """A PyDataset with hooks, state and a random stream."""
    return {"x": Rows(data), "validation_data": Held(data)}


@sources.add(like_fit=False)  # Keras' workers read ahead of the hook that shuffles
def py_dataset_with_workers(data: Data) -> dict[str, Any]:
    """The same, read by threads."""
    return {"x": QuietRows(data, workers=2), "validation_data": Held(data)}


def _tf(data: Data) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((data.x, data.y))


def _set_seed() -> None:
    import tensorflow as tf

    tf.random.set_seed(3)


def _held(data: Data) -> Any:
    import tensorflow as tf

    _set_seed()
    return tf.data.Dataset.from_tensor_slices(data.validation).shuffle(40, seed=2).batch(16)


@sources.add()
def tf_data(data: Data) -> dict[str, Any]:
    """Batched and prefetched."""
    return {"x": _tf(data).batch(data.batch).prefetch(2), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_shuffled(data: Data) -> dict[str, Any]:
    """Shuffled anew in every epoch, and cached."""
    _set_seed()
    dataset = _tf(data).cache().shuffle(60, seed=1).batch(data.batch)
    return {"x": dataset, "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_random(data: Data) -> dict[str, Any]:
    """Random numbers in a map, drawn by an operation with a seed."""
    import tensorflow as tf

    _set_seed()

    def noisy(x: Any, y: Any) -> tuple[Any, Any]:
        return x + tf.random.normal((8,), seed=4), y

    # In parallel only where TensorFlow's op determinism keeps the draws in order.
    calls = 2 if keras.backend.backend() == "tensorflow" else None
    dataset = _tf(data).shuffle(60, seed=1).map(noisy, num_parallel_calls=calls).batch(data.batch)
    return {"x": dataset.prefetch(2), "validation_data": _held(data)}


@sources.add(
    like_fit=False,
    backends=("tensorflow",),
    unsupported=dict.fromkeys(("jax", "torch"), "Keras layers in tf.data need TensorFlow"),
)
def tf_data_augmented(data: Data) -> dict[str, Any]:
    """A Keras layer with a random state in a map."""
    noise = keras.layers.GaussianNoise(0.1, seed=5)

    def noisy(x: Any, y: Any) -> tuple[Any, Any]:
        return noise(x, training=True), y

    return {"x": _tf(data).map(noisy).batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_of_unknown_length(data: Data) -> dict[str, Any]:
    """A filter: nobody knows how many batches remain."""
    _set_seed()
    dataset = _tf(data).shuffle(60, seed=1).filter(lambda x, y: x[0] < 100)  # noqa: ARG005
    return {"x": dataset.batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False, needs_full_batches=True)
def tf_data_repeated(data: Data) -> dict[str, Any]:
    """One iterator through all epochs, whose state is saved."""
    _set_seed()
    dataset = _tf(data).shuffle(50).repeat().batch(data.batch)
    return {"x": dataset, "steps_per_epoch": BATCHES, "validation_data": _held(data)}


@sources.add(
    approximate=dict.fromkeys(
        ("tensorflow", "jax", "torch"), Approximate("runs Python", frozenset(), at_boundaries=True)
    ),
)
def tf_data_of_python(data: Data) -> dict[str, Any]:
    """Python in the pipeline: skipped batch by batch, exact since it yields the same again."""
    import tensorflow as tf

    def rows() -> Iterator[tuple[Any, Any]]:
        yield from zip(data.x, data.y, strict=True)

    shapes = tf.TensorSpec((8,), "float32"), tf.TensorSpec((1,), "float32")
    dataset = tf.data.Dataset.from_generator(rows, output_signature=shapes).batch(data.batch)
    return {"x": dataset, "validation_data": _held(data)}


def _loader(data: Data, **options: Any) -> Any:
    import torch

    rows = torch.utils.data.TensorDataset(torch.tensor(data.x), torch.tensor(data.y))
    return torch.utils.data.DataLoader(rows, batch_size=data.batch, **options)


@sources.add(like_fit=False)
def loader(data: Data) -> dict[str, Any]:
    """A DataLoader that shuffles by torch's global stream, which Keras seeds on torch only."""
    import torch

    torch.manual_seed(int(np.random.randint(1 << 30)))
    return {"x": _loader(data, shuffle=True), "validation_data": _loader(data)}


@sources.add(like_fit=False)
def loader_with_workers(data: Data) -> dict[str, Any]:
    """Two worker processes, and a generator of its own."""
    import torch

    generator = torch.Generator().manual_seed(int(np.random.randint(1 << 30)))
    return {
        "x": _loader(data, shuffle=True, num_workers=2, generator=generator),
        "validation_data": _loader(data),
    }


@sources.add()
def loader_in_order(data: Data) -> dict[str, Any]:
    """A DataLoader that does not shuffle."""
    return {"x": _loader(data), "validation_data": _loader(data)}


@sources.add()
def grain_dataset(data: Data) -> dict[str, Any]:
    """A grain MapDataset, shuffled; it orders itself by a seed of its own."""
    import grain

    rows = grain.MapDataset.source(list(zip(data.x, data.y, strict=True)))
    return {
        "x": rows.seed(3).shuffle().batch(data.batch),
        "validation_data": grain.MapDataset.source(_rows(data)).batch(16),
    }


def _rows(data: Data) -> list[tuple[Any, Any]]:
    return list(zip(*data.validation, strict=True))


@sources.add(
    needs_full_batches=True,
    approximate=dict.fromkeys(
        ("tensorflow", "jax", "torch"),
        Approximate("ran again from its beginning", frozenset(), at_boundaries=True),
    ),
)
def generator(data: Data) -> dict[str, Any]:
    """A generator that yields the same each time: exact, though that cannot be promised."""

    def batches() -> Iterator[tuple[Any, Any]]:
        while True:
            for at in range(0, len(data.x), data.batch):
                yield data.x[at : at + data.batch], data.y[at : at + data.batch]

    return {"x": batches(), "steps_per_epoch": BATCHES, "validation_data": data.validation}


@sources.add(like_fit=False)
def generator_function(data: Data) -> dict[str, Any]:
    """A function of (epoch, start)."""

    def batches(epoch: int, start: int) -> Iterator[tuple[Any, Any]]:
        order = np.random.default_rng(epoch).permutation(len(data.x))
        for number in range(start, BATCHES):
            rows = order[number * data.batch : (number + 1) * data.batch]
            yield data.x[rows], data.y[rows]

    return {"x": batches, "validation_data": data.validation}
