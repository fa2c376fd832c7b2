from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.errors import DataEndedError
from kresume_nb.train.sources.validation import Validation

X = np.arange(40, dtype="float32").reshape(20, 2)
Y = X[:, :1]


def evaluated(validation, steps=None):
    """The first number of each batch of an evaluation, read as `evaluate` does."""
    feed = validation.feed()
    feed.on_epoch_end()
    feed.on_epoch_begin()
    limit = steps if steps is not None else feed.num_batches
    seen = [float(np.asarray(batch[0])[0, 0]) for batch in itertools.islice(iter(feed), limit)]
    if steps is None and feed.num_batches is not None:
        iter(feed)
    feed.on_epoch_end()
    return seen


class Turning(keras.utils.PyDataset):
    """Begins elsewhere each time."""

    def __init__(self):
        super().__init__()
        self.turn = 0

    def __len__(self):
        return 5

    def __getitem__(self, number):
        at = (number + self.turn) % 5 * 4
        return X[at : at + 4], Y[at : at + 4]

    def on_epoch_end(self):
        self.turn += 1


KINDS = {
    "arrays": lambda: (X, Y),
    "arrays with weights": lambda: (X, Y, Y[:, 0]),
    "arrays in a list": lambda: [X, Y],
    "arrays and None": lambda: (X, Y, None),
    "tf.data": lambda: tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(20, seed=1).batch(4),
    "PyDataset": Turning,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("done", [0, 1, 3])
def test_validation_goes_on_where_it_was(kind, done):
    tf.random.set_seed(4)
    before = Validation(KINDS[kind](), batch_size=4)
    for _ in range(done):
        evaluated(before)
    state = before.capture()
    tf.random.set_seed(4)
    after = Validation(KINDS[kind](), batch_size=4)
    after.restore(state)
    assert [evaluated(after) for _ in range(2)] == [evaluated(before) for _ in range(2)]


def batches():
    for number in itertools.count():
        yield X[:4] + number, Y[:4]


def test_a_generator_goes_on_after_what_was_drawn():
    before = Validation(batches(), batch_size=4)
    assert evaluated(before, steps=3)[:2] == [0.0, 1.0]
    drawn = before.capture()["drawn"]
    after = Validation(batches(), batch_size=4)
    after.restore(before.capture())
    assert after.capture()["drawn"] == drawn
    assert drawn >= 3


def test_a_generator_that_ended_is_told():
    before = Validation(batches(), batch_size=4)
    evaluated(before, steps=6)
    with pytest.raises(DataEndedError, match=r"ended after 2 batches; \d+ had been drawn"):
        Validation((one for one in itertools.islice(batches(), 2)), batch_size=4).restore(
            before.capture()
        )
