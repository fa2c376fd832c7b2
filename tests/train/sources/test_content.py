from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import tensorflow as tf

from kresume_nb.train.sources.content import digest
from kresume_nb.train.sources.fingerprint import describe_data

ROWS = np.array([[0, 1.5, 0], [2, 0, 0]], "float32")
KINDS = {
    "dense": ROWS.copy,
    "text": lambda: np.array([str(b"ab", "utf-8"), "c"], object),
    "text of TensorFlow": lambda: tf.constant(["ab", "c"]),
    "objects": lambda: np.array([None, 1.5, str(b"xy", "utf-8")], object),
    "SciPy": lambda: scipy.sparse.coo_array(ROWS),
    "sparse": lambda: tf.sparse.from_dense(ROWS),
    "ragged": lambda: tf.ragged.constant([[1, 2], [3]]),
}
OTHERS = {
    "dense": lambda: ROWS + 1,
    "text": lambda: np.array(["ab", "d"], object),
    "text of TensorFlow": lambda: tf.constant(["ab", "d"]),
    "objects": lambda: np.array([None, 1.5, "z"], object),
    "SciPy": lambda: scipy.sparse.coo_array(ROWS[:, ::-1]),
    "sparse": lambda: tf.sparse.from_dense(ROWS[:, ::-1]),
    "ragged": lambda: tf.ragged.constant([[1], [2, 3]]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_contents_have_one_digest_and_others_another(kind):
    assert digest(KINDS[kind]()) == digest(KINDS[kind]())
    assert digest(KINDS[kind]()) != digest(OTHERS[kind]())


def test_layouts_of_a_sparse_array_do_not_matter_and_objects_have_no_address():
    sparse = scipy.sparse.coo_array(ROWS)
    assert digest(sparse) == digest(sparse.tocsc())
    assert digest(np.array([object()])) == digest(np.array([object()]))


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"objects"}))
def test_data_of_every_kind_is_described(kind):
    (one,) = describe_data(KINDS[kind]())
    (other,) = describe_data(OTHERS[kind]())
    assert one.shape == other.shape
    assert one.digest != other.digest


def test_a_leaf_that_is_none_is_no_array():
    assert [one.name for one in describe_data(({"a": ROWS, "b": None}, [None, ROWS]))] == [
        "x[0]",
        "y[1]",
    ]
