"""Sources of training data.

An entry gets the `Data` that it has to deliver and returns the arguments of `fit` that do so, with
validation data of its kind. It makes everything anew: each process calls it once. Processes are seeded
differently; a source whose order follows a global seed sets it, as its user's cell would.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from scenarios import BATCHES, SHARED, Approximate, Data, Registry

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


@sources.add()
def arrays_and_none(data: Data) -> dict[str, Any]:
    """No sample weights, as a None; validation data in a list."""
    return {
        "x": data.x,
        "y": data.y,
        "sample_weight": None,
        "batch_size": data.batch,
        "validation_data": list(data.validation),
    }


@sources.add()
def frames(data: Data) -> dict[str, Any]:
    """A table of numbers and booleans, and Series, which are columns."""
    import pandas as pd

    table = pd.DataFrame(data.x.astype("float64"))
    table[7] = table[7] > 0
    return {
        "x": table,
        "y": pd.Series(data.y[:, 0]),
        "sample_weight": pd.Series(np.linspace(0.5, 2, len(data.x))),
        "batch_size": data.batch,
        "validation_data": (pd.DataFrame(data.validation[0]), pd.Series(data.validation[1][:, 0])),
    }


def _seeded(data: Data) -> Any:
    _set_seed()
    return _tf(data)


@sources.add(like_fit=False)
def tf_data_shuffled_twice(data: Data) -> dict[str, Any]:
    """One shuffle after another; and of validation data."""
    held = _held(data).unbatch().shuffle(9, seed=8).batch(16)
    dataset = _seeded(data).shuffle(60, seed=1).shuffle(9, seed=2).batch(data.batch)
    return {"x": dataset, "validation_data": held}


@sources.add(like_fit=False)
def tf_data_shuffled_as_batches(data: Data) -> dict[str, Any]:
    """Shuffled before and after batching."""
    dataset = _seeded(data).shuffle(60, seed=1).batch(data.batch).shuffle(4, seed=2)
    return {"x": dataset, "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_repeated_within_an_epoch(data: Data) -> dict[str, Any]:
    """Two passes over half of the data are an epoch."""
    half = _seeded(data).take(len(data.x) // 2).shuffle(60, seed=1).repeat(2)
    dataset = half.concatenate(_tf(data).take(len(data.x) % 2)).batch(data.batch)
    return {"x": dataset, "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_concatenated(data: Data) -> dict[str, Any]:
    """Two parts, each shuffled, one after the other, and then together."""
    rows = _seeded(data)
    parts = rows.take(40).shuffle(40, seed=1).concatenate(rows.skip(40).shuffle(60, seed=2))
    return {"x": parts.shuffle(9, seed=3).batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_concatenated_in_order(data: Data) -> dict[str, Any]:
    """The second part's shuffle is not begun while the first is read."""
    rows = _seeded(data)
    parts = rows.take(40).shuffle(40, seed=1).concatenate(rows.skip(40).shuffle(60, seed=2))
    return {"x": parts.batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_cached_after_a_shuffle(data: Data) -> dict[str, Any]:
    """The cache holds the order of the first epoch."""
    dataset = _seeded(data).shuffle(60, seed=1).cache().batch(data.batch)
    return {"x": dataset, "validation_data": _held(data).cache()}


@sources.add(like_fit=False)
def tf_data_cached_between_shuffles(data: Data) -> dict[str, Any]:
    """Shuffled, cached, and shuffled again."""
    dataset = _seeded(data).shuffle(60, seed=1).cache().shuffle(30, seed=2).batch(data.batch)
    return {"x": dataset, "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_windows(data: Data) -> dict[str, Any]:
    """Windows, shuffled and made flat."""
    import tensorflow as tf

    windows = _seeded(data).window(5).shuffle(20, seed=1)
    flat = windows.flat_map(lambda x, y: tf.data.Dataset.zip((x, y)))
    return {"x": flat.shuffle(9, seed=2).batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_noise_then_shuffle(data: Data) -> dict[str, Any]:
    """Random numbers in a map, and then a shuffle."""
    import tensorflow as tf

    def noisy(x: Any, y: Any) -> tuple[Any, Any]:
        return x + tf.random.normal((8,), seed=4), y

    dataset = _seeded(data).map(noisy).shuffle(30, seed=1).batch(data.batch)
    return {"x": dataset, "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_sampled(data: Data) -> dict[str, Any]:
    """Drawn from two shuffled sources at random."""
    import tensorflow as tf

    rows = _seeded(data)
    parts = [rows.take(40).shuffle(40, seed=1), rows.skip(40).shuffle(60, seed=2)]
    mixed = tf.data.Dataset.sample_from_datasets(
        [one.repeat() for one in parts], seed=4, rerandomize_each_iteration=True
    )
    return {"x": mixed.take(len(data.x)).batch(data.batch), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_of_files(data: Data) -> dict[str, Any]:
    """Files of records, listed in a random order, interleaved, parsed and shuffled."""
    import tempfile
    from pathlib import Path

    import tensorflow as tf

    folder = Path(tempfile.mkdtemp())
    for number, rows in enumerate(np.array_split(np.arange(len(data.x)), 4)):
        with tf.io.TFRecordWriter(str(folder / f"{number}.records")) as file:
            for row in rows:
                file.write(np.concatenate([data.x[row], data.y[row]]).astype("float32").tobytes())

    def parsed(record: Any) -> tuple[Any, Any]:
        values = tf.ensure_shape(tf.io.decode_raw(record, tf.float32), [9])
        return values[:8], values[8:]

    _set_seed()
    files = tf.data.Dataset.list_files(sorted(map(str, folder.iterdir())), seed=2)
    records = files.interleave(
        tf.data.TFRecordDataset, cycle_length=2, num_parallel_calls=tf.data.AUTOTUNE
    )
    dataset = records.map(parsed, num_parallel_calls=tf.data.AUTOTUNE).shuffle(30, seed=3)
    return {"x": dataset.batch(data.batch).prefetch(2), "validation_data": _held(data)}


@sources.add(like_fit=False)
def tf_data_looked_at_before(data: Data) -> dict[str, Any]:
    """A cell looks at a batch, and counts them, before training."""
    dataset = _seeded(data).shuffle(60, seed=1).shuffle(9, seed=2).batch(data.batch)
    next(iter(dataset))
    sum(1 for _ in dataset)
    return {"x": dataset, "validation_data": dataset}


@sources.add(like_fit=False)
def tf_data_split_from_one_shuffle(data: Data) -> dict[str, Any]:
    """Training and validation are parts of one shuffled data set."""
    shuffled = _seeded(data).concatenate(_tf(data).take(16)).shuffle(99, seed=1)
    return {
        "x": shuffled.skip(16).batch(data.batch),
        "validation_data": shuffled.take(16).batch(16),
    }


@sources.add(like_fit=False, needs_full_batches=True)
def tf_data_in_steps_over_parts(data: Data) -> dict[str, Any]:
    """One iterator through all epochs, over two shuffled parts in turn."""
    rows = _seeded(data)
    parts = rows.take(40).shuffle(40, seed=1).concatenate(rows.skip(40).shuffle(60, seed=2))
    dataset = parts.repeat().batch(data.batch)
    return {"x": dataset, "steps_per_epoch": BATCHES, "validation_data": _held(data)}


class Noisy(Held):
    """Draws from NumPy's and Python's global streams whenever a batch is read."""

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self.rows = np.arange(len(data.x))

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        import random

        rows = self.rows[number * self.data.batch : (number + 1) * self.data.batch]
        noise = np.random.normal(size=(len(rows), 8)) + random.random()
        return self.data.x[rows] + noise.astype("float32"), self.data.y[rows]


@sources.add(
    backends=("torch",),
    like_fit=False,
    unsupported=dict.fromkeys(("tensorflow", "jax"), "read ahead of training"),
)
def py_dataset_of_global_streams(data: Data) -> dict[str, Any]:
    """A PyDataset that draws from the global random streams."""
    return {"x": Noisy(data), "validation_data": Held(data)}


def _numbered(data: Data, change: Any, **options: Any) -> Any:
    import torch

    class Changed(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(data.x)

        def __getitem__(self, number: int) -> tuple[Any, Any]:
            return change(torch.tensor(data.x[number])), torch.tensor(data.y[number])

    return torch.utils.data.DataLoader(Changed(), batch_size=data.batch, **options)


@sources.add(
    backends=("torch",),
    like_fit=False,
    unsupported=dict.fromkeys(("tensorflow", "jax"), "read ahead of training"),
)
def loader_of_noise(data: Data) -> dict[str, Any]:
    """Augmentation in the training process: torch's and NumPy's global streams."""
    import torch

    def noisy(x: Any) -> Any:
        return x + 0.1 * torch.randn(8) + float(np.random.rand())

    return {"x": _numbered(data, noisy, shuffle=True), "validation_data": _loader(data)}


@sources.add(like_fit=False)
def curriculum(data: Data) -> dict[str, Any]:
    """A function of (epoch, start) with sample weights that a callback changes in place, and noise."""
    weights = SHARED["weights"] = np.ones(len(data.x), "float32")
    noise, passes = np.random.RandomState(4), []

    def batches(epoch: int, start: int) -> Iterator[tuple[Any, Any, Any]]:
        passes.append(epoch)
        order = np.random.default_rng(epoch).permutation(len(data.x))
        for number in range(start, BATCHES):
            rows = order[number * data.batch : (number + 1) * data.batch]
            x = data.x[rows] + noise.normal(size=(len(rows), 8)).astype("float32")
            yield x, data.y[rows], weights[rows]

    return {"x": batches, "validation_data": data.validation}


class Mixer:
    """Mixes samples, with a generator of its own."""

    def __init__(self) -> None:
        self.numbers, self.choice = np.random.RandomState(1), random.Random(2)

    def __call__(self, x: Any) -> Any:
        share = self.numbers.beta(0.4, 0.4)
        return (share * x + (1 - share) * x[:: self.choice.choice((1, -1))]).astype("float32")


class Replayed(keras.utils.PyDataset):
    """Repeats what a callback put into a buffer that both hold, in place of some samples."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data, self.mix = data, Mixer()
        self.targets = data.y.copy()  # those of the validation are part of data.y
        self.buffer = SHARED["buffer"] = deque(maxlen=4)

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        rows = slice(number * self.data.batch, (number + 1) * self.data.batch)
        return self.mix(self.data.x[rows]), self.targets[rows]

    def on_epoch_end(self) -> None:
        for number, loss in enumerate(self.buffer):
            self.targets[number] += loss


@sources.add(like_fit=False)
def replayed(data: Data) -> dict[str, Any]:
    """A PyDataset with generators in an object of its own, and a buffer that a callback fills."""
    return {"x": Replayed(data), "validation_data": data.validation}


@sources.add(like_fit=False)
def loader_with_sampler(data: Data) -> dict[str, Any]:
    """A DataLoader with a sampler that counts its passes and draws by weights that a callback changes."""
    import torch

    class Weighted(torch.utils.data.Sampler):
        def __init__(self) -> None:
            self.passes, self.generator = 0, torch.Generator().manual_seed(3)
            self.weights = SHARED["weights"] = np.ones(len(data.x), "float32")

        def __len__(self) -> int:
            return len(data.x)

        def __iter__(self) -> Iterator[int]:
            self.passes += 1
            weights = torch.from_numpy(self.weights) * (1 + self.passes % 2)
            drawn = torch.multinomial(weights, len(self), True, generator=self.generator)
            return iter(((drawn + self.passes) % len(self)).tolist())

    return {"x": _loader(data, sampler=Weighted()), "validation_data": _loader(data)}
