"""Pins the private Keras API about data that `keras_data.py` stands on."""

from __future__ import annotations

import inspect
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.train.keras_compat import keras_data
from kresume_nb.train.keras_compat.keras_data import Feed

X = np.arange(24, dtype="float32").reshape(12, 2)
Y = X[:, :1]


def dense():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def batches():
    return ((X[at : at + 4] / 24, Y[at : at + 4] / 24) for at in (0, 4, 8))


def test_fit_takes_a_feed_and_trains_on_what_it_yields():
    feed = Feed(keras_data.converted(batches, list(batches())[:2]))
    feed.batches = 3
    ours, theirs = dense(), dense()
    history = ours.fit(feed, epochs=2, verbose=0).history
    assert history == theirs.fit(X / 24, Y / 24, 4, 2, shuffle=False, verbose=0).history


def test_a_feed_hears_when_epochs_begin_and_end_and_makes_one_iterator_more():
    told = []

    def make():
        told.append("iterator")
        return iter(dataset)

    dataset = tf.data.Dataset.from_tensor_slices((X / 24, Y / 24)).batch(4)
    feed = Feed(make, begin=lambda: told.append("begin"), end=lambda: told.append("end"))
    feed.batches = 3
    dense().fit(feed, verbose=0)
    assert told == ["end", "begin", "iterator", "iterator", "end"]


def test_a_feed_of_unknown_length_ends_with_its_batches():
    made = keras_data.converted(batches, list(batches())[:2])
    seen = []
    counter = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, **_: seen.append(batch)
    )
    with warnings.catch_warnings():  # until Keras 3.15: later ones take it for no interruption
        warnings.filterwarnings("ignore", message=".*ran out of data")
        dense().fit(Feed(made), verbose=0, callbacks=[counter])
    assert seen == [0, 1, 2]


def test_a_feed_gives_jax_batches_as_each_version_asks_for_them():
    feed = Feed(lambda: iter([X[:2], X[2:4], X[4:6]]))
    wanted = inspect.signature(keras_data.TFDatasetAdapter.get_jax_iterator).parameters
    assert len(list(feed.get_jax_iterator(**dict.fromkeys({*wanted} - {"self"})))) == 3
    if "super_batch" in wanted:  # since Keras 3.16
        pytest.importorskip("jax")
        whole, rest = feed.get_jax_iterator(super_batch=2)
        assert whole.shape == (2, 2, 2)
        assert len(rest) == 1


def test_one_iterator_serves_several_fits():
    whole = tf.data.Dataset.from_tensor_slices((X / 24, Y / 24)).repeat().batch(4)
    iterator = iter(whole)
    ours, theirs = dense(), dense()
    losses = [
        ours.fit(Feed(lambda: iterator), steps_per_epoch=2, shuffle=False, verbose=0).history[
            "loss"
        ][0]
        for _ in range(3)
    ]
    assert (
        losses
        == theirs.fit(whole, steps_per_epoch=2, epochs=3, shuffle=False, verbose=0).history["loss"]
    )


def test_evaluate_takes_a_feed():
    feed = Feed(keras_data.converted(batches, list(batches())[:2]))
    feed.batches = 3
    model = dense()
    assert model.evaluate(feed, verbose=0) == model.evaluate(X / 24, Y / 24, 4, verbose=0)


def test_a_closed_iterator_of_jax_leaves_what_it_read_from_open():
    source = iter(range(5))
    iterator = Feed(lambda: source).get_jax_iterator()
    assert next(iterator) == 0
    iterator.close()
    assert next(source) == 1


def test_a_pydataset_is_read_as_keras_reads_it():
    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, number):
            return [X[number * 4 : number * 4 + 4], np.array([0, 1, 0, 2])]

    for options in ({}, {"workers": 2}):
        read = list(keras_data.PyDatasetBatches(Rows(**options), {0: 1.0, 1: 5.0}))
        assert [type(batch) for batch in read] == [tuple] * 3
        assert [batch[0][0, 0] for batch in read] == [0, 8, 16]
        assert read[0][2].tolist() == [1, 5, 1, 1]


def test_class_weights_become_sample_weights():
    dataset = tf.data.Dataset.from_tensors((X[:2], np.array([0, 1])))
    (batch,) = keras_data.class_weighted(dataset, {0: 2.0, 1: 3.0})
    assert batch[2].numpy().tolist() == [2, 3]


def test_attributes_of_a_pydataset_are_known():
    assert {"_workers", "_use_multiprocessing", "_max_queue_size"} == keras_data.OF_PY_DATASET
    assert set(vars(keras.utils.PyDataset())) <= keras_data.OF_PY_DATASET
