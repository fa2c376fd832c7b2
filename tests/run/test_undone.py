"""What a kernel's death undid."""

from __future__ import annotations

from kresume_nb.run.records import Checkpoint, Controlled, Epoch, Position, Start, Steps, Writer
from kresume_nb.run.undone import undone

PROCESS = Writer(pid=1, host="here", kernel=None, started=0.0)


def start(step=0, resumed=False):
    at = Position(epoch=0, batch=step, step=step)
    return Start(time=0.0, writer=PROCESS, epochs=3, batches=10, position=at, resumed=resumed)


def steps(first, count=1):
    return Steps(
        time=0.0,
        step=first,
        epoch=1,
        batch=first,
        count=count,
        logs={"loss": [0.5] * count},
        learning_rate=[0.1],
    )


def epoch(number, step):
    logs = {"loss": 0.5}
    return Epoch(time=0.0, epoch=number, step=step, logs=logs, learning_rate=0.1, seconds=1.0)


def checkpoint(step):
    return Checkpoint(
        time=0.0,
        file=f"step-{step}.keras",
        position=Position(epoch=0, batch=step, step=step),
        bytes=1,
        seconds=0.0,
        monitor=None,
        value=None,
    )


def rate(step):
    return Controlled(
        time=0.0,
        id="1",
        action="learning_rate",
        value=0.2,
        position=Position(epoch=0, batch=step, step=step),
        done=True,
        detail="",
    )


def test_what_came_after_the_newest_checkpoint():
    events = [
        start(),
        steps(1, 4),
        checkpoint(2),
        steps(5, 2),
        epoch(1, 6),
        checkpoint(5),
        steps(7),
    ]
    assert undone(events) == [steps(5, 2), epoch(1, 6), steps(7)]


def test_only_of_the_last_process():
    assert undone([start(), steps(1, 9), start(4, resumed=True), steps(5)]) == [steps(5)]


def test_nothing_after_a_rate_set_by_hand():
    assert undone([start(), steps(1), rate(1), steps(2)]) == [steps(1)]
    assert undone([start(), rate(0), steps(1), start(), steps(1)]) == [steps(1)]
