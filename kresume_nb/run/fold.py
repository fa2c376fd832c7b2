"""From a journal's events to the state of a run: a pure fold, the twin of `runs/fold.ts`.

A journal is append-only, so what a kernel's death undid is still in it. The rule that makes a run
read as though nothing had happened: a `start` that resumes at a position drops every step, epoch,
checkpoint and answered request beyond that position.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from kresume_nb.run.clock import Clock
from kresume_nb.run.records import (
    Attempt,
    Attempted,
    Checkpoint,
    Controlled,
    Direction,
    End,
    Epoch,
    Finding,
    JournalEvent,
    Monitored,
    Position,
    Pruned,
    Start,
    Status,
    Steps,
    Summary,
    Verified,
    Warned,
)

ORIGIN = Position(epoch=0, batch=0, step=0)


@dataclass(slots=True)
class Fold:
    """Takes the events of one run in order; its attributes are the run's state so far."""

    status: Status = "running"
    reason: str = ""
    epochs: int = 0
    batches: int = 0
    position: Position = ORIGIN
    rows: list[Epoch] = field(default_factory=list)
    chunks: list[Steps] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    resumes: list[Position] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    report: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    """Of the last start, and what its first steps have shown."""
    controls: list[Controlled] = field(default_factory=list)
    """Answered requests of the page, refused ones included."""
    attempts: list[Attempt] = field(default_factory=list)
    """To resume by itself, in their order."""
    paused: bool = False
    start: Start | None = None
    updated: float = 0.0
    monitor: str | None = None
    directions: dict[str, Direction] = field(default_factory=dict)
    """Which way each log is better, as far as training has said."""
    skipped: list[int] = field(default_factory=list)
    """Epochs at whose ends a snapshot was taken and not written."""
    clock: Clock = field(default_factory=Clock)
    """Tells when each epoch ended, in seconds of training."""
    keep_steps: bool = True
    """A writer, which only needs the summary, holds no steps: a run may have millions."""

    def feed(self, events: Iterable[JournalEvent]) -> Fold:
        """Takes more events; returns itself."""
        for event in events:
            self._take(event)
        return self

    def _take(self, event: JournalEvent) -> None:  # noqa: C901  # one case an event
        self.clock.take(event)
        self.updated = event.time
        match event:
            case Start():
                self._begin(event)
            case Steps():
                if self.keep_steps:
                    self.chunks.append(event)
                last = event.count - 1
                self.position = Position(
                    epoch=event.epoch - 1, batch=event.batch + last, step=event.step + last
                )
            case Epoch():
                self._end_epoch(event)
            case Checkpoint():
                kept = [one for one in self.checkpoints if one.file != event.file]
                self.checkpoints = sorted([*kept, event], key=lambda one: one.position.step)
                self.skipped = sorted({*self.skipped, *event.skipped})
            case Monitored():
                self.monitor = event.monitor
                self.directions = {**self.directions, **event.directions}
            case Pruned():
                gone = set(event.files)
                self.checkpoints = [one for one in self.checkpoints if one.file not in gone]
            case Warned():
                self.warnings.append(event.message)
            case Verified():
                self.findings.append(event.finding)
            case Controlled():
                self._answer(event)
            case Attempted():
                self._attempt(event.attempt)
            case End():
                self.paused = False
                self.status, self.reason, self.position = event.status, event.reason, event.position

    def _begin(self, event: Start) -> None:
        self.status, self.reason, self.start = "running", "", event
        self.epochs, self.batches, self.position = event.epochs, event.batches, event.position
        self.report, self.findings = list(event.report), list(event.findings)
        self.paused = False
        if not event.resumed:
            return
        at = event.position
        self.rows = [row for row in self.rows if row.epoch <= at.epoch]
        cut = (_until(chunk, at.step) for chunk in self.chunks)
        self.chunks = [chunk for chunk in cut if chunk is not None]
        self.checkpoints = [one for one in self.checkpoints if one.position.step <= at.step]
        self.controls = [one for one in self.controls if one.position.step <= at.step]
        self.skipped = [epoch for epoch in self.skipped if epoch <= at.epoch]
        self.resumes.append(at)

    def _end_epoch(self, event: Epoch) -> None:
        if self.rows and self.rows[-1].epoch >= event.epoch:
            self.rows = [row for row in self.rows if row.epoch < event.epoch]
        self.rows.append(event)
        # Of data that does not tell its length, an epoch that has ended does.
        self.batches = self.batches or self.position.batch
        self.position = Position(epoch=event.epoch, batch=0, step=event.step)

    def _answer(self, event: Controlled) -> None:
        self.controls.append(event)
        if event.done:
            ends = event.action in ("continue", "stop")
            self.paused = event.action == "pause" or (self.paused and not ends)

    def _attempt(self, attempt: Attempt) -> None:
        # A kill between the journal's line and the file's deletion has it told twice.
        kept = [one for one in self.attempts if one.number != attempt.number]
        self.attempts = sorted([*kept, attempt], key=lambda one: one.number)

    def history(self) -> dict[str, list[float]]:
        """Per metric its value at each epoch, as `History.history` holds it.

        A metric that an epoch lacks (validation every other epoch) has no entry for it, as in
        Keras, so lists may differ in length.
        """
        columns: dict[str, list[float]] = {}
        for row in self.rows:
            for name, value in row.logs.items():
                columns.setdefault(name, []).append(value)
        return columns

    def summary(self, name: str, journal: int = 0) -> Summary:
        """What `history.json` says of the run beside its metrics.

        Args:
            name: the run folder's.
            journal: how many bytes of the journal were folded.
        """
        return Summary(
            name=name,
            status=self.status,
            reason=self.reason,
            epochs=self.epochs,
            batches=self.batches,
            position=self.position,
            epoch=[row.epoch for row in self.rows],
            learning_rate=[row.learning_rate for row in self.rows],
            resumes=list(self.resumes),
            checkpoints=list(self.checkpoints),
            updated=self.updated,
            step=[row.step for row in self.rows],
            time=[row.time for row in self.rows],
            seconds=[self.clock.ends.get(row.epoch, 0.0) for row in self.rows],
            inherited=sum(row.inherited for row in self.rows),
            lacking=self._lacking(),
            journal=journal,
            monitor=self.monitor,
            directions=dict(self.directions),
            skipped=list(self.skipped),
        )

    def _lacking(self) -> dict[str, list[int]]:
        epochs: dict[str, list[int]] = {}
        for row in self.rows:
            for name in row.logs:
                epochs.setdefault(name, []).append(row.epoch)
        return {name: there for name, there in epochs.items() if len(there) < len(self.rows)}

    def steps(self) -> dict[str, list[float]]:
        """The training steps in columns: `step`, `epoch`, `batch`, `learning_rate` and each log.

        A log that some steps lack is NaN there.
        """
        names = list(dict.fromkeys(name for chunk in self.chunks for name in chunk.logs))
        columns: dict[str, list[float]] = {
            name: [] for name in ("step", "epoch", "batch", "learning_rate", *names)
        }
        for chunk in self.chunks:
            columns["step"].extend(range(chunk.step, chunk.step + chunk.count))
            columns["epoch"].extend([chunk.epoch] * chunk.count)
            columns["batch"].extend(range(chunk.batch, chunk.batch + chunk.count))
            columns["learning_rate"].extend(_spread(chunk.learning_rate, chunk.count))
            for name in names:
                columns[name].extend(chunk.logs.get(name) or [math.nan] * chunk.count)
        return columns


def _spread(values: list[float], count: int) -> list[float]:
    return values * count if len(values) == 1 else values


def _until(chunk: Steps, step: int) -> Steps | None:
    """The part of a chunk up to and including a step; None if nothing is left."""
    keep = min(chunk.count, step - chunk.step + 1)
    if keep == chunk.count:
        return chunk
    if keep <= 0:
        return None
    return Steps(
        time=chunk.time,
        step=chunk.step,
        epoch=chunk.epoch,
        batch=chunk.batch,
        count=keep,
        logs={name: values[:keep] for name, values in chunk.logs.items()},
        learning_rate=_spread(chunk.learning_rate, chunk.count)[:keep],
    )
