"""A model layer by layer: the same cells give the same description, and layers find their like."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from kresume_nb.train.resume import difference
from kresume_nb.train.resume.difference import Pair
from kresume_nb.train.state import layers


class Own(keras.layers.Layer):
    """Has no `get_config`, and a layer and a variable of its own."""

    def __init__(self):
        super().__init__()
        self.inner = keras.layers.Dense(2)

    def build(self, shape):
        self.inner.build(shape)
        self.scale = self.add_weight(shape=(1,), name="scale")

    def call(self, inputs):
        return self.inner(inputs) * self.scale

    def get_config(self):
        raise NotImplementedError


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(3)
        self.bias = self.add_weight(shape=(3,), name="own_bias")

    def call(self, inputs):
        return self.hidden(inputs) + self.bias


def everything():
    inputs = keras.Input((6,))
    values = keras.layers.Normalization(mean=[1.0] * 6, variance=[2.0] * 6)(inputs)
    values = keras.layers.Dense(4, "relu", kernel_regularizer="l2")(values * 2)
    values = keras.layers.Dropout(0.3)(values)
    values = keras.Sequential([keras.layers.Dense(4), keras.layers.GaussianNoise(0.1)])(values)
    values = keras.layers.BatchNormalization()(Own()(values) + values[:, :2])
    values = keras.layers.Reshape((2, 1))(values)
    values = keras.layers.Bidirectional(keras.layers.LSTM(3, dropout=0.2))(values)
    return keras.Model(inputs, keras.layers.Dense(1)(values))


def augmenting():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.RandomFlip(),
            keras.layers.RandomRotation(0.1, fill_mode="nearest"),
            keras.layers.RandomContrast(0.2),
            keras.layers.Conv2D(2, 3, dtype="mixed_float16"),
        ]
    )


def built(make, *shape):
    def compiled():
        made = make()
        made.compile("adam", "mse")
        made(np.zeros((1, *shape), "float32"))
        made.optimizer.build(made.trainable_variables)
        return made

    return compiled


MODELS = {
    "functional": built(everything, 6),
    "augmenting": built(augmenting, 8, 8, 3),
    "subclassed": built(Subclassed, 6),
}


def bare(described):
    """Without the names that Keras numbers."""
    kept = [{**layer, "name": "", "variables": []} for layer in described["layers"]]
    return {**described, "layers": kept}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_same_cells_give_the_same_description(make):
    keras.utils.set_random_seed(1)
    first = layers.describe(make())
    second = layers.describe(make())  # in the same kernel, with other names and seeds
    assert bare(first) == bare(second)
    assert json.loads(json.dumps(first)) == first
    matched = difference.match(first["layers"], second["layers"])
    assert [difference._layer(pair) for pair in matched] == [[]] * len(matched)


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_every_variable_of_the_model_is_some_layer_s_once(make):
    made = make()
    described = layers.describe(made)
    places = [one["place"] for layer in described["layers"] for one in layer["variables"]]
    assert sorted(places) == list(range(len(made.variables)))
    assert described["optimizer"] == len(made.optimizer.variables)


def test_variables_are_called_by_their_names_within_the_layer():
    described = layers.describe(MODELS["functional"]())
    names = {
        one["class"]: [each["name"] for each in one["variables"]] for one in described["layers"]
    }
    assert names["Dropout"] == ["seed_generator_state"]
    assert names["BatchNormalization"] == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert set(names["Own"]) >= {"scale"}


def test_a_shared_layer_is_described_once():
    inputs = keras.Input((4,))
    shared = keras.layers.Dense(4)
    made = keras.Model(inputs, shared(shared(inputs)))
    made.compile("sgd", "mse")
    classes = [one["class"] for one in layers.describe(made)["layers"]]
    assert classes == ["InputLayer", "Dense"]


def test_a_layer_that_two_inner_models_share_is_described_once():
    inputs = keras.Input((4,))
    shared = keras.layers.Dropout(0.5)
    inner = [keras.Sequential([keras.Input((4,)), shared]) for _ in range(2)]
    made = keras.Model(inputs, inner[1](inner[0](inputs)))
    made.compile("sgd", "mse")
    classes = [one["class"] for one in layers.describe(made)["layers"]]
    assert classes == ["InputLayer", "Dropout"]


def connected(*, crossed):
    first, second = keras.Input((4,)), keras.Input((4,))
    left, right = keras.layers.Dense(4), keras.layers.Dense(4)
    one, other = left(first), right(second)
    outputs = [other, one] if crossed else [one, other]
    made = keras.Model([first, second], keras.layers.Subtract()(outputs))
    made.compile("sgd", "mse")
    return made


def test_layers_that_are_connected_otherwise_make_another_graph():
    straight, again = (layers.describe(connected(crossed=False)) for _ in range(2))
    crossed = layers.describe(connected(crossed=True))
    assert straight["graph"] == again["graph"]
    assert straight["graph"] != crossed["graph"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"class_name": "Zeros", "config": {}, "module": "m", "registered_name": None}, "Zeros"),
        ({"class_name": "function", "config": "focal", "module": "builtins"}, "focal"),
        ({"class_name": "__lambda__", "config": {"value": ["code"]}}, "a lambda"),
        ({"class_name": "DTypePolicy", "config": {"name": "float32"}}, "float32"),
        ({"rate": 0.3, "seed": 7, "name": "dropout_4", "kernel_initializer": 1}, {"rate": 0.3}),
        ((1, 2.5, None, True), [1, 2.5, None, True]),
        (np.float32(0.5), 0.5),
        (np.sum, "sum"),
    ],
)
def test_a_setting_is_compared_without_what_changes_by_itself(value, wanted):
    assert layers.comparable(value) == wanted


def test_a_vocabulary_is_compared_by_its_digest():
    words, others = [[f"{prefix}{number}" for number in range(5000)] for prefix in "ab"]
    assert len(str(layers.comparable(words))) < 60
    assert layers.comparable(words) == layers.comparable(list(words))
    assert layers.comparable(words) != layers.comparable(others)
    long = "a" * 500
    assert layers.comparable(long) != layers.comparable(long + "b")
    assert layers.comparable(np.arange(9)) != layers.comparable(np.arange(9) + 1)


def layer(kind, name, *shape, place=0, **settings):
    held = [{"name": "kernel", "shape": list(shape), "dtype": "float32", "place": place}]
    return {"name": name, "class": kind, "settings": settings, "variables": held if shape else []}


def test_equal_layers_match_in_order_whatever_they_are_called():
    then = [layer("Dense", "dense", 4, 3), layer("Dense", "dense_1", 3, 1)]
    now = [layer("Dense", "dense_7", 4, 3), layer("Relu", "new"), layer("Dense", "dense_8", 3, 1)]
    assert difference.match(then, now) == [
        Pair(then[0], now[0]),
        Pair(None, now[1]),
        Pair(then[1], now[2]),
    ]


def test_changed_layers_match_by_name_before_class():
    then = [layer("Dense", "a", 4, 3), layer("Dense", "b", 4, 5)]
    now = [layer("Dense", "b", 4, 6), layer("Dense", "a", 4, 2)]
    assert difference.match(then, now) == [Pair(then[1], now[0]), Pair(then[0], now[1])]


def test_only_what_fits_is_shared():
    then, now = layer("Dense", "a", 4, 3, place=2), layer("Dense", "b", 4, 3, place=5)
    assert Pair(then, now).shared == [(2, 5)]
    assert Pair(then, layer("Dense", "b", 4, 4)).shared == []
    assert Pair(None, now).shared == []
    assert Pair(then, None).shared == []


def test_what_callbacks_set_is_told_from_what_building_sets():
    def layer(variables=(), **settings):
        kept = [{"name": "kernel", "trainable": one} for one in variables]
        return {"layers": [{"name": "a", "class": "A", "settings": settings, "variables": kept}]}

    first = layer(rate=0.5, width=None, inner={"trainable": True})
    before = layer(rate=0.1, width=None, inner={"trainable": False})
    now = layer([True], rate=0.1, width=8, inner={"trainable": False})
    made = layers.as_made(now, first, before)
    assert made == layer([True], rate=0.5, width=8, inner={"trainable": True})
    later = layer([False], rate=0.2, width=8, inner={"trainable": False})
    assert layers.as_made(later, made) == made
    assert layers.as_made(now, None) == now
