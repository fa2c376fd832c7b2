from __future__ import annotations

import random
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kresume_nb.train.state import rng
from kresume_nb.train.state.encoding import Decoder, Encoder


def draws():
    values = [random.random(), random.gauss(0, 1), np.random.rand(), np.random.randn()]
    return [*values, float(keras.random.normal(()))]


def through_a_file(state):
    """As a checkpoint keeps it."""
    arrays = []
    encoded = Encoder(arrays, state).encode(state)
    return Decoder(arrays.__getitem__).decode(encoded)


@pytest.fixture(autouse=True)
def no_generators_left():
    yield
    tf.random.set_global_generator(None)
    keras.utils.clear_session()


@pytest.mark.parametrize("begun", [True, False])
def test_the_streams_of_python_numpy_and_keras_go_on_where_they_were(begun):
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    if begun:
        draws()
    state = through_a_file(rng.capture())
    expected = draws()
    keras.utils.clear_session()
    keras.utils.set_random_seed(3 if not begun else 77)
    rng.restore(state)
    assert draws() == expected


def test_capturing_advances_no_stream_and_makes_no_generator():
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    before = (random.getstate(), repr(np.random.get_state()), torch.get_rng_state().tolist())
    first = rng.capture()
    again = rng.capture()
    after = (random.getstate(), repr(np.random.get_state()), torch.get_rng_state().tolist())
    assert after == before
    assert first["keras"] is again["keras"] is None
    assert first["tensorflow"]["generator"] is None


def test_torch_goes_on_whichever_backend_keras_uses():
    torch.manual_seed(5)
    torch.rand(3)
    state = through_a_file(rng.capture())
    expected = torch.rand(4).tolist()
    torch.manual_seed(99)
    rng.restore(state)
    assert torch.rand(4).tolist() == expected
    assert rng.lost(state) == []


def test_operations_outside_of_functions_go_on_in_tensorflow():
    tf.random.set_seed(5)
    tf.random.normal((2,))
    state = through_a_file(rng.capture())
    expected = [tf.random.normal((3,)).numpy().tolist() for _ in range(2)]
    tf.random.set_seed(99)
    tf.random.normal((2,))
    rng.restore(state)
    assert [tf.random.normal((3,)).numpy().tolist() for _ in range(2)] == expected


@pytest.mark.parametrize("algorithm", ["philox", "threefry"])
def test_the_global_generator_of_tensorflow_goes_on_in_place(algorithm):
    tf.random.set_global_generator(tf.random.Generator.from_seed(5, alg="philox"))
    held = tf.random.get_global_generator()
    held.normal((3,))
    state = through_a_file(rng.capture())
    expected = held.normal((3,)).numpy().tolist()
    tf.random.set_global_generator(tf.random.Generator.from_seed(9, alg=algorithm))
    present = tf.random.get_global_generator()
    rng.restore(state)
    assert tf.random.get_global_generator().normal((3,)).numpy().tolist() == expected
    assert (tf.random.get_global_generator() is present) == (algorithm == "philox")


def test_a_library_that_is_not_loaded_is_left_alone(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    assert rng.capture()["torch"] is None
    assert "torch" not in sys.modules


def test_a_state_of_an_older_version_is_put_back():
    state = rng.capture()
    expected = random.random()
    rng.restore({name: state[name] for name in ("python", "numpy", "keras")})
    assert random.random() == expected


class Cuda:
    """Stands in for `torch.cuda` of a machine with some devices."""

    def __init__(self, devices):
        self.states = [torch.full((16,), number, dtype=torch.uint8) for number in range(devices)]

    def is_initialized(self):
        return True

    def device_count(self):
        return len(self.states)

    def get_rng_state_all(self):
        return self.states

    def set_rng_state(self, state, device):
        self.states[device] = state


def test_every_cuda_device_goes_on_and_those_that_are_gone_are_named(monkeypatch):
    monkeypatch.setattr(torch, "cuda", Cuda(3))
    state = through_a_file(rng.capture())
    monkeypatch.setattr(torch, "cuda", Cuda(2))
    torch.cuda.states = [torch.zeros(16, dtype=torch.uint8) for _ in range(2)]
    rng.restore(state)
    assert [one.tolist() for one in torch.cuda.states] == [[0] * 16, [1] * 16]
    (said,) = rng.lost(state)
    assert "3 CUDA devices were saved, and there are 2" in said


def test_a_library_that_is_gone_is_named(monkeypatch):
    state = rng.capture()
    monkeypatch.setattr(rng, "_installed", lambda library: library != "torch")
    rng.restore(state)
    assert rng.lost(state) == ["torch is no longer installed; its random streams are left out"]


def test_draws_that_nobody_can_put_back_are_named_once_they_were_traced():
    class Drawn(keras.layers.Layer):
        def call(self, inputs):
            return inputs + tf.random.normal(tf.shape(inputs))

    model = keras.Sequential(
        [keras.Input((2,)), Drawn(), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    unrecoverable = rng.Unrecoverable(model)
    assert unrecoverable.sentences() == []
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    (said,) = unrecoverable.sentences()
    assert "draws from RandomStandardNormal" in said


def test_a_step_that_draws_through_keras_alone_has_nothing_that_is_lost():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    unrecoverable = rng.Unrecoverable(model)
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    assert unrecoverable.sentences() == []
