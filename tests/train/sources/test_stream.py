"""`Stream` over real readers: passes, steps_per_epoch, what is learnt, what goes back where."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from kresume_nb.errors import ArgumentError, DataEndedError, UnsupportedDataError
from kresume_nb.run.records import Position
from kresume_nb.train.sources.kind import kind_of, open_source
from kresume_nb.train.state.encoding import Decoder, Encoder

X = np.arange(40, dtype="float32").reshape(20, 2)
Y = np.arange(20, dtype="float32")[:, None]
BATCH = 4


def opened(x, y=None, **options):
    given = {
        "batch_size": BATCH if isinstance(x, np.ndarray) else None,
        "shuffle": True,
        "class_weight": None,
        "steps_per_epoch": None,
    }
    source = open_source(x, y, None, **(given | options))
    source.seed = 5
    return source


class Reading:
    """Reads a source as `fit` does, epoch by epoch, and can be killed and resumed."""

    def __init__(self, source, position=None, state=None):
        self.source = source
        self.position = position or Position(epoch=0, batch=0, step=0)
        self.seen, self.states = [], {}
        self.watched = ()
        if state is not None:
            source.restore(state, self.position)

    def read(self, count):
        """Reads so many batches; returns the first number of each."""
        while count > 0:
            arguments = self.source.arguments(self.position)
            feed, steps = arguments["x"], arguments.get("steps_per_epoch")
            feed.on_epoch_end()  # as `fit` does before it begins
            feed.on_epoch_begin()
            limit = steps if steps is not None else feed.num_batches
            iterator, done = iter(feed), self.position.batch
            for batch in itertools.islice(iterator, limit if limit is not None else 10**6):
                self.seen.append([float(one) for one in np.asarray(batch[0])[:, 0]])
                done, count = done + 1, count - 1
                at = self.position
                self.position = Position(epoch=at.epoch, batch=done, step=at.step + 1)
                if self.position.step in self.watched:
                    self.states[self.position.step] = self.state()
                if not count and not self._complete(done):
                    return self.seen
            if steps is None and feed.num_batches is not None:
                iter(feed)  # the one that Keras never reads
            feed.on_epoch_end()
            self.source.ended(done)
            at = self.position
            self.position = Position(epoch=at.epoch + 1, batch=0, step=at.step)
        return self.seen

    def _complete(self, done):
        return self.source.batches is not None and done >= self.source.batches

    def state(self):
        """What a checkpoint would keep, through its encoding."""
        arrays = []
        state = self.source.capture(self.position)
        encoded = Encoder(arrays, state).encode(state)
        return Decoder(lambda number: arrays[number]).decode(encoded)


class Rows(keras.utils.PyDataset):
    def __init__(self, **options):
        super().__init__(**options)
        self.order, self.stream = np.arange(20), np.random.default_rng(1)
        self.begun = self.ended = 0

    def __len__(self):
        return 5

    def __getitem__(self, number):
        rows = self.order[number * BATCH : number * BATCH + BATCH]
        return X[rows] + self.stream.integers(100), Y[rows]

    def on_epoch_begin(self):
        self.begun += 1

    def on_epoch_end(self):
        self.ended += 1
        self.stream.shuffle(self.order)


class Still(Rows):
    """Its hooks change nothing: in steps they would race with the thread that reads ahead."""

    def on_epoch_end(self):
        self.ended += 1


class Endless(keras.utils.PyDataset):
    num_batches = None

    def __getitem__(self, number):
        return X[:BATCH] + number, Y[:BATCH]


def endless():
    for number in itertools.count():
        yield X[:BATCH] + number, Y[:BATCH]


def by_epoch(epoch, start):
    for number in range(start, 5):
        yield X[:BATCH] + 10 * number + 1000 * epoch, Y[:BATCH]


def tf_rows():
    return tf.data.Dataset.from_tensor_slices((X, Y))


def torch_loader(**options):
    import torch

    torch.manual_seed(3)
    rows = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    return torch.utils.data.DataLoader(rows, batch_size=BATCH, **options)


def grain_rows():
    import grain

    rows = list(zip(X, Y, strict=True))
    return grain.MapDataset.source(rows).seed(1).shuffle().batch(BATCH)


SOURCES = {
    "arrays": lambda: opened(X, Y),
    "arrays in steps": lambda: opened(X, Y, steps_per_epoch=3),
    "PyDataset": lambda: opened(Rows()),
    "PyDataset in steps": lambda: opened(Still(), steps_per_epoch=3),
    "PyDataset without end": lambda: opened(Endless(), steps_per_epoch=3),
    "tf.data": lambda: opened(tf_rows().batch(BATCH)),
    "tf.data, shuffled": lambda: opened(tf_rows().shuffle(20, seed=1).batch(BATCH)),
    "tf.data, filtered": lambda: opened(
        tf_rows().shuffle(20, seed=1).filter(lambda x, _: x[0] < 30).batch(BATCH)
    ),
    "tf.data, repeated": lambda: opened(
        tf_rows().shuffle(20, seed=1).repeat().batch(BATCH), steps_per_epoch=3
    ),
    "DataLoader": lambda: opened(torch_loader(shuffle=True)),
    "grain": lambda: opened(grain_rows()),
    "generator": lambda: opened(endless(), steps_per_epoch=3),
    "generator function": lambda: opened(by_epoch),
    "generator function in steps": lambda: opened(by_epoch, steps_per_epoch=3),
}


@pytest.mark.filterwarnings("ignore:kresume_nb. the data .* batches left:UserWarning")
@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("read", [1, 4, 5, 7, 10, 11])
def test_reading_goes_on_where_it_was(kind, read):
    whole = Reading(SOURCES[kind]()).read(18)
    before = Reading(SOURCES[kind]())
    before.read(read)
    read = len(before.seen)  # whole epochs where their length is not known
    state = before.state()
    after = Reading(SOURCES[kind](), before.position, state)
    assert after.read(18 - read) == whole[read:], "the rest"
    assert before.seen == whole[:read]


def test_a_pydataset_s_hooks_come_as_often_as_without_a_kill():
    unbroken = Rows()
    Reading(opened(unbroken)).read(13)
    first = Rows()
    before = Reading(opened(first))
    before.read(7)
    second = Rows()
    after = Reading(opened(second), before.position, before.state())
    after.read(6)
    assert (second.begun, second.ended) == (unbroken.begun, unbroken.ended)
    assert second.order.tolist() == unbroken.order.tolist()


def test_batches_of_a_pydataset_are_shuffled_by_seed_and_epoch():
    class Plain(Rows):
        def __getitem__(self, number):
            return np.full((1, 1), number, "float32"), np.zeros((1, 1))

    orders = [Reading(opened(Plain())).read(10)[at : at + 5] for at in (0, 5)]
    assert orders[0] != orders[1]
    assert all(sorted(order) == [[float(n)] for n in range(5)] for order in orders)
    assert Reading(opened(Plain(), shuffle=False)).read(5) == [[float(n)] for n in range(5)]


def test_the_length_of_an_epoch_is_learnt():
    source = opened(tf_rows().filter(lambda x, _: x[0] < 30).batch(BATCH))
    assert (source.batches, source.length_known) == (None, False)
    Reading(source).read(5)
    assert (source.batches, source.length_known) == (4, False)


def test_a_pass_that_does_not_fill_the_last_epoch_cuts_it_short():
    reading = Reading(opened(X, Y, shuffle=False, steps_per_epoch=3))
    reading.read(5)
    assert reading.position == Position(epoch=2, batch=0, step=5)
    assert reading.read(1)[-1][0] == 0.0, "a new pass"


@pytest.mark.parametrize(
    ("position", "steps", "stride", "until"),
    [
        ((0, 0, 0), None, 1, 9),  # epochs are passes: one fit to the end
        ((2, 3, 13), None, 1, 3),  # the rest of a broken epoch
        ((0, 0, 0), 2, 1, 9),  # Keras begins a new pass by itself
        ((1, 0, 2), 2, 1, 3),  # the rest of a pass of 5 batches: 2 and 1
        ((1, 1, 3), 2, 1, 2),
        ((1, 0, 4), 3, 2, 2),  # 3 steps are two executions of 2
    ],
)
def test_one_fit_goes_as_far_as_keras_counts_right(position, steps, stride, until):
    source = opened(X, Y, steps_per_epoch=steps)
    source.steps_per_execution = stride
    epoch, batch, step = position
    at = Position(epoch=epoch, batch=batch, step=step)
    read = batch if steps is None else step % 5
    source.restore({"passes": 1, "read": read, "batches": 5, "reader": None}, at)
    assert source.arguments(at, 9)["epochs"] == until


@pytest.mark.parametrize("kind", ["arrays", "tf.data, shuffled", "DataLoader", "PyDataset"])
def test_the_pass_that_keras_opens_when_one_ends_is_the_next(kind):
    steps = {"steps_per_epoch": 5}
    make = {
        "arrays": lambda: opened(X, Y, **steps),
        "tf.data, shuffled": lambda: opened(tf_rows().shuffle(20, seed=1).batch(BATCH), **steps),
        "DataLoader": lambda: opened(torch_loader(shuffle=True), **steps),
        "PyDataset": lambda: opened(Still(), **steps),
    }[kind]

    def passes(source, position, count):
        feed, seen = source.arguments(position, 9)["x"], []
        iterator = iter(feed)
        for number in range(count):
            source.begin(Position(epoch=number, batch=0, step=5 * number))
            feed.on_epoch_begin()
            seen += [np.asarray(batch[0])[:, 0].tolist() for batch in itertools.islice(iterator, 5)]
            iterator = iter(feed)  # Keras does so before it says that the epoch has ended
            feed.on_epoch_end()
            source.ended(5)
        return seen

    whole = passes(make(), Position(epoch=0, batch=0, step=0), 3)
    assert len({tuple(map(tuple, whole[at : at + 5])) for at in (0, 5, 10)}) == 3
    before = make()
    assert passes(before, Position(epoch=0, batch=0, step=0), 1) == whole[:5]
    position, arrays = Position(epoch=1, batch=0, step=5), []
    state = before.capture(position)
    encoded = Encoder(arrays, state).encode(state)
    after = make()
    after.restore(Decoder(lambda number: arrays[number]).decode(encoded), position)
    iterator = iter(after.arguments(position, 9)["x"])
    assert [np.asarray(batch[0])[:, 0].tolist() for batch in itertools.islice(iterator, 5)] == (
        whole[5:10]
    )


def test_unseeded_shuffles_go_on_by_the_iterator_s_state():
    tf.random.set_seed(None)

    def make():
        return opened(tf_rows().shuffle(20).batch(BATCH))

    before = Reading(make())
    before.watched = (2,)
    rest = before.read(5)[2:]
    after = Reading(make(), Position(epoch=0, batch=2, step=2), before.states[2])
    assert after.read(3) == rest
    (finding,) = after.source.findings()
    assert finding.verdict == "approximate"
    assert "this pass goes on as it was, those after it are drawn anew" in finding.detail


def test_an_unseeded_shuffle_goes_on_with_a_whole_pass_at_the_end_of_one():
    tf.random.set_seed(None)
    before = Reading(opened(tf_rows().shuffle(20).batch(BATCH)))
    before.read(5)
    after = Reading(opened(tf_rows().shuffle(20).batch(BATCH)), before.position, before.state())
    assert sorted(one for batch in after.read(5) for one in batch) == X[:, 0].tolist()


@pytest.mark.parametrize(
    ("options", "why"),
    [({}, "its order is another one."), ({"steps_per_epoch": 3}, "when this pass has ended")],
)
def test_another_seed_of_a_pipeline_is_told(options, why):
    def make(seed):
        return opened(tf_rows().shuffle(20, seed=seed).batch(BATCH).repeat(9), **options)

    before = Reading(make(1))
    before.read(2)
    after = Reading(make(2), before.position, before.state())
    (finding,) = after.source.findings()
    assert finding.verdict == "approximate"
    assert why in finding.detail


@pytest.mark.parametrize(
    ("pipeline", "why"),
    [
        (lambda: tf_rows().map(lambda x, y: (x + tf.random.normal((2,)), y)), "without a seed"),
        (
            lambda: tf_rows().map(lambda x, y: (tf.numpy_function(abs, [x], tf.float32), y)),
            "runs Python",
        ),
        (
            lambda: tf_rows().map(
                lambda x, y: (x + tf.random.normal((2,), seed=1), y), num_parallel_calls=2
            ),
            "in parallel calls",
        ),
        (
            lambda: tf_rows().with_options(unordered()),
            "parallel parts in any order",
        ),
    ],
)
def test_what_a_pipeline_does_that_no_state_holds_is_told(pipeline, why):
    tf.random.set_seed(None)
    (finding,) = opened(pipeline().batch(BATCH)).findings()
    assert finding.verdict == "approximate"
    assert why in finding.detail


def unordered():
    options = tf.data.Options()
    options.deterministic = False
    return options


def test_a_generator_says_that_it_ran_again():
    (finding,) = opened(endless(), steps_per_epoch=3).findings()
    assert finding.verdict == "approximate"
    assert "only if it yields the same each time" in finding.detail
    (finding,) = opened(by_epoch).findings()
    assert finding.verdict == "exact"


def test_a_generator_that_ended_is_told_with_the_cure():
    reading = Reading(opened(one for one in by_epoch(0, 0)))
    seen = reading.read(7)
    assert seen[5:] == seen[:2], "as in Keras, the batches that were looked at"
    assert reading.position == Position(epoch=1, batch=2, step=7)
    after = Reading(opened(one for one in by_epoch(0, 0)), reading.position, reading.state())
    assert after.read(1) == seen[:1]
    before = Reading(opened(endless(), steps_per_epoch=6))
    before.read(5)
    short = Reading(
        opened((one for one in by_epoch(0, 2)), steps_per_epoch=6), before.position, before.state()
    )
    with pytest.raises(DataEndedError, match="yielded 3 batches and ended; the checkpoint was"):
        short.read(1)


@pytest.mark.parametrize(
    ("x", "options", "why"),
    [
        (lambda: tf_rows().batch(2), {"y": Y}, "y was passed beside x, which is a tf.data"),
        (endless, {"class_weight": {0: 1.0}}, "class_weight cannot be used with a generator"),
        (lambda: tf_rows().repeat().batch(2), {}, r"without an end.*Pass steps_per_epoch"),
        (Endless, {}, r"a PyDataset without an end"),
    ],
)
def test_arguments_that_do_not_fit_the_kind_are_refused(x, options, why):
    with pytest.raises(ArgumentError, match=why):
        opened(x(), **options)


@pytest.mark.parametrize("batches", [[], [1], [[X, Y]]])
def test_generators_of_other_things_than_tuples_are_refused(batches):
    with pytest.raises(UnsupportedDataError, match=r"yields .* Expected tuples"):
        opened(one for one in batches)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: X, "arrays"),
        (lambda: {"a": X}, "arrays"),
        (lambda: tf.constant(X), "arrays"),
        (tf_rows, "tf.data"),
        (Rows, "PyDataset"),
        (torch_loader, "DataLoader"),
        (grain_rows, "grain"),
        (endless, "generator"),
        (lambda: by_epoch, "generator"),
    ],
)
def test_kinds_are_told_apart(make, kind):
    assert kind_of(make()) == kind


def test_ten_million_samples_keep_no_order_in_memory():
    source = opened(np.zeros(10_000_000, "int8"), np.zeros(10_000_000, "int8"))
    import tracemalloc

    tracemalloc.start()
    try:
        source._reader.indices(3, 2_000_000, 2_000_100)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_hooks_that_change_a_pydataset_while_keras_reads_ahead_are_told():
    reading = Reading(opened(Rows(), steps_per_epoch=3))
    reading.read(3)
    reading.state()
    assert [one.verdict for one in reading.source.findings()] == ["exact", "approximate"]


def test_a_pydataset_that_draws_from_global_streams_is_told_and_not_compared_by_contents():
    class Drawing(Rows):
        def __getitem__(self, number):
            return X[:BATCH] + np.random.rand(), Y[:BATCH]

    source = opened(Drawing())
    assert [one.digest for one in source.described()] == ["", ""]
    assert "approximate" in [one.verdict for one in source.findings()]
