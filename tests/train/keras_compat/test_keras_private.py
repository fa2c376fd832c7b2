"""Pins of what is private in Keras: when one breaks, `keras_private.py` has to follow."""

from __future__ import annotations

import random

import h5py
import keras
import numpy as np
import pytest

from kresume_nb.train.keras_compat import keras_data, keras_private

layers = keras.layers


@keras.saving.register_keras_serializable("kresume_tests")
class Stores(layers.Layer):
    """A layer that says itself what it stores."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.scale

    def save_own_variables(self, store):
        store["doubled"] = 2 * keras.ops.convert_to_numpy(self.scale)

    def load_own_variables(self, store):
        self.scale.assign(store["doubled"] / 2)


@keras.saving.register_keras_serializable("kresume_tests")
class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.blocks = [layers.Dense(3), layers.Dense(3)]
        self.named = {"a": layers.Dense(3), "last": layers.Dense(1)}
        self.drop = layers.Dropout(0.5)

    def call(self, inputs, training=False):
        for block in self.blocks:
            inputs = block(inputs)
        return self.named["last"](self.drop(self.named["a"](inputs), training=training))


def sequential():
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(1)]
    )


def nested():
    inner = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4), layers.Dropout(0.5)], name="inner"
    )
    inputs = keras.Input((4,))
    shared = layers.Dense(4)
    return keras.Model(inputs, layers.Dense(1)(shared(inner(shared(inputs)))))


def recurrent():
    inputs = keras.Input((4,))
    hidden = layers.Reshape((2, 2))(inputs)
    hidden = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(hidden)
    return keras.Model(inputs, layers.Dense(1)(layers.GRU(2, dropout=0.2)(hidden)))


def own_storage():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), Stores(), layers.Dense(1)])


def frozen():
    model = sequential()
    model.layers[0].trainable = False
    return model


MODELS = [sequential, nested, recurrent, own_storage, Subclassed, frozen]
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "plain sgd": keras.optimizers.SGD,
    "moving averages, accumulated gradients": lambda: keras.optimizers.Adam(
        use_ema=True, gradient_accumulation_steps=2
    ),
    "scaled loss": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(momentum=0.9)),
}
X, Y = np.linspace(-1, 1, 24, dtype="float32").reshape(6, 4), np.ones((6, 1), "float32")


def trained(make, optimizer="adam"):
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(OPTIMIZERS[optimizer](), "mse", run_eagerly=True)
    keras_private.build(model, lambda: (X, Y))
    model.train_on_batch(X, Y)
    return model


def stored(path):
    """What a weights file holds: {group: {key: array}}, and {group: attributes}."""
    values, attributes = {}, {}

    def visit(name, item):
        group, _, leaf = name.rpartition("/")
        if isinstance(item, h5py.Dataset):
            values.setdefault(group, {})[leaf] = item[()]
        elif leaf == "vars" and (item.keys() or item.attrs):
            attributes[name] = {key: str(value) for key, value in item.attrs.items()}

    with h5py.File(path) as file:
        file.visititems(visit)
    return values, attributes


@pytest.mark.parametrize(
    ("make", "optimizer"),
    [*((make, "adam") for make in MODELS), *((nested, name) for name in OPTIMIZERS)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_groups_and_keys_are_those_of_a_saved_model(make, optimizer, tmp_path):
    model = trained(make, optimizer)
    model.save_weights(tmp_path / "model.weights.h5")
    expected, attributes = stored(tmp_path / "model.weights.h5")
    recorded = {
        (f"{path}/vars" if path else "vars"): group
        for path, group in keras_private.record_weights(model).items()
        if group.values
    }
    # `save_weights` leaves the optimizer out, `model.save` does not.
    model.save(tmp_path / "model.keras")
    expected = saved_weights(tmp_path / "model.keras")
    assert recorded.keys() == expected.keys()
    for name, group in recorded.items():
        assert group.values.keys() == expected[name].keys()
        for key, value in group.values.items():
            np.testing.assert_array_equal(np.asarray(value), expected[name][key])
        if name in attributes:
            assert group.attributes == attributes[name]


def saved_weights(path):
    import zipfile

    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as member:
        target = path.with_suffix(".h5")
        target.write_bytes(member.read())
    return stored(target)[0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_recorded_are_the_variables_themselves(optimizer):
    model = trained(nested, optimizer)
    values = [
        value
        for group in keras_private.record_weights(model).values()
        for value in group.values.values()
    ]
    assert all(isinstance(value, keras.Variable) for value in values)
    mine = {id(value) for value in values}
    assert mine == {id(one) for one in (*model.weights, *model.optimizer.variables)}


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_build_makes_every_variable_that_fit_would(make):
    model = make()
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
    keras_private.build(model, lambda: (X, Y))

    def count():
        return [
            len(one)
            for one in (model.variables, model.optimizer.variables, model.metrics_variables)
        ]

    built = count()
    model.fit(X, Y, verbose=0)
    assert count() == built


def test_build_of_a_built_model_draws_nothing_and_computes_nothing():
    keras.utils.set_random_seed(3)
    model = nested()
    model.compile("adam", "mse", metrics=["mae"])
    weights = [np.array(one) for one in model.variables]
    before = (random.getstate(), repr(np.random.get_state()))
    keras_private.build(model, lambda: (X, Y))
    assert (random.getstate(), repr(np.random.get_state())) == before
    for one, other in zip(model.variables, weights, strict=False):
        np.testing.assert_array_equal(np.array(one), other)
    assert int(model.optimizer.iterations) == 0


def built(model, batch):
    keras_private.build(model, lambda: batch)


def test_a_model_that_is_built_here_has_the_weights_that_fit_would_give_it():
    weights = []
    for first in (built, lambda model, _: model.fit(X, Y, epochs=1, verbose=0)):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([layers.Dense(3), layers.Dropout(0.5), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.0), "mse")
        first(model, (X, Y))
        weights.append([np.array(one) for one in model.trainable_variables])
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_global_seed_is_the_one_that_was_set():
    keras.utils.set_random_seed(1234)
    assert keras_private.global_seed() == 1234


def test_the_global_generator_is_found_once_it_was_used():
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    assert keras_private.global_seed_generator() is None
    keras.random.normal(())
    generator = keras_private.global_seed_generator()
    before = np.array(generator.state).tolist()
    keras.random.normal(())
    assert np.array(generator.state).tolist() != before
    assert keras_private.make_global_seed_generator() is generator


def test_config_and_metadata_are_those_of_a_saved_model(tmp_path):
    import json
    import zipfile

    model = trained(nested)
    model.save(tmp_path / "model.keras")
    config, metadata = keras_private.serialize(model)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert json.loads(config) == json.loads(archive.read("config.json"))
        saved = json.loads(archive.read("metadata.json"))
    assert json.loads(metadata).keys() == saved.keys()
    assert json.loads(metadata)["keras_version"] == saved["keras_version"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_tells_what_it_was_built_for(optimizer):
    made = OPTIMIZERS[optimizer]()
    assert keras_private.optimized(made) == []
    variables = [keras.Variable([1.0]), keras.Variable([2.0])]
    made.build(variables)
    assert [id(one) for one in keras_private.optimized(made)] == [id(one) for one in variables]


def test_building_draws_from_torch_what_making_an_iterator_of_batches_draws(monkeypatch):
    """Keras' `fit` looks at a batch of its loader to build a model; the loader draws a seed."""
    torch = pytest.importorskip("torch")

    torch.manual_seed(3)
    iter(torch.utils.data.DataLoader([0]))
    expected = torch.get_rng_state().tolist()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    torch.manual_seed(3)
    keras_data.draw_for_a_loader()
    assert torch.get_rng_state().tolist() == expected
