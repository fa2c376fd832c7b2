"""`Arrays` against what Keras' own `fit` makes of the same data: the same batches, bit by bit."""

from __future__ import annotations

import random

import jax.numpy
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf
import torch
from keras.src.trainers.data_adapters import data_adapter_utils
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from kresume_nb.errors import ArgumentError, UnsupportedDataError
from kresume_nb.train.sources import arrays
from kresume_nb.train.sources.arrays import Arrays
from kresume_nb.train.sources.in_memory import as_arrays, sample_count, split, weighted_by_class

SAMPLES = 26
NUMBERS = np.random.default_rng(0)
FLOATS = NUMBERS.normal(size=(SAMPLES, 3))
LABELS = NUMBERS.integers(0, 3, SAMPLES)
WEIGHTS = np.linspace(0.5, 1.5, SAMPLES)

CASES = {
    "float64": (FLOATS, FLOATS[:, :1], None, None),
    "float32": (FLOATS.astype("float32"), FLOATS[:, :1].astype("float32"), None, None),
    "float16": (FLOATS.astype("float16"), LABELS, None, None),
    "integers": (NUMBERS.integers(0, 255, (SAMPLES, 2, 2)).astype("uint8"), LABELS, None, None),
    "one dimension": (FLOATS[:, 0], LABELS, None, None),
    "booleans": (FLOATS > 0, LABELS.astype("int32"), None, None),
    "dicts": ({"a": FLOATS, "b": LABELS}, {"c": LABELS, "d": FLOATS[:, :2]}, None, None),
    "tuples": ((FLOATS, LABELS), (LABELS, FLOATS), None, None),
    "lists": ([FLOATS, LABELS], [LABELS, FLOATS], None, None),
    "nested": ({"a": [FLOATS, (LABELS,)]}, LABELS, None, None),
    "x alone": (FLOATS, None, None, None),
    "weights": (FLOATS, LABELS, WEIGHTS, None),
    "weights of outputs": (FLOATS, [LABELS, FLOATS], [WEIGHTS, WEIGHTS**2], None),
    "one weight for two outputs": (FLOATS, {"a": LABELS, "b": FLOATS}, WEIGHTS, None),
    "class weights": (FLOATS, LABELS, None, {0: 0.5, 2: 3.0}),
    "class weights, column": (FLOATS, LABELS[:, None], None, {0: 0.5, 1: 1, 2: 3.0}),
    "class weights, one-hot": (FLOATS, np.eye(3)[LABELS], None, {0: 0.5, 2: 3.0}),
    "tensors": (
        keras.ops.convert_to_tensor(FLOATS.astype("float32")),
        tf.constant(LABELS),
        None,
        None,
    ),
    "strings": (np.array([f"s{n}" for n in range(SAMPLES)], object), LABELS, None, None),
    "None in x": ({"a": FLOATS, "b": None}, LABELS, None, None),
    "None in y": (FLOATS, [LABELS, None], None, None),
    "None in nested x": (([FLOATS, None], {"c": None}), LABELS, None, None),
    "None in y and weights": (FLOATS, [LABELS, None], [WEIGHTS, None], None),
    "series": (pd.Series(FLOATS[:, 0]), pd.Series(LABELS), pd.Series(WEIGHTS), None),
    "series, class weights": (pd.Series(FLOATS[:, 0]), pd.Series(LABELS), None, {0: 0.5, 2: 3.0}),
    "frame": (pd.DataFrame(FLOATS), pd.DataFrame(LABELS), None, None),
    "frame of booleans and floats": (
        pd.DataFrame({"a": FLOATS[:, 0], "b": FLOATS[:, 0] > 0, "c": LABELS}),
        pd.Series(FLOATS[:, 1]),
        None,
        None,
    ),
    "frames in a dict": (
        {"a": pd.DataFrame(FLOATS), "b": pd.Series(LABELS)},
        pd.Series(LABELS),
        None,
        None,
    ),
    "SciPy, sparse": (scipy.sparse.random(SAMPLES, 9, 0.3, rng=1), LABELS, None, None),
    "SciPy, rows": (
        scipy.sparse.random(SAMPLES, 9, 0.3, "csr", "float32", rng=1),
        LABELS,
        None,
        None,
    ),
    "TensorFlow, sparse": (tf.sparse.from_dense(np.maximum(FLOATS, 0)), LABELS, None, None),
    "TensorFlow, ragged": (
        tf.RaggedTensor.from_row_lengths(np.arange(37.0), [n % 4 for n in range(SAMPLES)]),
        LABELS,
        None,
        None,
    ),
    "several libraries": (
        {"a": torch.tensor(FLOATS), "b": tf.constant(FLOATS), "c": jax.numpy.asarray(FLOATS)},
        torch.tensor(LABELS),
        None,
        None,
    ),
}


def ours(x, y, sample_weight, class_weight, **options):
    data = as_arrays(x, y, sample_weight)
    if class_weight is not None:
        data = weighted_by_class(data, class_weight)
    return reader(data, **options)


def reader(data, *, batch_size=8, shuffle=False, seed=7):
    made = Arrays(data, batch_size=batch_size, shuffle=shuffle)
    made.seed = seed
    return made


def theirs(x, y, sample_weight, class_weight, batch_size=8):
    adapter = ArrayDataAdapter(
        x, y, sample_weight, batch_size=batch_size, shuffle=False, class_weight=class_weight
    )
    return adapter.get_tf_dataset()


def assert_same_batch(one, other):
    assert keras.tree.pack_sequence_as(other, keras.tree.flatten(one)) is not None
    keras.tree.assert_same_structure(one, other)
    for left, right in zip(keras.tree.flatten(one), keras.tree.flatten(other), strict=True):
        if right is None:
            assert left is None
            continue
        assert left.dtype == right.dtype
        for mine, theirs in zip(parts(left), parts(right), strict=True):
            np.testing.assert_array_equal(mine.numpy(), theirs.numpy(), strict=True)


def parts(value):
    """What a tensor of any kind is made of."""
    return tf.nest.flatten(value, expand_composites=True)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch_size", [8, 13])
def test_batches_dtypes_and_static_shapes_are_those_of_keras(case, batch_size):
    source = ours(*CASES[case], batch_size=batch_size)
    mine = source.open(0, 0)
    keras_own = theirs(*CASES[case], batch_size=batch_size)
    keras.tree.assert_same_structure(mine.element_spec, keras_own.element_spec)
    specs = zip(
        keras.tree.flatten(mine.element_spec),
        keras.tree.flatten(keras_own.element_spec),
        strict=True,
    )
    for left, right in specs:
        if not isinstance(right, tf.TypeSpec) or not hasattr(right, "dtype"):
            assert type(left) is type(right)
            continue
        assert type(left) is type(right)
        assert (left.shape.as_list(), left.dtype) == (right.shape.as_list(), right.dtype)
    batches = list(mine)
    assert len(batches) == source.batches == len(list(keras_own))
    for left, right in zip(batches, keras_own, strict=True):
        assert_same_batch(left, right)


TEXT = [["s1", "ä"], ["s2", "b"]]


@pytest.mark.parametrize(
    "value",
    [np.array(TEXT), np.array(TEXT, object), pd.DataFrame(TEXT), pd.DataFrame(TEXT, dtype=object)],
    ids=["NumPy", "objects", "frame", "frame of objects"],
)
def test_text_that_keras_does_not_take_is_taken(value):
    ((batch, _),) = reader(as_arrays(value, LABELS[:2], None)).open(0, 0)
    assert [[one.decode() for one in row] for row in batch.numpy()] == TEXT


def test_a_column_of_text_and_one_of_objects_are_columns():
    x = {
        "a": pd.Series(["s1", "s2"]),
        "b": pd.Series([1, True], dtype=object),
        "c": pd.DataFrame({"a": np.float32([1, 2]), "b": [True, False]}),
        "d": pd.DataFrame({"a": pd.Series([1, 2], dtype=object), "b": [True, False]}),
    }
    (batch,) = reader(as_arrays(x, None, None)).open(0, 0)
    assert batch["a"].numpy().tolist() == [[b"s1"], [b"s2"]]
    assert batch["b"].numpy().tolist() == [[1], [1]]
    assert batch["c"].numpy().tolist() == batch["d"].numpy().tolist() == [[1, 1], [2, 0]]
    assert all(batch[name].dtype == "float32" for name in "bcd")


@pytest.mark.parametrize(
    "value", [np.array([object()]), np.array(["a", 1], object), pd.Series(["a", None])]
)
def test_objects_that_are_neither_text_nor_numbers_are_refused(value):
    with pytest.raises(UnsupportedDataError, match=r"x holds a .* neither numbers nor text"):
        as_arrays(value, None, None)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_a_validation_split_is_that_of_keras(fraction):
    from keras.src.trainers.data_adapters import array_slicing

    for case in ("float64", "dicts", "weights", "tensors", "None in x", "series", "SciPy, rows",
                 "TensorFlow, sparse"):  # fmt: skip
        x, y, weights, _ = CASES[case]
        training, validation = split(as_arrays(x, y, weights), fraction)
        parts = array_slicing.train_validation_split((x, y, weights), fraction)
        for mine, part in zip((training, validation), parts, strict=True):
            batches = reader(mine).open(0, 0)
            for left, right in zip(batches, theirs(*part, None), strict=True):
                assert_same_batch(left, right)


@pytest.mark.parametrize("shuffle", [True, "batch", False])
@pytest.mark.parametrize("samples", [24, 26])
def test_an_epoch_can_be_taken_up_at_any_batch(shuffle, samples):
    x = np.arange(samples, dtype="float32")
    source = reader(x, shuffle=shuffle)
    for epoch in (0, 3):
        whole = [batch.numpy().tolist() for batch in source.open(epoch, 0)]
        assert sorted(one for batch in whole for one in batch) == x.tolist()
        for start in range(source.batches):
            rest = source.open(epoch, start)
            assert [batch.numpy().tolist() for batch in rest] == whole[start:]


def test_an_epoch_in_several_blocks_is_one(monkeypatch):
    x = np.arange(50, dtype="float32")
    whole = [
        one.numpy().tolist() for one in reader(x, batch_size=4, shuffle=True, seed=1).open(2, 0)
    ]
    monkeypatch.setattr(arrays, "_BLOCK", 9)
    source = reader(x, batch_size=4, shuffle=True, seed=1)
    for start in (0, 1, 2, 5):
        assert [one.numpy().tolist() for one in source.open(2, start)] == whole[start:]


def test_epochs_come_in_orders_of_their_own_given_by_the_seed():
    x = np.arange(64, dtype="float32")

    def epoch(seed, number):
        dataset = reader(x, shuffle=True, seed=seed).open(number, 0)
        return tuple(float(one) for batch in dataset for one in batch)

    orders = {(seed, number): epoch(seed, number) for seed in (1, 2) for number in (0, 1)}
    assert len(set(orders.values())) == 4
    assert orders[1, 0] == epoch(1, 0)
    source = reader(x, shuffle=True, seed=1)
    again = [tuple(float(v) for b in source.open(n, 0) for v in b) for n in (1, 0, 1)]
    assert again == [orders[1, 1], orders[1, 0], orders[1, 1]]


def test_a_shuffle_of_batches_stays_within_each():
    x = np.arange(26, dtype="float32")
    source = reader(x, shuffle="batch", seed=3)
    seen = set()
    for epoch in range(4):
        batches = [batch.numpy() for batch in source.open(epoch, 0)]
        for number, batch in enumerate(batches):
            assert sorted(batch) == list(range(number * 8, min(number * 8 + 8, 26)))
        seen.add(tuple(np.concatenate(batches)))
        firsts = [tuple(batch - batch.min()) for batch in batches[:3]]
        assert len(set(firsts)) == 3, "each batch has an order of its own"
    assert len(seen) == 4


def test_no_random_stream_of_the_user_s_is_advanced():
    keras.utils.set_random_seed(5)
    generator = tf.random.get_global_generator()
    before = (random.getstate(), repr(np.random.get_state()), generator.state.numpy().tolist())
    source = reader(FLOATS, shuffle=True)
    for epoch in range(2):
        list(source.open(epoch, 0))
    list(source.open(1, 2))
    assert (
        random.getstate(),
        repr(np.random.get_state()),
        generator.state.numpy().tolist(),
    ) == before


def test_the_data_set_of_whole_epochs_is_made_once(monkeypatch):
    source, made = reader(FLOATS, shuffle=True), []
    make = source._dataset
    monkeypatch.setattr(source, "_dataset", lambda start: made.append(start) or make(start))
    assert [len(list(source.open(*place))) for place in ((0, 0), (1, 0), (1, 3))] == [4, 4, 1]
    assert made == [0, 3]


def test_the_first_batch_is_the_first_samples():
    source = ours(*CASES["dicts"], batch_size=100)
    x, y = source.first_batch()
    assert x["a"].shape == (SAMPLES, 3)
    assert np.asarray(y["c"]).tolist() == LABELS.tolist()


def test_samples_are_counted_and_must_agree():
    assert sample_count({"a": FLOATS, "b": (LABELS,)}) == SAMPLES
    for data in ((FLOATS, LABELS[:-1]), (FLOATS[:0],), (np.float32(1),), (FLOATS, np.float32(1))):
        with pytest.raises(ArgumentError, match=r"have the shapes .* same number of samples"):
            sample_count(data)


@pytest.mark.parametrize("fraction", [0.99999, 1.0, 1.5, -0.5])
def test_a_split_that_leaves_nothing_is_refused(fraction):
    with pytest.raises(ArgumentError, match=f"validation_split={fraction}"):
        split(FLOATS, fraction)


@pytest.mark.parametrize(
    "value",
    [[1.0, 2.0], "text", 5, iter([]), {"a": [1, 2]}, {"a": FLOATS, "b": "text"}],
)
def test_what_is_not_in_arrays_is_refused(value):
    with pytest.raises(UnsupportedDataError, match="x holds a ") as caught:
        as_arrays(value, None, None)
    assert isinstance(caught.value, TypeError)


def test_the_order_is_computed_in_stretches(monkeypatch):
    """Training starts before an epoch's order is known."""
    source = reader(np.zeros(100_000, "int8"), batch_size=128, shuffle=True, seed=1)
    stretches, compute = [], source.indices

    def watched(epoch, start, stop):
        stretches.append((start, stop))
        return compute(epoch, start, stop)

    monkeypatch.setattr(source, "indices", watched)
    assert sum(1 for _ in source.open(0, 0)) == source.batches
    assert max((stop - start) * 128 for start, stop in stretches) <= arrays._BLOCK
    covered = [one for start, stop in sorted(stretches) for one in range(start, stop)]
    assert covered == list(range(source.batches))


def test_keras_still_weighs_classes_as_is_done_here():
    expected = data_adapter_utils.class_weight_to_sample_weights(LABELS, {0: 0.5, 2: 3.0})
    made = weighted_by_class(as_arrays(FLOATS, LABELS, None), {0: 0.5, 2: 3.0})[2]
    np.testing.assert_array_equal(made, np.asarray(expected))
