"""A model whose class has a `fit` of its own, as keras-hub's tasks have, trains by it and resumes."""

from __future__ import annotations

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kresume_nb as kr
from kresume_nb.errors import ArgumentError
from kresume_nb.train.loop.own_fit import defines

WORDS = np.array(["red", "blue", "cat", "dog", "runs", "sleeps"])
TEXTS = np.array([" ".join(one) for one in np.random.default_rng(0).choice(WORDS, (40, 5))], object)
LABELS = np.array(["cat" in one for one in TEXTS]).astype("int32")
HELD_OUT = TEXTS[:12], LABELS[:12]


class Pipeline(keras.Model):
    """Prepares what `fit` and `evaluate` are given within a `tf.data` of its own."""

    def prepared(self, x, y, batch_size):
        if not isinstance(x, tf.data.Dataset):
            x = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size or 32)
        elif batch_size is not None:
            raise ValueError("a data set has its batch size")
        return x.map(lambda x, y: (self.preprocessor(x), y), num_parallel_calls=tf.data.AUTOTUNE)

    def fit(self, x=None, y=None, batch_size=None, validation_data=None, **more):
        if validation_data is not None and not isinstance(validation_data, tf.data.Dataset):
            validation_data = tf.data.Dataset.from_tensor_slices(validation_data).batch(8)
        x = self.prepared(x, y, batch_size)
        return super().fit(x=x, batch_size=None, validation_data=validation_data, **more)

    def evaluate(self, x=None, y=None, batch_size=None, **more):
        more.pop("_use_cached_eval_dataset", None)
        return super().evaluate(x=self.prepared(x, y, batch_size), batch_size=None, **more)


class Classifier(Pipeline):
    """A functional model with a preprocessor that is no part of it."""

    def __init__(self):
        ids = keras.Input((5,), dtype="int32")
        hidden = layers.Dropout(0.3)(layers.Flatten()(layers.Embedding(9, 4)(ids)))
        super().__init__(ids, layers.Dense(2, "softmax")(hidden))
        self.preprocessor = layers.TextVectorization(
            vocabulary=list(WORDS), output_sequence_length=5
        )
        loss = "sparse_categorical_crossentropy"
        self.compile("adam", loss, metrics=["accuracy"], run_eagerly=True)


def classifier(seed=3):
    keras.utils.set_random_seed(seed)
    return Classifier()


class Stop(keras.callbacks.Callback):
    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) == 8:
            raise KeyboardInterrupt


def train(model, place, **options):
    given = {"batch_size": 8, "epochs": 3, "validation_data": HELD_OUT, "verbose": 0}
    return kr.fit(model, TEXTS, LABELS, **given, folder=place, run="texts", **options)


@pytest.fixture
def own_fit(monkeypatch):
    """Gives `keras.Model` a subclass with this `fit`; and sees to it that Keras has its own back."""
    before = keras.Model.fit

    def make(fit):
        class Own(keras.Sequential):
            pass

        Own.fit = fit
        made = Own([keras.Input((1,)), layers.Dense(1)])
        made.compile("sgd", "mse", run_eagerly=True)
        return made

    yield make
    assert keras.Model.fit is before
    assert "fit" not in vars(keras.Model)


def test_raw_texts_are_trained_on_as_the_models_fit_does(place):
    expected, model = classifier(), classifier()
    options = {"batch_size": 8, "epochs": 3, "validation_data": HELD_OUT, "verbose": 0}
    history = expected.fit(TEXTS, LABELS, shuffle=False, **options)
    assert train(model, place).history == history.history
    for ours, theirs in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_goes_on_exactly_after_it_was_broken_off(place, tmp_path):
    expected = classifier()
    history = train(expected, tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        train(classifier(), place, callbacks=[Stop()])
    model = classifier(seed=4)
    assert train(model, place).history == history.history
    for ours, theirs in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert kr.load_run(place / "texts-001").report.exact


def test_it_gets_what_was_given_and_its_own_defaults_count(own_fit, place):
    seen = []

    def fit(self, data, epochs=2, **more):
        seen.append((data, more))
        super(type(self), self).fit(*data, epochs=epochs, verbose=0)
        return "what it returns"

    model = own_fit(fit)
    data = np.ones((4, 1)), np.ones((4, 1))
    assert kr.fit(model, data, flag=7, folder=place, run="mine") == "what it returns"
    assert seen == [(data, {"flag": 7})]
    assert len(kr.load_run(place / "mine-001").history["loss"]) == 2


def test_what_keras_or_kresume_refuse_is_refused_within_it(own_fit, place):
    model = own_fit(lambda self, *given, **more: super(type(self), self).fit(*given, **more))
    with pytest.raises(ArgumentError, match="epochs=-1"):
        kr.fit(model, np.ones((4, 1)), np.ones((4, 1)), epochs=-1, folder=place)
    assert list(place.iterdir()) == []


def test_a_fit_that_trains_without_keras_own_is_told(own_fit, place):
    model = own_fit(lambda *_, **__: "its own loop")
    with pytest.warns(UserWarning, match="Own.fit trained without calling keras.Model.fit"):
        assert kr.fit(model, np.ones((4, 1)), folder=place) == "its own loop"


def test_another_model_that_is_trained_within_it_is_not_taken_for_it(own_fit, place):
    other = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    other.compile("sgd", "mse")

    def fit(self, x, y):
        other.fit(x, y, verbose=0, epochs=2)
        return super(type(self), self).fit(x, y, verbose=0)

    kr.fit(own_fit(fit), np.ones((4, 1)), np.ones((4, 1)), folder=place, run="mine")
    assert int(other.optimizer.iterations) == 2
    assert [one.name for one in place.iterdir()] == ["mine-001"]


def test_a_library_that_replaces_keras_fit_has_not_defined_a_models_own(monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", functools.partialmethod(keras.Model.fit, verbose=0))
    assert not defines(keras.Sequential(), "fit")
    assert defines(Classifier(), "fit")


def test_a_shuffle_that_only_the_models_evaluate_sees_is_told(place):
    held_out = tf.data.Dataset.from_tensor_slices(HELD_OUT).shuffle(12, seed=1).batch(8)

    def attempt(**options):
        given = {"batch_size": 8, "epochs": 2, "verbose": 0, "validation_data": held_out}
        kr.fit(classifier(), TEXTS, LABELS, **given, folder=place, run="texts", **options)

    with pytest.raises(KeyboardInterrupt):
        attempt(callbacks=[Stop()])
    with pytest.warns(UserWarning, match="validation data: the model evaluates by a method of its"):
        attempt()
