"""Writes the golden run folders, which Python and TypeScript tests read alike.

    python tests/golden/generate.py

They are committed, and stay as they are for as long as their schema version can be read: a new
version gets new folders beside them. `expected.json` is what a reader must make of each.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from kresume_nb.run import codec, layout
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import (
    Attempt,
    Attempted,
    Cell,
    Checkpoint,
    Controlled,
    DataArray,
    Direction,
    End,
    Epoch,
    Finding,
    Header,
    JournalEvent,
    Monitored,
    Policy,
    Position,
    Pruned,
    Start,
    Steps,
    Warned,
    Writer,
)

HERE = Path(__file__).parent
BATCHES = 4
WRITER = Writer(pid=4242, host="golden", kernel="8d1f2c3a-kernel", started=1000.0)
HEADER = Header(
    name="golden-001",
    base="golden",
    created=1000.0,
    notebook="golden.ipynb",
    cell=Cell(id="cell-train", source="history = kr.fit(model, x, y, epochs=3)"),
    setup=[
        Cell(id="cell-import", source="import keras"),
        Cell(id="cell-plot", source="plot(history)", late=True),
    ],
    fit={"epochs": 3, "batch_size": 32, "shuffle": True},
    compile={"loss": "mse"},
    architecture="0" * 64,
    parameters=449,
    data=[DataArray(name="x", shape=[128, 8], dtype="float32", digest="1" * 64)],
    samples=128,
    batch_size=32,
    batches=BATCHES,
    seed=7,
    versions={"keras": "3.15.1"},
    device="cpu:0",
    writer=WRITER,
    parent=None,
    policy=Policy(
        every_epochs=1,
        every_steps=None,
        every_seconds=60.0,
        keep_last=3,
        keep_best=1,
        monitor=None,
        mode="auto",
    ),
)


def start(at: Position | None = None, checkpoint: str | None = None) -> Start:
    origin = at or Position(epoch=0, batch=0, step=0)
    return Start(
        time=1000.0 + origin.step,
        writer=replace(WRITER, started=1000.0 + origin.step),
        epochs=3,
        batches=BATCHES,
        position=origin,
        resumed=at is not None,
        checkpoint=checkpoint,
        report=["epoch-0002.keras is damaged and was passed over"] if at else [],
    )


def steps(first: int, count: int, loss: Any, rate: Any = 0.001) -> Steps:
    """Steps `first` to `first + count - 1`, all of one epoch."""
    return Steps(
        time=1000.0 + first + count - 1,
        step=first,
        epoch=(first - 1) // BATCHES + 1,
        batch=(first - 1) % BATCHES + 1,
        count=count,
        logs={"loss": [loss(one) for one in range(first, first + count)]},
        learning_rate=[rate(one) for one in range(first, first + count)]
        if callable(rate)
        else [rate],
    )


def epoch(number: int, loss: float, rate: float = 0.001, **logs: float) -> Epoch:
    return Epoch(
        time=1000.0 + number * BATCHES,
        epoch=number,
        step=number * BATCHES,
        logs={"loss": loss, **logs},
        learning_rate=rate,
        seconds=4.0,
    )


def checkpoint(
    at: Position, value: float | None = None, mode: Direction | None = None
) -> Checkpoint:
    return Checkpoint(
        time=1000.25 + at.step,
        file=layout.checkpoint_name(at),
        position=at,
        bytes=54861,
        seconds=0.25,
        monitor=None if value is None else "val_loss",
        value=value,
        mode=mode,
    )


def control(action: Any, at: Position, value: float | None = None, refused: str = "") -> Controlled:
    return Controlled(
        time=1000.5 + at.step,
        id=f"{action}-{at.step}",
        action=action,
        value=value,
        position=at,
        done=not refused,
        detail=refused or f"{action}: done",
    )


def attempted(number: int, step: int, outcome: Any, time: float, detail: str = "") -> Attempted:
    return Attempted(
        time=time,
        attempt=Attempt(
            number=number,
            by="server" if number % 2 else "page",
            who=f"golden-{number}",
            time=time - 5.0,
            step=step,
            checkpoint=f"step-{step:08d}.keras",
            outcome=outcome,
            detail=detail,
        ),
    )


def at(epochs: int, batch: int = 0) -> Position:
    return Position(epoch=epochs, batch=batch, step=epochs * BATCHES + batch)


def falling(step: int) -> float:
    return 1.0 / step


FINISHED: list[JournalEvent] = [
    start(),
    checkpoint(at(0)),
    steps(1, 1, falling),
    steps(2, 3, falling, lambda step: 0.001 * step),
    epoch(1, 0.25, val_loss=0.5),
    Monitored(time=1004.125, monitor="val_loss", directions={"loss": "min", "val_loss": "min"}),
    checkpoint(at(1), 0.5, "min"),
    steps(5, 4, falling),
    epoch(2, 0.125, val_loss=0.4),
    checkpoint(at(2), 0.4, "min"),
    Warned(time=1008.5, message="the checkpoint epoch-0001.keras was not saved: disk full"),
    steps(9, 4, falling),
    epoch(3, 1 / 12, val_loss=0.45),
    replace(checkpoint(at(3), 0.45, "min"), skipped_within=4),
    Pruned(time=1012.5, files=["epoch-0000.keras"]),
    End(time=1013.0, status="finished", position=at(3), reason="completed"),
]

KILLED: list[JournalEvent] = [
    start(),
    checkpoint(at(0)),
    steps(1, 4, falling),
    epoch(1, 0.25),
    checkpoint(at(1), 0.25),
    steps(5, 2, falling),
    checkpoint(at(1, 2)),
]

RESUMED: list[JournalEvent] = [
    *KILLED,
    steps(7, 2, falling),
    epoch(2, 0.125),
    checkpoint(at(2), 0.125),
    steps(9, 1, falling),
    start(at(1, 2), "step-00000006.keras"),
    steps(7, 2, lambda step: 10.0 * step),
    epoch(2, 0.5),
    checkpoint(at(2), 0.5),
    steps(9, 3, falling),
]

NAN: list[JournalEvent] = [
    start(),
    steps(1, 4, lambda step: [1.0, math.inf, math.nan, -math.inf][step - 1]),
    epoch(1, math.nan, val_loss=math.inf),
    checkpoint(at(1), math.inf),
    steps(5, 2, lambda _: math.nan),
    End(time=1006.5, status="failed", position=at(1, 2), reason="ValueError: loss is not a number"),
]

FINDINGS = [
    Finding(what="weights", verdict="exact"),
    Finding(what="batch_size", verdict="changed", detail="32, was 64"),
    Finding(what="order of the batches", verdict="approximate", detail="the source has no seed"),
]

CONTROLLED: list[JournalEvent] = [
    start(),
    steps(1, 2, falling),
    control("learning_rate", at(0, 2), 0.01),
    steps(3, 2, falling, 0.01),
    epoch(1, 0.25, 0.01),
    checkpoint(at(1), 0.25),
    control("learning_rate", at(1), -1.0, refused="a learning rate is a positive number"),
    steps(5, 1, falling, 0.01),
    control("pause", at(1, 1)),
    checkpoint(at(1, 1)),
    control("checkpoint", at(1, 1)),
    control("continue", at(1, 1)),
    steps(6, 2, falling, 0.01),
    control("learning_rate", at(1, 3), math.inf, refused="a learning rate is finite"),
    replace(start(at(1, 1), "step-00000005.keras"), findings=FINDINGS),
    steps(6, 1, falling, 0.01),
    control("pause", at(1, 2)),
]

FORKED: list[JournalEvent] = [
    replace(start(), time=1999.5),
    replace(epoch(1, 0.25, val_loss=0.5), inherited=True, seconds=3.5),
    replace(epoch(2, 0.125), inherited=True),
    replace(start(at(2), "epoch-0002.keras"), resumed=False, time=2000.0),
    replace(steps(9, 4, falling), time=2003.0),
    replace(epoch(3, 1 / 12, val_loss=0.45), time=2004.5),
    replace(checkpoint(at(3), 0.45), time=2005.0),
    replace(control("pause", at(3)), time=2006.0),
    replace(control("continue", at(3)), time=2016.0),
    replace(steps(13, 4, falling), time=2018.0),
    replace(epoch(4, 1 / 16), time=2018.5),
    replace(start(at(4), "epoch-0004.keras"), time=3000.0),
    replace(steps(17, 4, falling), time=3003.0),
    replace(epoch(5, 1 / 20, val_loss=0.4), time=3004.0),
]

ATTEMPTED: list[JournalEvent] = [
    *KILLED,
    start(at(1, 2), "step-00000006.keras"),
    attempted(1, 6, "died", 1006.5, "the kernel died in set-up cell [2]"),
    attempted(2, 6, "resumed", 1006.5),
    # Killed before the files were deleted, resumed, and told again.
    start(at(1, 2), "step-00000006.keras"),
    attempted(2, 6, "resumed", 1007.5),
    attempted(3, 6, "abandoned", 1007.5),
    steps(7, 2, falling),
    epoch(2, 0.125),
]

CASES = {
    "finished": (FINISHED, b""),
    # Killed in the middle of a line.
    "killed": (KILLED, codec.dumps(steps(7, 2, falling)).encode()[:57]),
    # Killed in the middle of a line, resumed from a checkpoint before the newest one.
    "resumed": (RESUMED, b""),
    "nan": (NAN, b""),
    # Its page asked for this and that; killed, resumed and paused.
    "controlled": (CONTROLLED, b""),
    # A fork of another run, validated every other epoch; paused, killed and resumed.
    "forked": (FORKED, b""),
    # Resumed by itself, twice in vain.
    "attempted": (ATTEMPTED, b""),
}


def expected(run: Path) -> dict[str, Any]:
    journal = read_journal(run)
    return {
        "summary": codec.plain(journal.fold.summary("golden-001")),
        "history": journal.fold.history(),
        "steps": journal.fold.steps(),
        "warnings": journal.fold.warnings,
        "report": journal.fold.report,
        "findings": codec.plain(journal.fold.findings),
        "controls": codec.plain(journal.fold.controls),
        "attempts": codec.plain(journal.fold.attempts),
        "paused": journal.fold.paused,
        "torn": journal.torn,
    }


def main() -> None:
    for name, (events, tail) in CASES.items():
        run = HERE / name
        run.mkdir(exist_ok=True)
        lines = [codec.dumps(event).encode() + b"\n" for event in events]
        if name == "resumed":  # the torn line that the second writer ended and went on after
            lines.insert(len(KILLED) + 4, b'{"type":"steps","time":10\n')
        (run / layout.JOURNAL).write_bytes(b"".join(lines) + tail)
        (run / layout.HEADER).write_text(codec.dumps(HEADER) + "\n")
        wanted = json.dumps(codec.finite(expected(run)), indent=1, allow_nan=False)
        (run / "expected.json").write_text(wanted + "\n")


if __name__ == "__main__":
    main()
