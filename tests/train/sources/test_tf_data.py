"""Composed `tf.data`: broken at any batch, the rest of the pass and the passes after it are the same."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.run.records import Position
from kresume_nb.train.sources import tf_aside, tf_data, tf_state
from kresume_nb.train.sources.kind import open_source
from kresume_nb.train.sources.next_batch import NextBatch
from kresume_nb.train.sources.tf_pipeline import inspect
from kresume_nb.train.sources.validation import Validation

D = tf.data.Dataset
COUNT, BATCH, BATCHES = 24, 4, 6


def numbers(start=0, count=COUNT):
    return D.range(start, start + count)


def noisy(x):
    return x + tf.random.uniform((), 0, 1000, tf.int64, seed=4)


def augmented():
    layer = keras.layers.GaussianNoise(0.5, seed=5)
    return numbers().map(lambda x: layer(tf.cast(x, "float32")[None], training=True)[0])


PIPELINES = {
    "shuffle": lambda: numbers().shuffle(24, seed=3),
    "shuffle, shuffle": lambda: numbers().shuffle(24, seed=3).shuffle(7, seed=5),
    "shuffle, batch, shuffle": lambda: (
        numbers().shuffle(24, seed=3).batch(3).shuffle(4, seed=2).unbatch()
    ),
    "shuffle, repeat": lambda: numbers(count=12).shuffle(12, seed=3).repeat(2),
    "concatenated shuffles": lambda: (
        numbers(count=10).shuffle(9, seed=3).concatenate(numbers(10, 14).shuffle(9, seed=4))
    ),
    "shuffle, cache": lambda: numbers().shuffle(24, seed=3).cache(),
    "shuffle, cache, shuffle": lambda: numbers().shuffle(24, seed=3).cache().shuffle(9, seed=2),
    "noise, cache, shuffle": lambda: numbers().map(noisy).cache().shuffle(9, seed=2),
    "noise, shuffle": lambda: numbers().map(noisy).shuffle(9, seed=2),
    "shuffle, noise, shuffle": lambda: numbers().shuffle(9, seed=1).map(noisy).shuffle(9, seed=2),
    "layer": augmented,
    "layer, cache, shuffle": lambda: augmented().cache().shuffle(9, seed=2),
    "windows": lambda: (
        numbers().window(4, drop_remainder=True).shuffle(5, seed=1).flat_map(lambda one: one)
    ),
    "interleaved shuffles": lambda: (
        D.range(4)
        .interleave(lambda at: D.range(6).shuffle(6, seed=3).map(lambda x: x + 6 * at), 2)
        .shuffle(5, seed=2)
    ),
    "samples of shuffles": lambda: D.sample_from_datasets(
        [numbers().shuffle(9, seed=1).repeat(), numbers(50).shuffle(9, seed=2).repeat()],
        seed=4,
        rerandomize_each_iteration=True,
    ).take(COUNT),
    "zip of shuffles": lambda: D.zip(
        (numbers().shuffle(9, seed=3), numbers(50).shuffle(9, seed=4))
    ).map(lambda one, other: 100 * one + other),
    "random numbers": lambda: D.zip(
        (numbers(), D.random(seed=4, rerandomize_each_iteration=True))
    ).map(lambda one, other: one + 100 * (other % 1000)),
    "shuffle that stays": lambda: numbers().shuffle(24, seed=3, reshuffle_each_iteration=False),
    "shuffle with a long buffer": lambda: numbers().shuffle(150, seed=3).shuffle(5, seed=4),
    "shuffle with too long a buffer": lambda: numbers().shuffle(300, seed=3).shuffle(5, seed=4),
}


@pytest.fixture(autouse=True)
def _what_is_long(monkeypatch):
    """Long buffers take seconds: here those of hundreds are long."""
    monkeypatch.setattr(tf_state, "CHEAP", 100)
    monkeypatch.setattr(tf_state, "LONGEST", 200)


def made(kind):
    tf.random.set_seed(7)
    return PIPELINES[kind]().batch(BATCH)


def reading(dataset, **options):
    given = {"batch_size": None, "shuffle": True, "class_weight": None, "steps_per_epoch": None}
    return Reading(open_source(dataset, None, None, **(given | options)))


class Reading:
    """Reads epochs as `fit` on TensorFlow does, and keeps the state of every batch boundary."""

    def __init__(self, source):
        self.source, self.position = source, Position(epoch=0, batch=0, step=0)
        self.states = {}

    def resume(self, position, state):
        self.position = position
        self.source.restore(state, position)
        return self

    def read(self, epochs):
        """All batches up to the end of that many epochs."""
        seen = []
        while self.position.epoch < epochs:
            self.states.setdefault(self.position, self.source.capture(self.position))
            arguments = self.source.arguments(self.position, self.position.epoch + 1)
            feed, steps = arguments["x"], arguments.get("steps_per_epoch")
            feed.on_epoch_begin()
            left = steps or feed.num_batches
            for batch in itertools.islice(iter(feed), left):
                seen.append(batch.numpy().tolist())
                at = self.position
                self.position = Position(epoch=at.epoch, batch=at.batch + 1, step=at.step + 1)
                if self.position.batch < (self.source.batches or BATCHES):
                    self.states[self.position] = self.source.capture(self.position)
            if steps is None and feed.num_batches is not None:
                iter(feed)  # the one that Keras never reads
            feed.on_epoch_end()
            self.source.ended(self.position.batch)
            self.position = Position(
                epoch=self.position.epoch + 1, batch=0, step=self.position.step
            )
        return seen


def plain(dataset, epochs):
    """What `model.fit` reads."""
    seen = []
    for _ in range(epochs):
        seen += [batch.numpy().tolist() for batch in dataset]
        if int(dataset.cardinality()) >= 0:
            iter(dataset)
    return seen


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_pipeline_goes_on_at_any_batch_in_a_new_process(kind):
    whole = reading(made(kind))
    seen = whole.read(3)
    assert seen == plain(made(kind), 3), "watching changes nothing"
    assert len(whole.states) == 3 * BATCHES
    for position, state in whole.states.items():
        if position.batch in (0, 1, 4):
            after = reading(made(kind)).resume(position, state)
            assert after.read(3) == seen[position.step :], position
            assert [one.verdict for one in after.source.findings()] == ["exact"]


def test_a_long_buffer_is_counted_once_two_passes_have_drawn_alike():
    whole = reading(made("shuffle with a long buffer"))
    seen = whole.read(6)
    assert seen == plain(made("shuffle with a long buffer"), 6)
    for position, state in whole.states.items():
        if position.batch in (0, 4) and position.epoch > 3:
            after = reading(made("shuffle with a long buffer")).resume(position, state)
            assert after.read(6) == seen[position.step :], position


@pytest.mark.parametrize("kind", PIPELINES)
def test_the_same_data_set_goes_on_in_the_same_kernel(kind):
    dataset = made(kind)
    whole = reading(dataset)
    seen = whole.read(3)
    for batch in (0, 1, 4):
        position = Position(epoch=1, batch=batch, step=BATCHES + batch)
        after = reading(dataset).resume(position, whole.states[position])
        assert after.read(3) == seen[position.step :], position


@pytest.mark.parametrize("kind", ["shuffle, shuffle", "shuffle, cache, shuffle", "random numbers"])
def test_a_data_set_that_was_looked_at_before_is_read_as_keras_reads_it(kind):
    dataset, theirs, again = made(kind), made(kind), made(kind)
    for one in (dataset, theirs, again):
        list(one)
        next(iter(one))
    whole = reading(dataset)
    seen = whole.read(2)
    assert seen == plain(theirs, 2)
    position = Position(epoch=1, batch=2, step=BATCHES + 2)
    after = reading(again).resume(position, whole.states[position])
    assert after.read(2) == seen[position.step :]
    if "cache" not in kind:  # one that was not looked at, which is another kernel's
        after = reading(made(kind)).resume(position, whole.states[position])
        assert after.read(2) == seen[position.step :]


def test_a_cache_that_was_filled_before_training_and_is_not_now_is_told():
    dataset = made("shuffle, cache, shuffle")
    list(dataset)
    whole = reading(dataset)
    whole.read(1)
    position = Position(epoch=0, batch=2, step=2)
    after = reading(made("shuffle, cache, shuffle")).resume(position, whole.states[position])
    (finding,) = after.source.findings()
    assert (finding.verdict, "had been filled before training" in finding.detail) == (
        "approximate",
        True,
    )


ENDLESS = {
    "shuffle, repeat": lambda: numbers().shuffle(24, seed=3).repeat(),
    "shuffle, shuffle, repeat": lambda: numbers().shuffle(9, seed=3).shuffle(5, seed=4).repeat(),
    "concatenated shuffles, repeat": lambda: (
        numbers(count=10)
        .shuffle(9, seed=3)
        .concatenate(numbers(10, 14).shuffle(9, seed=4))
        .repeat()
    ),
    "noise, repeat": lambda: numbers().shuffle(9, seed=2).map(noisy).repeat(),
}


@pytest.mark.parametrize("limit", [tf_data.LARGEST, 0], ids=["saved", "skipped"])
@pytest.mark.parametrize("kind", ENDLESS)
def test_one_iterator_through_all_epochs_goes_on_at_any_batch(kind, limit, monkeypatch):
    monkeypatch.setattr(tf_data, "LARGEST", limit)

    def opened():
        tf.random.set_seed(7)
        return reading(ENDLESS[kind]().batch(BATCH), steps_per_epoch=4)

    whole = opened()
    seen = whole.read(5)
    for position in (one for one in whole.states if one.step in (0, 1, 7, 8, 11, 13)):
        after = opened().resume(position, whole.states[position])
        assert after.read(5) == seen[position.step :], position
    # Not at each: while the thread that reads ahead begins another pass of a stage, batches are skipped.
    saved = any("iterator state" in one["reader"] for one in whole.states.values())
    assert saved == (limit > 0 and "noise" not in kind)


def test_the_state_of_an_iterator_is_bounded(monkeypatch):
    monkeypatch.setattr(tf_data, "LARGEST", 1000)
    images = D.from_tensors(np.zeros((20, 20), "float32")).repeat(50).shuffle(50).repeat().batch(2)
    whole = reading(images, steps_per_epoch=4)
    whole.read(1)
    assert all("iterator state" not in one["reader"] for one in whole.states.values())


def beside(shuffled):
    return shuffled.cache().concatenate(shuffled)


@pytest.mark.parametrize(
    ("pipeline", "why"),
    [
        (lambda: numbers().shuffle(9, seed=1).cache().take(16), "a part of what it caches"),
        (
            lambda: beside(numbers(count=12).shuffle(9, seed=1)),
            "both before a cache and beside it",
        ),
        (
            lambda: D.range(4).flat_map(lambda _: D.range(6).shuffle(6)),
            "shuffles without a seed",
        ),
        (
            lambda: numbers().map(lambda x: x + 1, num_parallel_calls=2, deterministic=False),
            "parallel parts in any order",
        ),
        (lambda: D.zip((numbers(), D.random())).map(lambda one, _: one), "without a seed"),
    ],
)
def test_what_cannot_be_brought_back_is_told(pipeline, why):
    tf.random.set_seed(None)
    findings = reading(pipeline().batch(BATCH)).source.findings()
    assert {one.verdict for one in findings} == {"approximate"}
    assert any(why in one.detail for one in findings)


def test_training_and_validation_may_share_a_shuffle():
    def opened():
        tf.random.set_seed(7)
        shuffled = numbers().shuffle(24, seed=3).shuffle(5, seed=2)
        return reading(shuffled.skip(8).batch(BATCH)), Validation(
            shuffled.take(8).batch(BATCH), batch_size=BATCH
        )

    def validated(validation):
        feed = validation.feed()
        seen = [batch.numpy().tolist() for batch in feed]
        iter(feed)
        return seen

    training, validation = opened()
    seen, held_out, states = [], [], []
    for epoch in range(3):
        seen.append(training.read(epoch + 1))
        held_out.append(validated(validation))
        training.states.pop(Position(epoch=epoch + 1, batch=0, step=0), None)
        states.append((training.source.capture(training.position), validation.capture()))
    middle = Position(epoch=1, batch=2, step=training.position.step)
    after, again = opened()
    again.restore(states[0][1])
    after.resume(
        middle, next(s for p, s in training.states.items() if (p.epoch, p.batch) == (1, 2))
    )
    assert after.read(2) == seen[1][2:]
    assert validated(again) == held_out[1]
    assert after.read(3) == seen[2]


def test_a_generator_of_seeds_is_read_and_set_without_drawing():
    stage = numbers().shuffle(24, seed=3)
    generator = tf_state.SeedGenerator(stage)
    assert generator.drawn == 0
    first = [int(one) for one in stage]
    assert generator.drawn == generator.drawn == 2
    second = [int(one) for one in stage]
    generator.drawn = 0
    assert [int(one) for one in stage] == first != second
    assert [int(one) for one in stage] == second


def test_a_state_is_decoded_and_encoded_again():
    state = tf_state.save(iter(numbers().shuffle(300, seed=3))).tobytes()
    assert tf_state._encoded(*tf_state._decoded(state)) == state
    assert tf_state._decoded(tf_state._encoded(*tf_state._decoded(state))) is not None


def test_what_a_pipeline_holds_is_counted():
    stage = D.from_tensors(np.zeros((3, 5), "float32")).shuffle(10)
    assert inspect(stage).buffered == 600
    assert inspect(D.from_tensors("a").shuffle(10)).buffered is None


@pytest.fixture
def aside(monkeypatch):
    """Reads aside at every checkpoint, on the spot; what was read."""
    read = []

    def due(self, way):
        if self._obstacle in ("", "what its shuffles hold may be large"):  # here it is not
            leaves = tf_aside.next_batch(self._dataset, way)
            read.append(leaves[0].tolist() if leaves else [])

    monkeypatch.setattr(NextBatch, "due", due)
    return read


@pytest.mark.parametrize("kind", [one for one in PIPELINES if "layer" not in one])
def test_what_is_kept_of_any_batch_leads_to_it_and_training_does_not_notice(kind, aside):
    seen = reading(made(kind)).read(3)
    assert seen == plain(made(kind), 3)
    assert aside == seen


@pytest.mark.parametrize("kind", ENDLESS)
def test_so_does_the_state_of_one_iterator_through_all_epochs(kind, aside):
    tf.random.set_seed(7)
    seen = reading(ENDLESS[kind]().batch(BATCH), steps_per_epoch=4).read(5)
    tf.random.set_seed(7)
    once = iter(ENDLESS[kind]().batch(BATCH))
    assert seen == [next(once).numpy().tolist() for _ in seen]
    assert aside == seen


def test_a_shuffle_that_was_drawn_from_before_is_read_aside_as_it_is(aside):
    dataset = made("shuffle, cache, shuffle")
    for _ in range(3):
        next(iter(dataset))  # before its end, so that nothing is cached
    assert aside == []
    seen = reading(dataset).read(2)
    assert aside == seen


def test_a_shuffle_without_a_seed_is_compared_by_its_iterators_state(aside):
    tf.random.set_seed(None)
    batches = reading(numbers().shuffle(24).batch(BATCH)).read(2)
    # At an epoch's beginning nothing holds what the next pass will draw.
    assert aside == [one for at, one in enumerate(batches) if at % BATCHES]


def test_numbers_of_generators_lie_where_they_are_looked_for():
    """Fails if TensorFlow writes a pipeline's graph in another way."""
    dataset = numbers().shuffle(9, seed=3).concatenate(numbers(24).shuffle(5, seed=4)).shuffle(4)
    graph = tf_aside._graph(dataset._variant_tensor)
    sizes = [
        int(one._buffer_size) for one in (stage.stage for stage in inspect(dataset).reshuffles)
    ]
    stages = [one for one in tf_aside._from_the_end(graph) if tf_aside._redraws(one)]
    constants = {one.name: one for one in graph.node if one.op == "Const"}
    found = [int(tf.make_ndarray(constants[one.input[1]].attr["value"].tensor)) for one in stages]
    assert found == sizes == [4, 9, 5]
