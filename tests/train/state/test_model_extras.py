from __future__ import annotations

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.train.keras_compat import compiled_step, keras_private
from kresume_nb.train.state import model_attributes
from kresume_nb.train.state.encoding import Decoder, Encoder
from kresume_nb.train.state.model_extras import ExtraModelState

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
    beyond = before or ExtraModelState(model)
    encoder = Encoder(arrays, *beyond.collect())
    return beyond.capture(encoder), arrays


def test_nothing_is_found_where_keras_lists_hold_everything():
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.5)]
    )
    inner = keras.optimizers.Adam(use_ema=True, gradient_accumulation_steps=2)
    model.compile(keras.optimizers.LossScaleOptimizer(inner), "mse", metrics=["mae"])
    keras_private.build(model, lambda: (np.ones((2, 2), "float32"), np.ones((2, 3), "float32")))
    found = model_attributes.find(model)
    assert found.optimizers == found.variables == {}
    named = ["model", *(f"model.layers[{number}]" for number in range(3))]
    assert list(found.layers)[:4] == named
    assert {"model.layers[2].rate", "model.optimizer.inner_optimizer.clipnorm"} <= set(found.plain)


def test_each_piece_is_found_under_the_path_that_leads_to_it():
    found = model_attributes.find(odd())
    assert sorted(found.optimizers) == ["model.more['third'][0]", "model.second"]
    assert sorted(found.variables) == ["model.generator", "model.loss.weight", "model.own"]
    assert {"model.count", "model.seen", "model.table", "model.stream", "model.numbers"} <= set(
        found.plain
    )


def test_the_same_code_finds_the_same_paths_in_every_process():
    one, other = model_attributes.find(odd()), model_attributes.find(odd())
    for kind in ("optimizers", "variables", "plain"):
        assert list(getattr(one, kind)) == list(getattr(other, kind))


def test_everything_that_changed_is_put_back_into_a_new_model():
    model = odd()
    before = ExtraModelState(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    findings = ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
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
    before = ExtraModelState(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    fresh.run_eagerly = True
    findings = ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    assert {one.verdict for one in findings} == {"exact"}


def test_a_plain_attribute_that_training_leaves_alone_is_configuration():
    model = odd()
    state, arrays = captured(model)
    assert state["plain"] == {}
    fresh = odd()
    fresh.count = 77
    ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    assert fresh.count == 77


def test_an_attribute_that_was_restored_is_saved_again():
    model = odd()
    state, arrays = captured(changed(model), ExtraModelState(odd()))
    fresh = odd()
    beyond = ExtraModelState(fresh)
    before = ExtraModelState(model)
    model.count = 9
    state, arrays = captured(model, before)
    beyond.restore(state, Decoder(arrays.__getitem__))
    again, _ = captured(fresh, beyond)
    assert again["plain"]["model.count"] == 9


def test_an_array_that_is_large_is_data_and_is_not_saved():
    model = odd()
    before = ExtraModelState(model)
    model.large[:] = 1
    state, arrays = captured(model, before)
    assert "model.large" not in state["plain"]
    assert sum(one.nbytes for one in arrays) < 1000


def test_what_the_model_lacks_is_named_and_harms_no_other():
    model = odd()
    state, arrays = captured(changed(model), ExtraModelState(model))
    fresh = odd()
    del fresh.own
    fresh.loss.weight = keras.Variable([1.0, 2.0])
    findings = ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    (lost,) = (one for one in findings if one.verdict == "lost")
    assert "model.own" in lost.detail
    assert "model.loss.weight" in lost.detail
    assert fresh.second.built


def test_an_optimizer_over_variables_that_are_not_the_models_is_lost_and_named():
    model = odd()
    model.second.build([keras.Variable(np.ones(3))])
    state, arrays = captured(model)
    findings = ExtraModelState(odd()).restore(state, Decoder(arrays.__getitem__))
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
    before = ExtraModelState(model)
    state, arrays = captured(changed(model), before)
    fresh = odd()
    container = fresh.seen if held == "list" else fresh.table
    ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    assert container is (fresh.seen if held == "list" else fresh.table)
    assert len(container) == 1


class Sums(keras.Model):
    """Variables in containers, beside plain values."""

    def __init__(self, make):
        super().__init__()
        self.several = [make(), make()]
        self.named = {"one": make(), "count": 0, "inner": [make()]}
        self.pair = (make(), 0)
        self.compile("sgd", "mse")

    def variables_held(self):
        return [*self.several, self.named["one"], *self.named["inner"], self.pair[0]]


@pytest.mark.parametrize(
    "make",
    [lambda: tf.Variable(tf.zeros(2)), lambda: keras.Variable(np.zeros(2, "float32"))],
    ids=["tensorflow", "keras"],
)
def test_variables_in_containers_stay_the_same_objects(make):
    model = Sums(make)
    beyond = ExtraModelState(model)
    for number, one in enumerate(model.variables_held()):
        one.assign(np.full(2, number + 1.0, "float32"))
    model.named["count"], model.pair = 4, (model.pair[0], 5)
    state, arrays = captured(model, beyond)

    fresh = Sums(make)
    held = fresh.variables_held()
    ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))

    assert all(one is two for one, two in zip(fresh.variables_held(), held, strict=True))
    assert [float(keras.ops.convert_to_numpy(one)[0]) for one in held] == [1, 2, 3, 4, 5]
    assert (fresh.named["count"], fresh.pair[1]) == (4, 5)


class Private(layers.Layer):
    """A layer of a person's that keeps its state in private attributes."""

    def __init__(self):
        super().__init__()
        self._count, self._seen = 0, set()

    def call(self, inputs):
        return inputs


def simple(extra=()):
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(2), layers.Dropout(0.5), *extra, layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse")
    keras_private.build(model, lambda: (np.ones((4, 2), "float32"), np.ones((4, 1), "float32")))
    return model


def test_private_attributes_are_state_but_those_of_keras():
    found = model_attributes.find(simple([Private()]))
    private = {path for path in found.plain if path.rpartition(".")[2].startswith("_")}
    assert private == {"model.layers[2]._count", "model.layers[2]._seen"}


def test_attributes_of_keras_layers_and_optimizers_are_put_back():
    model = simple([Private()])
    before = ExtraModelState(model)
    model.layers[1].rate = 0.25
    model.optimizer.clipnorm = 2.0
    model.layers[2]._seen.add(3)
    state, arrays = captured(model, before)
    fresh = simple([Private()])
    seen = fresh.layers[2]._seen
    findings = ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    assert (fresh.layers[1].rate, fresh.optimizer.clipnorm) == (0.25, 2.0)
    assert fresh.layers[2]._seen is seen
    assert seen == {3}
    assert "lost" not in {one.verdict for one in findings}


def test_what_building_a_layer_of_keras_sets_is_exact():
    def normalizing():
        model = keras.Sequential([layers.LayerNormalization(), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model, ExtraModelState(model)

    model, before = normalizing()
    model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0)
    state, arrays = captured(model, before)
    fresh, present = normalizing()
    fresh.build((None, 2))
    findings = present.restore(state, Decoder(arrays.__getitem__))
    assert {one.verdict for one in findings} <= {"exact"}
    assert fresh.layers[0].axis == model.layers[0].axis


def test_a_list_of_variables_that_the_step_makes_is_exact():
    class Summing(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.sums = layers.Dense(1), None

        def call(self, inputs):
            if self.sums is None:
                self.sums = [tf.Variable(0.0), tf.Variable(tf.zeros(2))]
            return self.dense(inputs)

    def made():
        model = Summing()
        model.compile("sgd", "mse")
        return model, ExtraModelState(model)

    (model, before), (fresh, present) = made(), made()
    for one in (model, fresh):
        one(np.ones((2, 2), "float32"))
    model.sums[0].assign(3.0)
    state, arrays = captured(model, before)
    findings = present.restore(state, Decoder(arrays.__getitem__))
    assert {one.verdict for one in findings} == {"exact"}
    assert float(fresh.sums[0]) == 3.0


def test_what_is_trainable_is_put_back_within_parents_too():
    def nested():
        inner = keras.Sequential([keras.Input((2,)), layers.Dense(2), layers.Dense(2)])
        model = keras.Sequential([keras.Input((2,)), inner, layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    model = nested()
    before = ExtraModelState(model)
    model.layers[0].trainable = False
    model.layers[0].layers[1].trainable = True
    state, arrays = captured(model, before)
    fresh = nested()
    ExtraModelState(fresh).restore(state, Decoder(arrays.__getitem__))
    assert not fresh.layers[0].trainable
    assert [one.trainable for one in fresh.layers[0].layers] == [False, True]
    assert len(fresh.trainable_variables) == len(model.trainable_variables) == 4


OPTIMIZERS = {
    name: kind
    for name in dir(keras.optimizers)
    if isinstance(kind := getattr(keras.optimizers, name), type)
    and issubclass(kind, keras.optimizers.Optimizer)
    and name not in ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_changes_nothing_of_an_ordinary_model(name):
    model = simple()
    settings = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    model.compile(OPTIMIZERS[name](use_ema=True, **settings), "mse")
    before = ExtraModelState(model)
    x = np.ones((8, 2), "float32")
    for _ in range(2):  # Keras makes some attributes with the first step
        model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), verbose=0)
        state, _ = captured(model, before)
    assert state["plain"] == {}
    assert "trainable" not in state


def test_a_compiled_step_is_traced_with_the_values_of_then():
    model = simple()
    x = np.ones((4, 2), "float32")
    before = ExtraModelState(model)
    model.make_train_function()
    before.before_step()
    model.layers[1].rate = 0.9
    state, arrays = captured(model, before)
    assert state["baked"] == {"model.layers[1].rate": 0.5}
    fresh = simple()
    resumed = ExtraModelState(fresh)
    (finding,) = resumed.restore(state, Decoder(arrays.__getitem__))
    assert finding.verdict == "exact"
    assert fresh.layers[1].rate == 0.9
    seen = []
    fresh.make_train_function()
    fresh.train_function = lambda _: seen.append(fresh.layers[1].rate)
    resumed.before_step()
    fresh.train_function(x)
    assert (seen, fresh.layers[1].rate) == ([0.5], 0.9)
    again, _ = captured(fresh, resumed)
    assert again["baked"] == {"model.layers[1].rate": 0.5}


def test_a_step_that_was_traced_in_this_process_is_made_anew_for_a_resume():
    x = np.ones((4, 2), "float32")
    model = simple()
    before = ExtraModelState(model)
    model.make_train_function()
    before.before_step()
    model.layers[1].rate = 0.9
    state, arrays = captured(model, before)
    model.fit(x, x[:, :1], epochs=1, verbose=0)
    old = model.train_function
    assert compiled_step.traces(old) == 1
    resumed = ExtraModelState(model)
    resumed.restore(state, Decoder(arrays.__getitem__))
    assert model.train_function is not old
    assert compiled_step.traces(model.train_function) == 0
    resumed.before_step()
    again, _ = captured(model, resumed)
    assert again["baked"] == {"model.layers[1].rate": 0.5}


def test_what_an_earlier_fit_has_traced_has_values_that_nobody_knows():
    x = np.ones((4, 2), "float32")
    model = simple()
    model.fit(x, x[:, :1], epochs=1, verbose=0)
    model.layers[1].rate = 0.9
    beyond = ExtraModelState(model)
    beyond.before_step()
    state, _ = captured(model, beyond)
    assert "baked" not in state


def test_what_the_code_of_fit_itself_sets_is_keras_business():
    model = odd()
    model._eval_epoch_iterator = None  # as `fit` sets it, which Keras decorates
    assert "model._eval_epoch_iterator" not in model_attributes.find(model).plain
