"""Data that is another each time it is read is found out before training, and such as is not is left as it was."""

from __future__ import annotations

import itertools
import time

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.train.sources.kind import open_source

# Tests before may have started JAX in this process, which then warns of the forks of workers.
pytestmark = pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning")

X = np.arange(80, dtype="float32").reshape(40, 2)
Y = X.sum(1, keepdims=True)
TIMES = itertools.count()


def opened(x):
    return open_source(
        x, None, None, batch_size=None, shuffle=False, class_weight=None, steps_per_epoch=None
    )


class Rows(keras.utils.PyDataset):
    """Draws from a stream of its own, and counts."""

    def __init__(self):
        super().__init__()
        self.rng, self.count, self.seen = np.random.default_rng(0), 0, []

    def __len__(self):
        return 5

    def __getitem__(self, number):
        self.count += 1
        self.seen.append(number)
        return X[:8] + number + self.rng.normal() + np.random.normal() + self.count, Y[:8]


class Counting(Rows):
    """What it counts nobody sees: the clock, a file, a service."""

    def __getitem__(self, number):
        return X[:8] + next(TIMES), Y[:8]


def sought(epoch, start):
    for number in range(start, 5):
        yield X[:8] + number, Y[:8]


def not_sought(epoch, start):
    for number in range(5):
        yield X[:8] + number, Y[:8]


def loader(dataset):
    torch = pytest.importorskip("torch")
    return torch.utils.data.DataLoader(dataset, batch_size=8)


class Items:
    def __init__(self, extra):
        self.extra = extra

    def __len__(self):
        return 40

    def __getitem__(self, number):
        return X[number] + self.extra(), Y[number]


def nothing():
    return 0


def counted():
    return next(TIMES)


def grain(extra):
    from grain import MapDataset

    return MapDataset.source(Items(extra)).seed(1).shuffle().batch(8)


def with_workers(extra, **options):
    torch = pytest.importorskip("torch")
    options = {"num_workers": 1, "multiprocessing_context": "fork"} | options
    return torch.utils.data.DataLoader(Items(extra), batch_size=8, **options)


class Threaded(Rows):
    """Read by threads: draws nothing while it is read."""

    def __init__(self):
        super().__init__()
        self.workers = 2

    def __getitem__(self, number):
        return X[:8] + number, Y[:8]


class ThreadedCounting(Threaded):
    def __getitem__(self, number):
        return X[:8] + next(TIMES), Y[:8]


def clock():
    return time.monotonic() % 100


CASES = {
    "PyDataset": (Rows, Counting),
    "function": (lambda: sought, lambda: not_sought),
    "DataLoader": (lambda: loader(Items(nothing)), lambda: loader(Items(counted))),
    "DataLoader with workers": (lambda: with_workers(nothing), lambda: with_workers(clock)),
    "PyDataset with workers": (Threaded, ThreadedCounting),
    "grain": (lambda: grain(nothing), lambda: grain(counted)),
}


@pytest.mark.parametrize("kind", CASES)
def test_what_is_the_same_each_time_is_not_doubted(kind):
    source = opened(CASES[kind][0]())
    assert source.doubts() == []
    (position,) = (one for one in source.findings() if one.what == "position in the data")
    assert position.verdict == "exact"
    assert "a batch that was read twice was the same" in position.detail


@pytest.mark.parametrize("kind", CASES)
def test_what_is_another_each_time_is(kind):
    source = opened(CASES[kind][1]())
    (found,) = source.doubts()
    assert (found.what, found.verdict) == ("batches", "approximate")
    assert "a batch was not the same" in found.detail
    assert not any("read twice was the same" in one.detail for one in source.findings())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"persistent_workers": True}, "its workers stay, and would remember it"),
        ({"multiprocessing_context": "spawn"}, "its workers take long to start (spawn)"),
    ],
)
def test_where_workers_are_not_asked_twice_the_verdict_says_so(options, why):
    loader = pytest.importorskip("torch").utils.data.DataLoader
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "__iter__", lambda _: iter([[X[:8], Y[:8]]]))
        (position,) = opened(with_workers(clock, **options)).findings()
    assert position.verdict == "exact"
    assert f"no batch was read twice to compare: {why}" in position.detail


def test_nobody_sees_that_it_was_read_once_more():
    once, now = Rows(), Rows()
    np.random.seed(3)
    for number in (0, 1):  # as Keras does
        once[number]
    drawn = np.random.normal()
    np.random.seed(3)
    opened(now)
    assert np.random.normal() == drawn
    assert (now.count, now.seen) == (once.count, once.seen)
    assert now.rng.normal() == once.rng.normal()


def test_it_is_told_in_training_and_at_a_resume(place):
    def train(resume, stop):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        stopping = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: stop(epoch))
        policy = kr.Checkpointing(every_steps=1, every_seconds=None)
        kr.fit(
            model,
            Counting(),
            epochs=3,
            run="r",
            resume=resume,
            verbose=0,
            callbacks=[stopping],
            checkpoint=policy,
        )

    def in_the_second(epoch):
        if epoch == 1:
            raise KeyboardInterrupt

    with (
        pytest.warns(UserWarning, match="a resume would not be exact: batches: read twice"),
        pytest.raises(KeyboardInterrupt),
    ):
        train("never", in_the_second)
    with pytest.warns(UserWarning, match="not restored exactly:\n  batches: read twice"):
        train("auto", lambda _: None)
    verdicts = {one.what: one.verdict for one in kr.runs()[0].report}
    assert verdicts["batches"] == "approximate"
