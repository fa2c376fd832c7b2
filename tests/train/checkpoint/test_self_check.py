"""What a checkpoint would not bring back is told when it is made."""

from __future__ import annotations

import json
from collections import deque
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.run.records import Finding, Position
from kresume_nb.train.checkpoint import keras_file, self_check
from kresume_nb.train.checkpoint.snapshot import Snapshotter
from kresume_nb.train.resume import report
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.equality import difference

HERE = Position(epoch=0, batch=0, step=0)


class Holds(keras.callbacks.Callback):
    def __init__(self, **held):
        super().__init__()
        vars(self).update(held)


def checked(*watched):
    return self_check.values(watched, lambda _: None, pytest.fail)


def test_what_reads_back_is_counted():
    shared = [1.0, float("nan")]
    values = {"a": shared, "b": {1, "x"}, "c": np.arange(3), "d": deque([(1, 2)], maxlen=2)}
    assert checked(*values.items(), ("e", [shared, shared])) == (5, [])


def test_an_array_of_a_derived_class_is_told():
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    count, (finding,) = checked(("Guard.mask", masked))
    assert count == 1
    assert (finding.what, finding.verdict) == ("Guard.mask", "approximate")
    assert "numpy.ma.MaskedArray comes back as a numpy.ndarray" in finding.detail


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ([1, 2], [1], "2 items come back as 1"),
        ({"a": [1]}, {"a": [2]}, "['a'][0]: a int comes back with another value"),
        (np.zeros(2), np.zeros(2, "float32"), "another value"),
        (0.0, -0.0, "another value"),
        (True, 1, "a bool comes back as a int"),
        ({1, 2}, {1, 3}, "another value"),
        (SimpleNamespace(a=1), SimpleNamespace(a=2), "another value"),
    ],
)
def test_a_difference_is_named_with_its_place(one, other, told):
    assert told in difference(one, other)


def test_sparse_matrices_of_scipy_are_compared_by_their_values():
    sparse = pytest.importorskip("scipy.sparse")
    one = sparse.csr_matrix(np.eye(3))
    assert difference((one,), (one.copy(),)) is None
    assert "[0]: a scipy.sparse" in difference((one,), (one * 2,))


def test_two_that_were_one_are_told():
    one, same = [1], [1]
    assert "one object comes back as two" in difference([one, one], [same, [1]])
    assert difference([one, one], [same, same]) is None


def test_a_checkpoint_says_what_it_checked_and_what_failed(small_model, snapshotter):
    callback = Holds(mask=np.ma.masked_array([1.0], [True]), plain=[1])
    taker = snapshotter(small_model(), [callback])
    state = taker.take(HERE).state
    assert state["checked"]["values"] >= 2
    assert [one.what for one in state["checked"]["failed"]] == ["Holds.mask"]
    assert [one.what for one in taker.take_news()] == ["Holds.mask"]
    taker.take(HERE)
    assert taker.take_news() == []


def test_what_training_made_is_checked_once_it_is_there(small_model, snapshotter):
    callback = Holds()
    taker = snapshotter(small_model(), [callback])
    taker.take(HERE)
    callback.late = np.ma.masked_array([1.0], [True])
    taker.take(HERE)
    assert [one.what for one in taker.take_news()] == ["Holds.late"]


def test_the_data_says_for_itself_whether_it_comes_back(small_model):
    doubt = Finding(what="position in the data", verdict="approximate", detail="no")
    taker = Snapshotter(small_model(), CallbackStates([]), None, {}, doubts=lambda: [doubt])
    for _ in range(2):
        taker.take(HERE)
    assert taker.take_news() == [doubt]


def test_a_file_with_other_weights_is_found_out(tmp_path, small_model, snapshotter):
    snapshot = snapshotter(small_model()).take(HERE)
    path = tmp_path / "a.keras"
    keras_file.write(snapshot, path)
    assert keras_file.compare(path, snapshot) == []
    group = next(one for one in snapshot.groups.values() if one.values)
    key = next(iter(group.values))
    group.values[key] = np.asarray(group.values[key]) + 1
    (finding,) = keras_file.compare(path, snapshot)
    assert finding.verdict == "lost"


def test_an_older_checkpoint_does_not_claim_to_have_been_checked():
    (finding,) = report.self_check({})
    assert finding.verdict == "approximate"
    assert "not compared" in finding.detail
    failed = [json.loads('{"what": "a", "verdict": "approximate", "detail": "b"}')]
    (finding,) = report.self_check({"checked": {"values": 1, "failed": failed}})
    assert finding == Finding(what="a", verdict="approximate", detail="b")


def test_what_is_too_large_to_be_compared_is_told():
    (finding,) = checked(("Logs.every", [[0.0] * 150_000, [0.0] * 150_000]))[1]
    assert (finding.what, finding.verdict) == ("Logs.every", "approximate")
    assert "not read back and compared" in finding.detail


def test_of_a_long_list_both_ends_are_compared():
    long = [0.0] * 300_000
    assert checked(("Logs.losses", long)) == (1, [])
    (finding,) = checked(("Logs.losses", [*long, np.ma.masked_array([1.0], [True])]))[1]
    assert "MaskedArray" in finding.detail


def test_variables_of_the_backend_in_a_list_are_kept_as_their_values():
    made = []

    @tf.function(autograph=False)
    def step():
        if not made:
            made.extend([tf.Variable(tf.zeros(2)), tf.Variable(1)])
        made[0].assign_add(tf.ones(2))

    step()
    for given in (made, [tf.Variable([1.0]), tf.Variable(2)]):
        assert self_check.values([("sums", given)], lambda _: None, lambda _: None) == (1, [])
