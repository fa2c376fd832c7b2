from __future__ import annotations

import keras
import numpy as np

from kresume_nb.run.records import Position
from kresume_nb.train.checkpoint import keras_file
from kresume_nb.train.checkpoint.snapshot import all_variables
from kresume_nb.train.state.encoding import Decoder

HERE = Position(epoch=1, batch=2, step=10)


class Remembers(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.best_weights = [np.zeros(3)]


def test_training_that_goes_on_does_not_change_a_snapshot(small_model, snapshotter, data, tmp_path):
    model, callback = small_model(), Remembers()
    camera = snapshotter(model, [callback])
    model.train_on_batch(*data)
    callback.best_weights[0][:] = 7
    expected = [np.array(one) for one in all_variables(model)]
    weights = [np.array(one) for one in model.weights]
    snapshot = camera.take(HERE)
    for _ in range(3):
        model.train_on_batch(*data)
    for variable in all_variables(model):
        variable.assign(keras.ops.zeros_like(variable))
    callback.best_weights[0][:] = -1
    keras_file.write(snapshot, tmp_path / "a.keras")
    with keras_file.Loaded(tmp_path / "a.keras") as loaded:
        for stored, value in zip(loaded.state["variables"], expected, strict=True):
            np.testing.assert_array_equal(loaded.variable(stored), value, strict=True)
        encoded = loaded.state["callbacks"][0]["attributes"]["best_weights"]
        assert Decoder(loaded.array, objects=loaded.state["objects"]).decode(encoded)[
            0
        ].tolist() == [7, 7, 7]
    saved = keras.saving.load_model(tmp_path / "a.keras")
    for one, other in zip(saved.weights, weights, strict=True):
        np.testing.assert_array_equal(np.array(one), other)


def test_every_variable_that_training_changes_is_in_it_once(small_model, data):
    model = small_model()
    variables = all_variables(model)
    assert len({id(one) for one in variables}) == len(variables)
    names = [one.path for one in variables]
    assert any("seed_generator_state" in name for name in names)
    assert any("moving_mean" in name for name in names)
    assert any("momentum" in name for name in names)
    assert any(name.startswith("mean_absolute_error") or "mae" in name for name in names)
    before = [np.array(one) for one in variables]
    model.train_on_batch(*data)
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    changed = {id(one) for one in every}
    assert changed == {id(one) for one in variables}
    assert (
        sum(not np.array_equal(one, old) for one, old in zip(variables, before, strict=True)) > 12
    )


def test_it_says_where_training_stood(small_model, snapshotter):
    snapshot = snapshotter(small_model(), facts={"seed": 3}).take(HERE)
    assert (snapshot.position, snapshot.state["position"]) == (HERE, HERE)
    assert snapshot.state["facts"] == {"seed": 3}
    assert snapshot.state["stopped"] is False
    assert snapshot.nbytes() > sum(np.array(one).nbytes for one in all_variables(small_model())) / 2


def test_a_layer_that_computes_what_it_stores_is_asked_each_time(snapshotter, tmp_path):
    @keras.saving.register_keras_serializable("kresume_tests")
    class Doubles(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(), initializer="ones")

        def call(self, inputs):
            return inputs * self.scale

        def save_own_variables(self, store):
            store["doubled"] = 2 * keras.ops.convert_to_numpy(self.scale)

        def load_own_variables(self, store):
            self.scale.assign(store["doubled"][()] / 2)

    model = keras.Sequential([keras.Input((2,)), Doubles()])
    model.compile("sgd", "mse")
    model.optimizer.build(model.trainable_variables)
    camera = snapshotter(model)
    for number in (1.0, 5.0):
        model.layers[0].scale.assign(number)
        keras_file.write(camera.take(HERE), tmp_path / "a.keras")
        assert float(keras.saving.load_model(tmp_path / "a.keras").layers[0].scale) == number
