"""Long runs downsampled: what stays exact."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from kresume_nb.run.downsampling import STRETCHES, downsample, extremes
from kresume_nb.run.records import Compared, Position, Summary
from kresume_nb.view.compare.table import table

EPOCHS = 10_000


def compared(epochs: int = EPOCHS, *, late: int = 0, **more: float) -> Compared:
    """A run of that length with two noisy metrics; `val_loss` only in epochs after `late`."""
    chance = random.Random(3)
    numbers = list(range(1, epochs + 1))
    loss = [math.exp(-n / 3000) + chance.gauss(0, 0.05) for n in numbers]
    late_ones = [n for n in numbers if n > late]
    val = [1.1 + math.sin(n / 700) + chance.gauss(0, 0.05) for n in late_ones]
    summary = Summary(
        name="a", status="finished", reason="", epochs=epochs, batches=3,
        position=Position(epoch=epochs, batch=0, step=3 * epochs), epoch=numbers,
        learning_rate=[0.1 * 0.5 ** (n // 4000) for n in numbers], resumes=[], checkpoints=[],
        updated=0.0, step=[3 * n for n in numbers], time=[100.0 + n for n in numbers],
        seconds=[float(n) for n in numbers], lacking={"val_loss": late_ones} if late else {},
    )  # fmt: skip
    summary = replace(summary, **more)
    return Compared(key="a", header=None, summary=summary, history={"loss": loss, "val_loss": val})


def points(run: Compared, metric: str) -> dict[int, float]:
    """By epoch the values of a metric."""
    assert run.summary is not None
    epochs = run.summary.lacking.get(metric, run.summary.epoch)
    return dict(zip(epochs, run.history[metric], strict=True))


@pytest.mark.parametrize("late", [0, 2500])
def test_what_is_told_is_true_and_the_extremes_of_every_stretch_are_told(late):
    whole = compared(late=late)
    thin = downsample(whole)
    assert thin.thinned == EPOCHS
    assert thin.summary is not None
    assert len(thin.summary.epoch) < EPOCHS / 4
    for metric in whole.history:
        given, kept = points(whole, metric), points(thin, metric)
        assert kept.items() <= given.items()
        epochs = sorted(given)
        length = -(-len(epochs) // STRETCHES)
        for first in range(0, len(epochs), length):
            stretch = {given[epoch] for epoch in epochs[first : first + length]}
            assert {min(stretch), max(stretch)} <= set(kept.values())
    for row, epoch in enumerate(thin.summary.epoch):
        told = (thin.summary.step[row], thin.summary.time[row], thin.summary.seconds[row])
        assert told == (3 * epoch, 100.0 + epoch, float(epoch))


def test_a_table_of_thinned_runs_says_what_it_would_of_whole_ones():
    whole = compared()
    thin = downsample(whole)
    for metric in whole.history:
        assert table([thin], metric) == table([whole], metric)


def test_a_fork_keeps_where_it_left_its_parent():
    thin = downsample(compared(inherited=1234))
    assert thin.summary is not None
    assert thin.summary.epoch[thin.summary.inherited - 1] == 1234
    assert thin.summary.epoch[thin.summary.inherited] == 1235


def test_gaps_stay_gaps_and_hide_no_extremes():
    values = [float(n % 100) for n in range(10_000)]
    values[4000:4100] = [math.nan] * 100
    values[7050] = math.inf
    kept = [values[place] for place in extremes(values, 100)]
    assert sum(math.isnan(value) for value in kept) == 1
    assert math.inf in kept
    # Of the other 99 stretches each.
    assert sum(values[place] == 99.0 for place in extremes(values, 100)) == 99
    assert sum(values[place] == 0.0 for place in extremes(values, 100)) == 99


def test_short_runs_and_those_that_cannot_be_read_are_left_alone():
    short = compared(4000)
    assert downsample(short) is short
    damaged = Compared(key="a", header=None, summary=None, history={}, problem="damaged")
    assert downsample(damaged) is damaged
