"""What a checkpoint keeps of a `tf.data` is read aside, and compared with what training gets next."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from inspect import getsource

import keras
import numpy as np
import pytest
import tensorflow as tf

import kresume_nb as kr
from kresume_nb.train.sources import next_batch, tf_aside
from kresume_nb.train.sources.kind import open_source
from kresume_nb.train.sources.tf_pipeline import inspect

D = tf.data.Dataset
X = np.random.default_rng(0).random((24, 3)).astype("float32")


def wait_before(due):
    """A comparison that still runs when the next is due is waited for: how many there are is told exactly."""

    def waiting(self, way):
        if self._thread is not None:
            self._thread.join()
        due(self, way)

    return waiting


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(next_batch.NextBatch, "due", wait_before(next_batch.NextBatch.due))
    monkeypatch.setattr(next_batch, "PATIENCE", 600)
    monkeypatch.setattr(next_batch, "SLOW", 600)


def fit(x, epochs=2, every=1, callbacks=(), **options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=options.pop("run_eagerly", False), **options)
    kr.fit(
        model,
        x,
        epochs=epochs,
        run="r",
        resume="never",
        verbose=0,
        callbacks=list(callbacks),
        checkpoint=kr.Checkpointing(every_steps=every, every_seconds=None, keep_last=None),
    )
    return model


def rows():
    return D.from_tensor_slices((X, X[:, :1]))


def told(run=-1):
    """What the newest checkpoint says of the comparison."""
    from kresume_nb.train.checkpoint.keras_file import Loaded

    of = kr.runs()[0]
    with Loaded(of.path / "checkpoints" / of.checkpoints[run].file) as loaded:
        return loaded.state["data"]["training"]["reader"]["compared"]


SAME = "the next batch, read aside from there, was the one that training got"


@pytest.mark.parametrize("eagerly", [False, True])
def test_training_is_what_it_was_and_the_verdict_names_what_was_compared(eagerly, place):
    def dataset():
        tf.random.set_seed(1)
        return rows().shuffle(24, seed=1).cache().shuffle(9, seed=2).batch(8).prefetch(2)

    ours = fit(dataset(), run_eagerly=eagerly)
    assert told() == f"{SAME} (2 times)"
    keras.utils.set_random_seed(1)
    theirs = keras.Sequential([keras.layers.Dense(1)])
    theirs.compile("sgd", "mse", run_eagerly=eagerly)
    theirs.fit(dataset(), epochs=2, verbose=0, shuffle=False)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert one.numpy().tobytes() == other.numpy().tobytes()


def test_the_step_is_not_compiled_again(place):
    traced = []

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            traced.append(1)
            return self.dense(x)

    counts = []
    for train in (
        lambda model: model.fit(rows().batch(7), epochs=2, verbose=0, shuffle=False),
        lambda model: kr.fit(
            model,
            rows().batch(7),
            epochs=2,
            verbose=0,
            resume="never",
            checkpoint=kr.Checkpointing(every_steps=1, every_seconds=None),
        ),
    ):
        model = Model()
        model.compile("sgd", "mse")
        traced.clear()
        train(model)
        counts.append(len(traced))
    assert counts[0] == counts[1]


def timed():
    """Each batch has the time in it, which no state and no seed keeps."""
    return rows().map(lambda x, y: (x + tf.cast(tf.timestamp() % 1000, "float32"), y)).batch(8)


def test_a_pipeline_that_gives_something_else_when_it_is_read_again_is_told_at_once(place):
    with pytest.warns(UserWarning, match="a resume would not be exact: batches: ") as told_of:
        fit(timed())
    assert len([one for one in told_of if "batches" in str(one.message)]) == 1
    assert told() == "compared with what training got, and not the same"


def test_at_a_resume_it_is_approximate(place):
    def in_the_second(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    stopping = keras.callbacks.LambdaCallback(on_epoch_end=in_the_second)
    with pytest.warns(UserWarning, match="would not be exact"), pytest.raises(KeyboardInterrupt):
        fit(timed(), epochs=3, callbacks=[stopping])
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="led to another batch than training got"):
        kr.fit(model, timed(), epochs=3, run="r", resume="auto", verbose=0)
    verdicts = {one.what: one.verdict for one in kr.runs()[0].report}
    assert verdicts["batches"] == "approximate"


def generated():
    def items():
        calls.append(1)
        yield from X

    calls = []
    spec = tf.TensorSpec((3,), "float32")
    return calls, D.from_generator(items, output_signature=spec).map(lambda x: (x, x[:1])).batch(8)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_python_in_a_pipeline_is_not_run_once_more(place):
    calls, dataset = generated()
    fit(dataset, epochs=2)
    ours = len(calls)
    calls, dataset = generated()
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(dataset, epochs=2, verbose=0, shuffle=False)
    assert ours == len(calls)
    assert told() == "not compared with what training got: its Python would run once more"


def test_functions_of_numpy_are_not_either():
    def counted(x):
        seen.append(1)
        return x

    seen = []
    dataset = rows().map(lambda x, y: (tf.numpy_function(counted, [x], tf.float32), y)).batch(8)
    assert next_batch.obstacle(inspect(dataset)) == "its Python would run once more"
    assert seen == []


def noisy():
    layer = keras.layers.GaussianNoise(0.1, seed=1)
    return rows().map(lambda x, y: (layer(x, training=True), y))


OBSTACLES = {
    "the variables that it uses would change": noisy,
    "it writes files": lambda: rows().cache("somewhere"),
    "its 9 MiB of arrays would be copied": lambda: D.from_tensor_slices(
        np.zeros((9, 1 << 20), "u1")
    ),
    "its shuffles hold 40 MiB": lambda: D.from_tensors(np.zeros(1 << 20, "u1")).shuffle(40),
    "what its shuffles hold may be large": lambda: D.from_tensors("a").shuffle(10),
}


@pytest.mark.parametrize("why", OBSTACLES)
def test_what_would_be_noticed_or_costs_too_much_is_not_read_aside(why):
    assert next_batch.obstacle(inspect(OBSTACLES[why]())) == why


def test_nothing_is_written_by_looking(place):
    fit(rows().cache(str(place / "cached")).batch(8))
    assert told() == "not compared with what training got: it writes files"
    assert not list(place.glob("cached*lockfile"))


@pytest.mark.parametrize(
    ("limit", "why"),
    [("SLOW", "a batch takes 0 s to be read"), ("HELD", "a batch has 0 MiB")],
)
def test_a_slow_or_a_large_batch_is_not_read_twice(limit, why, place, monkeypatch):
    monkeypatch.setattr(next_batch, limit, -1 if limit == "SLOW" else 10)
    fit(rows().batch(8))
    assert told() == f"not compared with what training got: {why}"


def test_parts_in_any_order_are_not_compared_since_that_is_told(place):
    dataset = rows().map(lambda x, y: (x, y), num_parallel_calls=2, deterministic=False).batch(8)
    source = open_source(
        dataset, None, None, batch_size=None, shuffle=False, class_weight=None, steps_per_epoch=None
    )
    (finding,) = source.findings()
    assert (finding.verdict, "in any order" in finding.detail) == ("approximate", True)
    fit(dataset)
    assert told() == "not yet compared with what training got"


@pytest.mark.parametrize("steps", [None, 1])
def test_epochs_of_one_step(steps, place):
    """A checkpoint follows each step; the next batch is the next pass's, or the iterator's."""
    batches = rows().shuffle(24, seed=1).batch(24)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    more = {} if steps is None else {"steps_per_epoch": steps}
    x = batches if steps is None else batches.repeat()
    kr.fit(model, x, epochs=4, verbose=0, run="r", resume="never", **more)
    assert told() == f"{SAME} (2 times)"


def test_a_pass_that_ends_within_an_epoch(place):
    """The batch after the checkpoint is the next pass's, which no state of this iterator has."""
    dataset = rows().take(16).shuffle(24, seed=1).batch(8)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    policy = kr.Checkpointing(every_steps=1, every_seconds=None)
    kr.fit(
        model,
        dataset.repeat(2),
        epochs=2,
        steps_per_epoch=2,
        verbose=0,
        run="r",
        resume="never",
        checkpoint=policy,
    )
    assert told() == f"{SAME} (2 times)"


def test_several_steps_at_once_are_not_compared(place):
    fit(rows().batch(4), steps_per_execution=2)
    assert told() == "not compared with what training got: a step takes several batches at once"


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_callback_that_reads_the_data_set_between_two_epochs_is_no_difference(place):
    dataset = rows().shuffle(24, seed=1).batch(8)

    def look(epoch, logs):
        next(iter(dataset))

    fit(
        dataset,
        epochs=4,
        every=100,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=look)],
    )


def test_sparse_ragged_and_text_are_compared():
    ragged = tf.RaggedTensor.from_row_lengths(np.arange(48.0), [1, 3] * 12)
    sparse = tf.sparse.from_dense(X)
    text = tf.constant([f"{number}" for number in range(24)])
    dataset = D.from_tensor_slices((ragged, sparse, text)).batch(8)
    batches = [tf_aside.leaves(one) for one in dataset]
    for read, batch in enumerate(batches):
        again = tf_aside.next_batch(dataset, next_batch.Way((), read))
        assert next_batch.difference(again, batch, same_types=True) is None
    assert "has other values" in next_batch.difference(batches[0], batches[1], same_types=True)


def test_threads_end_with_training(place):
    fit(rows().batch(8))
    assert not [one for one in threading.enumerate() if one.name == "kresume-next-batch"]


def test_a_shuffle_in_two_places_is_not_read_aside():
    shuffled = D.range(12).shuffle(9, seed=1)
    with pytest.raises(tf_aside.CannotCopyError, match="in two places"):
        tf_aside.next_batch(shuffled.concatenate(shuffled).batch(4), next_batch.Way((0,), 0))


ELSEWHERE = """
    import keras, numpy as np, tensorflow as tf
    import kresume_nb as kr
    from kresume_nb.train.checkpoint.keras_file import Loaded
    from kresume_nb.train.sources import next_batch

    next_batch.NextBatch.due = wait_before(next_batch.NextBatch.due)
    next_batch.PATIENCE = next_batch.SLOW = 600
    x = np.random.default_rng(0).random((24, 3)).astype("float32")
    rows = tf.data.Dataset.from_tensor_slices((x, x[:, :1]))
    for dataset in (rows.shuffle(24, seed=1).batch(8), rows.map(
        lambda x, y: (x + tf.cast(tf.timestamp() % 1000, "float32"), y)
    ).batch(8)):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        kr.fit(model, dataset, epochs=3, run="r", resume="never", verbose=0)
        run = kr.load_run("r")
        with Loaded(run.path / "checkpoints" / run.checkpoints[-1].file) as loaded:
            print(loaded.state["data"]["training"]["reader"]["compared"])
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_compare_the_first_batch_of_a_pass(backend, tmp_path):
    pytest.importorskip(backend)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", getsource(wait_before) + textwrap.dedent(ELSEWHERE)],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [one for one in done.stdout.splitlines() if "compared" in one or "read aside" in one]
    assert lines == [f"{SAME} (2 times)", "compared with what training got, and not the same"]
