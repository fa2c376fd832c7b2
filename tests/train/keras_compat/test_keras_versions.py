"""Every private name of Keras is there; and without one, `kr.fit` says so or trains on all the same."""

from __future__ import annotations

import dataclasses
import importlib

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.errors import UnsupportedKerasError
from kresume_nb.train.keras_compat import keras_data, keras_private, keras_versions
from kresume_nb.train.keras_compat.keras_versions import PRIVATE, Absent, find, lost, public
from kresume_nb.train.loop.recorder import LearningRate
from kresume_nb.train.state import rng
from kresume_nb.train.state.adapters.tensorboard import TensorBoardAdapter

ESSENTIAL = [name for name, one in PRIVATE.items() if one.without is None]
OF_TENSORBOARD = [name for name in PRIVATE if hasattr(keras.callbacks.TensorBoard, name)]
X, Y = np.linspace(-1, 1, 24, dtype="float32").reshape(6, 4), np.ones((6, 1), "float32")


def model():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    made.compile("adam", "mse", run_eagerly=True)
    return made


@pytest.fixture
def without(monkeypatch):
    """Takes a name away from where we look for it; Keras itself goes on using it."""

    def take(name):
        moved = dataclasses.replace(PRIVATE[name], module="keras.src.gone")
        monkeypatch.setitem(PRIVATE, name, moved)

    return take


def test_the_installed_keras_has_every_name():
    keras_versions.check()
    for name, one in PRIVATE.items():
        if one.module:
            assert find(name) is not Absent, name


def test_instances_have_theirs(tmp_path):
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 3))
    optimizer.build([keras.Variable([1.0])])
    for name in ("_trainable_variables", "_learning_rate"):
        assert find(name, optimizer) is not Absent, name
    board = keras.callbacks.TensorBoard(tmp_path, write_steps_per_second=True)
    model().fit(X, Y, verbose=0, callbacks=[board])
    for name in ("_writers", "_is_tracing", "_epoch_start_time", *OF_TENSORBOARD):
        assert find(name, board) is not Absent, name


def test_every_name_is_looked_for_somewhere():
    """A name that nobody needs any more leaves the table."""
    used = "".join(
        importlib.util.find_spec(one.__name__).loader.get_source(one.__name__)
        for one in (keras_data, keras_private)
    )
    for name in PRIVATE:
        assert f'"{name}"' in used or name.rpartition(".")[2] in used, name


@pytest.mark.parametrize("name", ESSENTIAL)
def test_without_an_essential_name_nothing_is_written(name, without, place):
    built = model()
    without(name)
    with pytest.raises(UnsupportedKerasError) as caught:
        kr.fit(built, X, Y, folder=place, verbose=0)
    message = str(caught.value)
    assert f"Keras {keras.__version__}, which lacks" in message
    assert f".{name}, needed to {PRIVATE[name].purpose}" in message
    assert list(place.iterdir()) == []


def test_a_class_can_derive_from_what_is_absent():
    class Derived(Absent):
        pass

    assert Derived()


@pytest.mark.parametrize("name", ["get_random_seed", "get_global_attribute"])
def test_training_goes_on_without(name, without, place):
    without(name)
    history = kr.fit(model(), X, Y, epochs=2, folder=place, verbose=0)
    assert len(history.history["loss"]) == 2


def test_an_unknown_seed_of_keras_is_none(without):
    keras.utils.set_random_seed(3)
    without("get_random_seed")
    assert keras_private.global_seed() is None


def test_the_report_tells_that_unseeded_draws_begin_anew(without):
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    keras.random.normal(())
    state = rng.capture()
    assert rng.lost(state) == []
    without("global_seed_generator")
    rng.restore(state)
    (sentence,) = rng.lost(state)
    assert sentence == (
        f"{PRIVATE['global_seed_generator'].without} "
        f"(Keras {keras.__version__} has no global_seed_generator)"
    )


def test_what_an_optimizer_does_not_show_is_not_made_up(monkeypatch):
    optimizer = keras.optimizers.Adam()
    optimizer.build([keras.Variable([1.0])])
    del optimizer._trainable_variables
    assert keras_private.optimized(optimizer) == []


def test_a_hidden_schedule_is_read_step_by_step():
    built = model()
    built.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 4)), "mse")
    seen = LearningRate(built, [])
    assert seen.resolve([float("nan")] * 2, 2) == pytest.approx([0.1, 0.0853553], rel=1e-5)

    class Hidden:
        """An optimizer without `_learning_rate`."""

        iterations = 0

        @property
        def learning_rate(self):
            return 0.1 / (1 + self.iterations)

    built.optimizer = Hidden()
    seen = LearningRate(built, [])
    seen.begin_epoch()
    noted = []
    for _ in range(3):
        noted.append(seen.note())
        built.optimizer.iterations += 1
    assert seen.resolve(noted, 3) == pytest.approx([0.1, 0.05, 0.1 / 3])


@pytest.mark.parametrize("name", ["_writers", "_is_tracing", "_close_writers", "_push_writer"])
def test_tensorboard_goes_on_and_tells_what_it_lacks(name, tmp_path, monkeypatch):
    board = keras.callbacks.TensorBoard(tmp_path)
    model().fit(X, Y, verbose=0, callbacks=[board])
    adapter = TensorBoardAdapter(board)
    state = adapter.capture()
    monkeypatch.delattr(board if name in vars(board) else keras.callbacks.TensorBoard, name)
    if name == "_writers":  # a version without it closes what it has instead
        monkeypatch.setattr(board, "_close_writers", lambda: None)
    adapter.capture()
    told = adapter.restore(state, fork=False)
    adapter.release()
    assert (
        "approximate",
        f"{PRIVATE[name].without} (Keras {keras.__version__} has no {name})",
    ) in told


def test_each_loss_is_told_once():
    class Nothing:
        pass

    told = lost("_push_writer", "_pop_writer", "_writers", owner=Nothing())
    assert len(told) == len(set(told))


def test_a_public_class_that_came_later_is_found_where_it_is():
    assert public("callbacks.EarlyStopping") is keras.callbacks.EarlyStopping
    assert not isinstance(1, public("optimizers.NoSuchOptimizer"))
    assert not isinstance(1, public("no_such_module.Class"))


def test_as_many_batches_are_looked_at_as_keras_looks_at():
    utils = importlib.import_module("keras.src.trainers.data_adapters.data_adapter_utils")
    assert keras_data.PEEKED == utils.NUM_BATCHES_FOR_TENSOR_SPEC
