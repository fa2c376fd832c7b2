from __future__ import annotations

import math
import random

import pytest

from kresume_nb.errors import ArgumentError
from kresume_nb.run import layout
from kresume_nb.run.records import Checkpoint, Position
from kresume_nb.train.checkpoint.policy import Checkpointing, boundary

BATCHES = 4


def saved(epoch, batch=0, value=None, monitor="val_loss", mode="min"):
    position = Position(epoch=epoch, batch=batch, step=epoch * BATCHES + batch)
    return Checkpoint(
        time=0.0,
        file=layout.checkpoint_name(position),
        position=position,
        bytes=1,
        seconds=0.0,
        monitor=monitor if value is not None else None,
        value=value,
        mode=mode,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"every_epochs": 0}, {"every_epochs": 1.5}, {"every_epochs": True}, {"every_steps": 0},
        {"every_steps": -3}, {"every_seconds": -1}, {"every_seconds": math.nan},
        {"every_seconds": math.inf}, {"every_seconds": "60"}, {"every_seconds": "always"},
        {"every_seconds": True}, {"monitor": 3}, {"keep_last": 0},
        {"keep_last": -1}, {"keep_best": -1}, {"keep_best": 1.0}, {"mode": "best"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_name(arguments):
    (name, value), *_ = arguments.items()
    with pytest.raises(
        ArgumentError, match=rf"Checkpointing\({name}=.*\) cannot be used\. Expected"
    ):
        Checkpointing(**arguments)
    assert issubclass(ArgumentError, ValueError)
    del value


@pytest.mark.parametrize("every", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_every_so_many_steps_one_is_due(every, stride):
    """However many steps are done at once, one is due in each that passes a multiple."""
    policy = Checkpointing(every_steps=every, every_seconds=None)
    for before in range(0, 60, stride):
        multiples = [one for one in range(before + 1, before + stride + 1) if one % every == 0]
        due = policy.due_in_epoch(steps=before + stride, before=before, seconds=1e9)
        assert due == bool(multiples)


@pytest.mark.parametrize(("seconds", "due"), [(-1.0, False), (59.9, False), (60.0, True)])
def test_every_so_many_seconds_one_is_due(seconds, due):
    policy = Checkpointing(every_steps=None, every_seconds=60)
    assert policy.due_in_epoch(steps=5, before=4, seconds=seconds) is due


def test_none_is_due_where_nothing_is_asked_for():
    policy = Checkpointing(every_epochs=None, every_steps=None, every_seconds=None)
    assert not policy.due_in_epoch(steps=5, before=4, seconds=1e9)
    assert not any(map(policy.due_at_epoch_end, range(1, 50)))


@pytest.mark.parametrize("every", [1, 2, 5])
def test_every_so_many_epochs_one_is_due(every):
    policy = Checkpointing(every_epochs=every)
    assert [n for n in range(1, 21) if policy.due_at_epoch_end(n)] == list(range(every, 21, every))


def test_a_snapshot_is_taken_between_batches_only():
    assert [batch for batch in range(5) if boundary(batch, 4)] == [1, 2, 3]
    assert not any(boundary(batch, 1) for batch in range(3))


@pytest.mark.parametrize(
    ("logs", "monitor", "expected"),
    [
        ({"loss": 1.0, "val_loss": 2.0}, None, ("val_loss", 2.0)),
        ({"loss": 1.0}, None, ("loss", 1.0)),
        ({"loss": 1.0, "val_mae": 3.0}, "val_mae", ("val_mae", 3.0)),
        ({"loss": 1.0}, "val_mae", None),
        ({}, None, None),
    ],
)
def test_the_monitored_value_is_the_validation_s_if_there_is_one(logs, monitor, expected):
    assert Checkpointing(monitor=monitor).monitored(logs) == expected


def kept(policy, checkpoints):
    gone = set(policy.expendable(checkpoints))
    return [one for one in checkpoints if one.file not in gone]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_saved_the_newest_and_the_best_never_go(seed):
    """A run of random length and values, pruned after every checkpoint as the saver does."""
    chance = random.Random(seed)
    mode = chance.choice(["min", "max"])
    policy = Checkpointing(
        keep_last=chance.randint(1, 4),
        keep_best=chance.randint(0, 3),
        mode=chance.choice([mode, "auto"]),
    )
    values = [0.1, 0.2, 0.3, 0.4, math.nan, math.inf, -math.inf, None]
    there, ends = [], []
    for epoch in range(chance.randint(1, 15)):
        for batch in range(BATCHES):
            if batch and chance.random() < 0.5:
                continue
            one = saved(epoch, batch, None if batch else chance.choice(values), mode=mode)
            there.append(one)
            if not batch:
                ends.append(one)
            chance.shuffle(there)
            there = kept(policy, there)
            by_step = sorted(there, key=lambda one: one.position.step)
            assert by_step[-1] == one, "the newest"
            assert set(ends[-policy.keep_last :]) <= set(there), "the last epochs"
            sign = 1 if mode == "min" else -1
            ranked = sorted(
                (end for end in ends if end.value is not None and math.isfinite(end.value)),
                key=lambda end: (sign * end.value, end.position.step),
            )
            best = ranked[: policy.keep_best]
            assert set(best) <= set(there), "the best of all that ever were"
            within = [one for one in by_step if one.position.step > ends[-1].position.step]
            assert len(within) <= policy.keep_last
            assert len(there) <= 2 * policy.keep_last + policy.keep_best
            assert kept(policy, there) == there, "pruning twice is as once"


def test_within_an_epoch_what_the_next_end_supersedes_goes():
    policy = Checkpointing(keep_last=2, keep_best=0)
    saves = [saved(0), saved(0, 1), saved(0, 2), saved(0, 3)]
    assert kept(policy, saves) == [saves[0], saves[2], saves[3]]
    assert kept(policy, [*saves, saved(1)]) == [saves[0], saved(1)]


@pytest.mark.parametrize("monitor", ["val_loss", "val_mae", "val_accuracy", "score"])
@pytest.mark.parametrize(("mode", "best"), [("min", 1), ("max", 3)])
def test_which_way_is_better_is_what_was_stored_and_not_the_name(monitor, mode, best):
    saves = [saved(n, 0, n / 10, monitor, mode) for n in (1, 2, 3)]
    left = kept(Checkpointing(keep_last=1, keep_best=1), [*saves, saved(4)])
    assert [one.position.epoch for one in left] == [best, 4]


def test_without_a_number_all_are_kept():
    saves = [saved(n, b, 1.0 * n) for n in range(9) for b in (0, 2)]
    assert kept(Checkpointing(keep_last=None, keep_best=0), saves[:-1]) == [
        one for one in saves if not one.position.batch
    ]
    assert kept(Checkpointing(keep_last=None), saves)[-1] == saves[-1]


@pytest.mark.parametrize("seconds", ["continuous", 0, 0.0])
def test_continuous_is_due_at_every_boundary(seconds):
    policy = Checkpointing(every_seconds=seconds)
    assert policy.due_in_epoch(steps=2, before=1, seconds=0.0)
    assert policy.record.every_seconds == 0.0


def test_an_epoch_without_validation_has_no_value_where_others_have():
    policy = Checkpointing()
    assert policy.monitored({"loss": 1.0}, ["loss"]) == ("loss", 1.0)
    assert policy.monitored({"loss": 1.0}, ["loss", "val_loss"]) is None


def test_of_equals_the_earliest_is_the_best():
    saves = [saved(1, 0, 0.5), saved(2, 0, 0.5), saved(3, 0, 0.5), saved(4, 0, 0.9)]
    left = kept(Checkpointing(keep_last=1, keep_best=1), saves)
    assert [one.position.epoch for one in left] == [1, 4]


@pytest.mark.parametrize(
    ("monitor", "seen", "validates", "told"),
    [
        (None, ["loss"], False, False),
        ("loss", ["loss"], False, False),
        ("score", [], False, False),  # nothing is known yet
        ("score", ["loss"], False, True),
        ("val_loss", ["loss"], False, True),
        ("val_loss", ["loss"], True, False),  # with validation_freq it comes later
        ("val_score", ["loss", "val_loss"], True, True),
    ],
)
def test_a_log_that_never_comes_is_told(monitor, seen, validates, told):
    missing = Checkpointing(monitor=monitor, mode="max").missing(seen, validates=validates)
    assert (missing is not None) == told
    assert not told or "The logs are loss" in missing
