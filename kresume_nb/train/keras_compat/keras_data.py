"""Private Keras API about data, each use with its reason and a test that pins it.

* `Feed` is a data adapter. `fit` takes one as it is ("custom data adapter"), asks it for an iterator
  when an epoch begins, and trains on what that yields. Through it one pipeline and one iterator can
  serve many `fit` calls, and an epoch can begin in its middle. It also makes a `fit` call cheap: 4 ms
  on TensorFlow, where a new data set costs 39.
* `class_weighted`, `py_dataset_batches` and `standard_batches` are Keras' own ways from what a user
  passes to batches, so that they mean here what they mean in `fit`.
* `held`, `Cut` and `split` are how Keras' array adapter holds and cuts what is in memory, whatever
  it is: NumPy arrays, tensors of any backend, pandas, sparse and ragged ones, strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras

from kresume_nb.train.keras_compat.keras_versions import find

TFDatasetAdapter = find("TFDatasetAdapter")
PyDatasetAdapter = find("PyDatasetAdapter")
PEEKED = 2
"""Batches that Keras looks at to learn which dimensions vary; what a test holds equal."""


OF_PY_DATASET = frozenset({"_workers", "_use_multiprocessing", "_max_queue_size"})
"""Attributes that `PyDataset` has of its own."""


class Feed(find("DataAdapter")):  # type: ignore[misc]
    """What `fit` takes its batches from.

    Args:
        make_iterator: returns what the backend's trainer iterates over. Called once when an epoch's
            first batch is wanted, and once more when an epoch of known length has ended: Keras makes
            an iterator there that it never reads.
        begin, end: called when an epoch of data begins, and when it has been read to its end.
    """

    def __init__(
        self,
        make_iterator: Callable[[], Iterator[Any]],
        *,
        begin: Callable[[], None] | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        self._make_iterator = make_iterator
        self._begin, self._end = begin, end
        self.batches: int | None = None

    def __iter__(self) -> Iterator[Any]:
        return self._make_iterator()

    def _self(self) -> Feed:
        return self

    get_tf_dataset = get_torch_dataloader = get_numpy_iterator = _self

    def get_jax_iterator(self, super_batch: int | None = None) -> Iterator[Any]:
        """On JAX the iterator that Keras never reads is never made: this begins with the first batch.

        Args:
            super_batch: as many batches as Keras wants in one array, since 3.16: its own adapter does it.
        """
        batches = self._batches()
        if not super_batch:
            return batches
        stacking: Iterator[Any] = _Converted(lambda: batches, []).get_jax_iterator(super_batch)
        return stacking

    def _batches(self) -> Iterator[Any]:
        # Not `yield from`, which would close an iterator that is to serve the next epoch too.
        for batch in self._make_iterator():  # noqa: UP028
            yield batch

    @property
    def num_batches(self) -> int | None:
        """Of what is left of the epoch; None if nobody knows."""
        return self.batches

    batch_size = has_partial_batch = partial_batch_size = None

    def on_epoch_begin(self) -> None:
        """Keras: an epoch of data begins."""
        if self._begin is not None:
            self._begin()

    def on_epoch_end(self) -> None:
        """Keras: it has ended. Said before the first epoch of each `fit`, too."""
        if self._end is not None:
            self._end()


class _Converted(find("GeneratorDataAdapter")):  # type: ignore[misc]
    """Keras' conversion of Python batches to what each backend trains on, around our own batches."""

    def __init__(self, batches: Callable[[], Iterable[Any]], first: list[Any]) -> None:
        self.generator = batches
        self._first_batches = first
        self._output_signature = None

    def get_tf_dataset(self) -> Any:
        """Without TensorFlow's tuning thread.

        There is nothing to tune in one Python generator, and the thread keeps an iterator that is let
        go, as one is at every epoch's end, waiting for up to 0.3 s.
        """
        import tensorflow as tf

        options = tf.data.Options()
        options.autotune.enabled = False
        return super().get_tf_dataset().with_options(options)


def converted(
    batches: Callable[[], Iterable[Any]], first: list[Any]
) -> Callable[[], Iterator[Any]]:
    """A function that makes iterators for `Feed` from Python batches.

    Args:
        batches: yields batches, from the beginning each time that it is called. On TensorFlow
            another thread calls it, and reads ahead.
        first: up to `PEEKED` batches as it would yield them; on TensorFlow they tell the shapes.
    """
    return iterators(_Converted(batches, first))


def standard_batches(dataset: Any) -> Callable[[], Iterator[Any]]:
    """A function that makes Keras' iterators over a `tf.data` as it is."""
    return iterators(TFDatasetAdapter(dataset))


def adapter(x: Any, y: Any, sample_weight: Any, batch_size: int) -> Any:
    """Keras' own adapter, for validation data."""
    return find("get_data_adapter")(x, y, sample_weight, batch_size=batch_size)


def iterators(adapter: Any) -> Callable[[], Iterator[Any]]:
    """A function that makes Keras' iterators over an adapter's data, for `Feed`."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        dataset = adapter.get_tf_dataset()
        return lambda: iter(dataset)
    if backend == "torch":
        return lambda: iter(adapter.get_torch_dataloader())
    return lambda: iter(adapter.get_jax_iterator())


def draw_for_a_loader() -> None:
    """Draws from torch's stream what making the iterator of a `DataLoader` draws.

    Keras has made one when it has looked at a batch.
    """
    if keras.backend.backend() == "torch":
        from torch.utils.data import DataLoader

        iter(DataLoader([0]))


def as_numpy(batch: Any) -> Any:
    """A batch as NumPy arrays."""
    return next(find("get_numpy_iterator")([batch]))


def class_weighted(dataset: Any, class_weight: dict[int, float] | None) -> Any:
    """A `tf.data` with the class weights as sample weights, as `fit` would train on it."""
    return TFDatasetAdapter(dataset, class_weight=class_weight).get_tf_dataset()


class PyDatasetBatches:
    """Keras' reading of a `PyDataset`, workers included, one pass over it."""

    def __init__(
        self, dataset: keras.utils.PyDataset, class_weight: dict[int, float] | None
    ) -> None:
        self._adapter = PyDatasetAdapter(dataset, class_weight=class_weight)

    def standard(self, batch: Any) -> Any:
        """A batch as Keras trains on it."""
        return self._adapter._standardize_batch(batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._adapter._get_iterator()
        finally:
            if self._adapter.enqueuer is not None:
                self._adapter.enqueuer.stop()


def can_hold(value: Any) -> bool:
    """Whether Keras takes this leaf of `x`, `y` or `sample_weight` for data in memory."""
    return bool(find("array_slicing.can_slice_array")(value))


def held(value: Any) -> Any:
    """A leaf as Keras' array adapter holds it: floats as `floatx`, strings as the backend's."""
    sliceable = find("array_slicing.convert_to_sliceable")(value)
    return None if value is None else _unwrapped(sliceable.array)


def split(arrays: Any, fraction: float) -> tuple[Any, Any]:
    """A structure's first part, and the last `fraction` of its samples."""
    parts: tuple[Any, Any] = find("array_slicing.train_validation_split")(arrays, fraction)
    return parts


def rows(value: Any, indices: Any) -> Any:
    """Some rows of a leaf, as a NumPy array; of what is sparse or ragged as it is."""
    sliceable = find("array_slicing.convert_to_sliceable")(value)
    picked = sliceable[indices]
    return picked if isinstance(sliceable, _NOT_DENSE) else sliceable.convert_to_numpy(picked)


class Cut:
    """Cuts batches from one leaf that Keras can hold, as Keras' array adapter does.

    On TensorFlow `batch` runs within `tf.data`, and gives tensors; elsewhere it gives what the
    backend converts batches from.
    """

    def __init__(self, value: Any) -> None:
        backend = keras.backend.backend()
        sliceable = find("array_slicing.convert_to_sliceable")(value)
        if value is None:
            self.batch: Callable[[Any], Any] = lambda indices: None  # noqa: ARG005
        elif backend == "tensorflow":
            self.batch = _tensorflow_cut(sliceable)
        else:
            if isinstance(
                sliceable, find("array_slicing.PandasSliceable")
            ):  # once, not at every batch
                value = sliceable.convert_to_numpy(sliceable.array)
            cut = find("array_slicing.convert_to_sliceable")(value, target_backend=backend)
            convert = getattr(cut, f"convert_to_{backend}_compatible")
            self.batch = lambda indices: convert(cut[indices])


_NOT_DENSE = (
    find("array_slicing.TensorflowRaggedSliceable"),
    find("array_slicing.TensorflowSparseSliceable"),
    find("array_slicing.JaxSparseSliceable"),
    find("array_slicing.ScipySparseSliceable"),
)


def _unwrapped(array: Any) -> Any:
    sparse = isinstance(array, find("array_slicing.TensorflowSparseWrapper"))
    return array.sparse if sparse else array


def _tensorflow_cut(sliceable: Any) -> Callable[[Any], Any]:
    import tensorflow as tf

    array = sliceable.array
    if not isinstance(array, find("array_slicing.TensorflowSparseWrapper")):
        array = sliceable.convert_to_tf_dataset_compatible(array)
    if isinstance(array, find("array_slicing.TensorflowSparseWrapper")):
        return lambda indices: find("array_slicing.slice_tensorflow_sparse_wrapper")(array, indices)
    tensor = array if tf.is_tensor(array) else tf.convert_to_tensor(array)
    return lambda indices: tf.gather(tensor, indices, axis=0)
