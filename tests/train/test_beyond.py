from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.train import keras_private, reachable
from kresume_nb.train.beyond import Beyond

layers = keras.layers


class Weighted(keras.losses.Loss):
    def __init__(self):
        super().__init__()
        self.weight = keras.Variable(1.0)

    def call(self, y_true, y_pred):
        return self.weight * keras.ops.mean((y_true - y_pred) ** 2, axis=-1)


class Odd(keras.Model):
    """State in every place that Keras' lists do not reach."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)
        self.second = keras.optimizers.Adam()
        self.more = {"third": [keras.optimizers.SGD(momentum=0.9)]}
        self.own = tf.Variable(1.0)
        self.generator = tf.random.Generator.from_seed(1)
        self.count, self.seen, self.table = 0, [], {}
        self.stream, self.numbers = random.Random(1), np.random.default_rng(1)
        self.large = np.zeros(1_000_000)

    def call(self, inputs):
        return self.dense(inputs)


def odd():
    model = Odd()
    model.compile("sgd", Weighted(), metrics=["mae"])
    keras_private.build(model, lambda: (np.ones((2, 2), "float32"), np.ones((2, 2), "float32")))
    return model


def changed(model):
    model.second.build(model.trainable_variables[:1])
    model.second.variables[2].assign(np.full((2, 2), 3.0))
    model.more["third"][0].build(model.trainable_variables)
    model.loss.weight.assign(5.0)
    model.own.assign(7.0)
    model.generator.normal((3,))
    model.count = 4
    model.seen.append((1, 2.5))
    model.table["best"] = float("nan")
    model.stream.random()
    model.numbers.random()
    return model


def captured(model, before=None):
    arrays = []
    beyond = before or Beyond(model)
    return beyond.capture(arrays), arrays


def test_nothing_is_found_where_keras_lists_hold_everything():
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.5)]
    )
    inner = keras.optimizers.Adam(use_ema=True, gradient_accumulation_steps=2)
    model.compile(keras.optimizers.LossScaleOptimizer(inner), "mse", metrics=["mae"])
    keras_private.build(model, lambda: (np.ones((2, 2), "float32"), np.ones((2, 3), "float32")))
    assert reachable.find(model) == reachable.Reachable()


def test_each_piece_is_found_under_the_path_that_leads_to_it():
    found = reachable.find(odd())
    assert sorted(found.optimizers) == ["model.more['third'][0]", "model.second"]
    assert sorted(found.variables) == ["model.generator", "model.loss.weight", "model.own"]
    assert {"model.count", "model.seen", "model.table", "model.stream", "model.numbers"} <= set(
        found.plain
    )


def test_the_same_code_finds_the_same_paths_in_every_process():
    one, other = reachable.find(odd()), reachable.find(odd())
    for kind in ("optimizers", "variables", "plain"):
        assert list(getattr(one, kind)) == list(getattr(other, kind))


def test_everything_that_changed_is_put_back_into_a_new_model():
    model = odd()
    before = Beyond(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    findings = Beyond(fresh).restore(state, arrays.__getitem__)
    assert fresh.second.built
    for mine, theirs in (
        (fresh.second, model.second),
        (fresh.more["third"][0], model.more["third"][0]),
    ):
        assert len(mine.variables) == len(theirs.variables)
        for one, other in zip(mine.variables, theirs.variables, strict=True):
            np.testing.assert_array_equal(np.array(one), np.array(other))
    assert (float(fresh.loss.weight), float(fresh.own)) == (5.0, 7.0)
    assert (
        fresh.generator.normal((2,)).numpy().tolist()
        == model.generator.normal((2,)).numpy().tolist()
    )
    assert (fresh.count, list(fresh.seen)) == (4, [(1, 2.5)])
    assert np.isnan(fresh.table["best"])
    assert fresh.stream.random() == model.stream.random()
    assert fresh.numbers.random() == model.numbers.random()
    assert {one.verdict for one in findings} == {"exact", "approximate"}
    assert "model.count" in next(one.detail for one in findings if one.verdict == "approximate")


def test_a_step_that_is_not_compiled_reads_attributes_each_time_so_they_are_exact():
    model = odd()
    before = Beyond(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    fresh.run_eagerly = True
    findings = Beyond(fresh).restore(state, arrays.__getitem__)
    assert {one.verdict for one in findings} == {"exact"}


def test_a_plain_attribute_that_training_leaves_alone_is_configuration():
    model = odd()
    state, arrays = captured(model)
    assert state["plain"] == {}
    fresh = odd()
    fresh.count = 77
    Beyond(fresh).restore(state, arrays.__getitem__)
    assert fresh.count == 77


def test_an_attribute_that_was_restored_is_saved_again():
    model = odd()
    state, arrays = captured(changed(model), Beyond(odd()))
    fresh = odd()
    beyond = Beyond(fresh)
    before = Beyond(model)
    model.count = 9
    state, arrays = captured(model, before)
    beyond.restore(state, arrays.__getitem__)
    again, _ = captured(fresh, beyond)
    assert again["plain"]["model.count"] == 9


def test_an_array_that_is_large_is_data_and_is_not_saved():
    model = odd()
    before = Beyond(model)
    model.large[:] = 1
    state, arrays = captured(model, before)
    assert "model.large" not in state["plain"]
    assert sum(one.nbytes for one in arrays) < 1000


def test_what_the_model_lacks_is_named_and_harms_no_other():
    model = odd()
    state, arrays = captured(changed(model), Beyond(model))
    fresh = odd()
    del fresh.own
    fresh.loss.weight = keras.Variable([1.0, 2.0])
    findings = Beyond(fresh).restore(state, arrays.__getitem__)
    (lost,) = (one for one in findings if one.verdict == "lost")
    assert "model.own" in lost.detail
    assert "model.loss.weight" in lost.detail
    assert fresh.second.built


def test_an_optimizer_over_variables_that_are_not_the_models_is_lost_and_named():
    model = odd()
    model.second.build([keras.Variable(np.ones(3))])
    state, arrays = captured(model)
    findings = Beyond(odd()).restore(state, arrays.__getitem__)
    assert "model.second" in next(one.detail for one in findings if one.verdict == "lost")


def test_a_snapshot_is_a_copy():
    model = odd()
    _, arrays = captured(changed(model))
    values = [one.copy() for one in arrays]
    model.own.assign(0.0)
    model.second.variables[2].assign(np.zeros((2, 2)))
    for one, other in zip(arrays, values, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("held", ["list", "dict"])
def test_a_container_that_others_hold_too_is_changed_in_place(held):
    model = odd()
    before = Beyond(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    container = fresh.seen if held == "list" else fresh.table
    Beyond(fresh).restore(state, arrays.__getitem__)
    assert container is (fresh.seen if held == "list" else fresh.table)
    assert len(container) == 1
