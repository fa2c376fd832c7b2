from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from kresume_nb.run.fold import Fold
from kresume_nb.run.records import (
    Checkpoint,
    Controlled,
    End,
    Epoch,
    Finding,
    Monitored,
    Position,
    Pruned,
    Start,
    Steps,
    Writer,
)

WRITER = Writer(pid=1, host="here", kernel=None, started=0.0)
BATCHES = 5


def start(position=None, checkpoint=None):
    return Start(
        time=0.0,
        writer=WRITER,
        epochs=8,
        batches=BATCHES,
        position=position or Position(epoch=0, batch=0, step=0),
        resumed=position is not None,
        checkpoint=checkpoint,
    )


def at(step):
    return Position(epoch=step // BATCHES, batch=step % BATCHES, step=step)


def value(step):
    return 1.0 / step


def course(first, last, chance):
    """The events of training steps `first` to `last`, in lines of random length."""
    step = first
    while step <= last:
        ends = (step - 1) // BATCHES * BATCHES + BATCHES
        count = min(chance.randint(1, 4), ends - step + 1, last - step + 1)
        rates = [value(one) / 2 for one in range(step, step + count)]
        yield Steps(
            time=0.0,
            step=step,
            epoch=(step - 1) // BATCHES + 1,
            batch=(step - 1) % BATCHES + 1,
            count=count,
            logs={"loss": [value(one) for one in range(step, step + count)]},
            learning_rate=rates if count > 1 else rates[:1],
        )
        step += count
        if (step - 1) % BATCHES == 0:
            yield Epoch(
                time=0.0,
                epoch=(step - 1) // BATCHES,
                step=step - 1,
                logs={"loss": value(step - 1)},
                learning_rate=value(step - 1) / 2,
                seconds=1.0,
            )


def checkpoint(step, file):
    return Checkpoint(
        time=0.0, file=file, position=at(step), bytes=1, seconds=0.0, monitor=None, value=None
    )


@pytest.mark.parametrize("seed", range(30))
def test_a_run_killed_again_and_again_reads_as_though_nothing_had_happened(seed):
    chance = random.Random(seed)
    total = 8 * BATCHES
    unbroken = Fold().feed([start(), *course(1, total, chance)])
    broken, done = Fold().feed([start()]), 0
    resumes = []
    while done < total:
        reached = chance.randint(done, total)
        broken.feed(course(done + 1, reached, chance))
        if reached == total:
            break
        done = chance.randint(done, reached)
        resumes.append(at(done))
        broken.feed([start(at(done), "x.keras")])
        assert broken.position == at(done)
    assert broken.steps() == unbroken.steps()
    assert broken.history() == unbroken.history()
    assert [row.epoch for row in broken.rows] == list(range(1, 9))
    assert broken.position == unbroken.position == at(total)
    assert broken.resumes == resumes


@pytest.mark.parametrize("step", range(21))
def test_a_resume_gives_up_what_lies_beyond_it(step):
    fold = Fold().feed([start(), *course(1, 20, random.Random(0))])
    fold.feed(checkpoint(one, f"{one}.keras") for one in (0, 5, 8, 10, 13, 20))
    fold.feed([start(at(step), "x.keras")])
    assert fold.steps()["step"] == list(range(1, step + 1))
    assert fold.steps()["learning_rate"] == [value(one) / 2 for one in range(1, step + 1)]
    assert [row.epoch for row in fold.rows] == list(range(1, step // BATCHES + 1))
    assert [one.position.step for one in fold.checkpoints] == [
        one for one in (0, 5, 8, 10, 13, 20) if one <= step
    ]


def test_a_start_that_does_not_resume_keeps_inherited_epochs():
    row = Epoch(time=0.0, epoch=1, step=5, logs={}, learning_rate=0.1, seconds=1.0, inherited=True)
    fork = Start(
        time=0.0, writer=WRITER, epochs=3, batches=5, position=at(5), resumed=False, checkpoint="a"
    )
    fold = Fold().feed([start(), row, fork])
    assert (fold.rows, fold.position, fold.resumes) == ([row], at(5), [])


def test_checkpoints_are_those_kept_in_the_order_of_training():
    fold = Fold().feed([checkpoint(10, "b"), checkpoint(5, "a"), checkpoint(12, "c")])
    fold.feed([Pruned(time=0.0, files=["a", "never there"]), checkpoint(10, "b")])
    assert [one.file for one in fold.checkpoints] == ["b", "c"]


def test_an_end_is_undone_by_the_next_start():
    ended = End(time=0.0, status="failed", position=at(7), reason="ValueError: x")
    fold = Fold().feed([start(), ended])
    assert (fold.status, fold.reason, fold.position) == ("failed", "ValueError: x", at(7))
    fold.feed([start(at(5), "x.keras")])
    assert (fold.status, fold.reason, fold.position) == ("running", "", at(5))


def test_a_metric_that_some_steps_lack_is_nan_there():
    def chunk(step, logs):
        return Steps(
            time=0.0, step=step, epoch=1, batch=step, count=1, logs=logs, learning_rate=[0.1]
        )

    columns = Fold().feed([chunk(1, {"loss": [1.0]}), chunk(2, {"mae": [2.0]})]).steps()
    assert columns["loss"][0] == 1.0
    assert math.isnan(columns["loss"][1])
    assert math.isnan(columns["mae"][0])
    assert len({len(column) for column in columns.values()}) == 1


def test_a_metric_of_every_other_epoch_has_as_many_values_as_in_keras():
    rows = [
        Epoch(time=0.0, epoch=n, step=n, logs=logs, learning_rate=0.1, seconds=1.0)
        for n, logs in ((1, {"loss": 1.0}), (2, {"loss": 2.0, "val_loss": 3.0}), (3, {"loss": 4.0}))
    ]
    assert Fold().feed(rows).history() == {"loss": [1.0, 2.0, 4.0], "val_loss": [3.0]}


def test_a_writer_s_fold_has_the_same_summary_without_the_steps():
    events = [
        start(),
        *course(1, 17, random.Random(1)),
        start(at(12), "x"),
        *course(13, 16, random.Random(2)),
    ]
    whole, light = Fold().feed(events), Fold(keep_steps=False).feed(events)
    assert light.chunks == []
    assert light.summary("a") == whole.summary("a")


def answer(action, step=7, *, done=True, value=None):
    return Controlled(
        time=0.0, id="x", action=action, value=value, position=at(step), done=done, detail=""
    )


@pytest.mark.parametrize(
    ("event", "paused"),
    [
        (answer("continue"), False),
        (answer("stop"), False),
        (End(time=0.0, status="interrupted", position=at(7), reason=""), False),
        (start(at(7), "x.keras"), False),
        (answer("checkpoint"), True),
        (answer("continue", done=False), True),
    ],
)
def test_training_is_paused_from_a_pause_to_whatever_ends_it(event, paused):
    fold = Fold().feed([start(), answer("pause")])
    assert fold.paused
    assert fold.feed([event]).paused is paused


def test_a_refused_pause_pauses_nothing():
    assert not Fold().feed([start(), answer("pause", done=False)]).paused


def test_answers_beyond_a_resume_are_dropped_with_the_steps_they_fell_between():
    fold = Fold().feed([start(), answer("learning_rate", 5), answer("learning_rate", 6)])
    fold.feed([start(at(5), "x.keras")])
    assert [one.position.step for one in fold.controls] == [5]


def test_findings_are_those_of_the_last_start():
    fold = Fold().feed([replace(start(), findings=[Finding(what="weights", verdict="exact")])])
    assert [one.what for one in fold.findings] == ["weights"]
    assert fold.feed([start(at(0), "x.keras")]).findings == []


def test_how_many_batches_an_epoch_has_is_learnt_from_one_that_ended():
    events = course(1, BATCHES, random.Random(0))
    fold = Fold().feed([replace(start(), batches=0), *events])
    assert fold.batches == BATCHES


def test_directions_add_up_and_epochs_without_a_file_are_cut_by_a_resume():
    def saved(step, skipped=()):
        return Checkpoint(
            time=0.0,
            file=f"epoch-{step}.keras",
            position=at(step),
            bytes=1,
            seconds=0.0,
            monitor=None,
            value=None,
            skipped=list(skipped),
        )

    fold = Fold().feed(
        [
            start(),
            Monitored(time=0.0, monitor="loss", directions={"loss": "min"}),
            saved(15, [1, 2]),
            Monitored(time=0.0, monitor="val_loss", directions={"val_loss": "min"}),
            saved(25, [4]),
        ]
    )
    assert (fold.monitor, fold.directions) == ("val_loss", {"loss": "min", "val_loss": "min"})
    assert fold.summary("x").skipped == [1, 2, 4]
    assert fold.feed([start(at(15))]).skipped == [1, 2]
