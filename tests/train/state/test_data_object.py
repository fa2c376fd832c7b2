"""What a person's data object remembers, and what of it is put back."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

import keras
import numpy as np
import pytest

from kresume_nb.train.state import data_object
from kresume_nb.train.state.data_object import DataObjectState
from kresume_nb.train.state.encoding import Decoder, Encoder

COUNTS = []


class Inner:
    __slots__ = ("rate", "stream")

    def __init__(self):
        self.rate, self.stream = 1.0, np.random.RandomState(3)


@dataclass(frozen=True)
class Frozen:
    pair: tuple


class Outer:
    def __init__(self):
        self.inner, self.frozen = Inner(), Frozen((np.zeros(2), 1))
        self.queue = [random.Random(1)]


def moved(then, now, change):
    """Watches `then` while it is changed, and puts that into `now`."""
    watched, fresh = DataObjectState(then), DataObjectState(now)
    change(then)
    arrays = []
    state = watched.capture()
    data = Encoder(arrays, state).encode(state)
    fresh.restore(Decoder(arrays.__getitem__).decode(data))
    return now


def test_objects_of_a_persons_classes_are_looked_into():
    def change(outer):
        outer.inner.rate = 0.5
        outer.inner.stream.rand()
        outer.frozen.pair[0][:] = 7

    then, now = Outer(), Outer()
    pair = now.frozen.pair
    moved(then, now, change)
    assert now.inner.rate == 0.5
    assert now.inner.stream.rand() == then.inner.stream.rand()
    assert now.frozen.pair[0].tolist() == [7, 7]
    assert len(pair) == 2


def closure():
    count, seen, noise = 0, set(), np.random.RandomState(1)

    def batches(epoch, start, *, scale=[1.0]):  # noqa: B006  # people do
        nonlocal count
        count += 1
        seen.add(epoch)
        scale[0] *= 0.5
        COUNTS.append(count)
        return count, len(seen), scale[0], noise.rand()

    return batches


def test_a_function_gets_back_what_its_closure_and_defaults_hold():
    COUNTS.clear()
    then, now = closure(), closure()
    moved(then, now, lambda batches: [batches(1, 0), batches(2, 0)])
    ours, theirs = now(3, 0), then(3, 0)
    assert ours[:2] + ours[3:] == theirs[:2] + theirs[3:] == (3, 3, *ours[3:])
    assert ours[2] == 0.125


def test_functions_are_found_in_methods_and_partials():
    class Maker:
        def __init__(self):
            self.made = 0

        def batches(self, scale, epoch, start):
            self.made += 1

    then, now = (functools.partial(Maker().batches, 2) for _ in range(2))
    moved(then, now, lambda function: function(0, 0))
    assert now.func.__self__.made == 1


def test_a_layer_in_the_data_keeps_its_seeds():
    class Augments:
        def __init__(self):
            self.noise = keras.layers.GaussianNoise(1.0, seed=1)

    then, now = Augments(), Augments()
    x = np.ones((1, 2), "float32")
    moved(then, now, lambda data: data.noise(x, training=True))
    assert np.array(now.noise(x, training=True)).tolist() == (
        np.array(then.noise(x, training=True)).tolist()
    )


def test_what_an_argument_holds_is_named_by_its_path():
    outer = Outer()
    found = dict(data_object.held(outer))
    assert found["inner.rate"] == 1.0
    assert found["queue"] is outer.queue
    x = np.zeros(3)
    assert [value is x for path, value in data_object.held((x, None)) if path == "[0]"] == [True]


@pytest.mark.parametrize("changes", [False, True])
def test_an_array_too_large_to_be_saved_is_told_if_it_changes(changes, monkeypatch):
    monkeypatch.setattr(data_object, "_LARGE", 1 << 20)

    class Data:
        def __init__(self):
            self.rows = np.zeros((1000, 300))
            self.order = np.arange(3)

    data = Data()
    state = data_object.DataObjectState(data)
    state.capture()
    if changes:
        np.random.default_rng(0).standard_normal(out=data.rows)
    state.changed()
    assert state.capture()["attributes"] == {}
    found = state.doubts("PyDataset")
    assert [(one.what, one.verdict) for one in found] == [("PyDataset.rows", "lost")] * changes
