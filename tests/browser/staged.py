"""Run folders as a training leaves them, written without training: what the panel is looked at with.

Each is written by the run writer, so that it is what `kr.fit` writes; only the numbers are made up.
"""

from __future__ import annotations

import contextlib
import math
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from stories import Story

from kresume_nb.run import codec, layout, writer
from kresume_nb.run.records import (
    Bundle,
    Checkpoint,
    Controlled,
    End,
    Epoch,
    Header,
    Position,
    Pruned,
    Start,
    Steps,
    Warned,
    Writer,
)

NOISE = 0.18


def value(metric: str, step: int, total: int, chance: random.Random) -> float:
    """A plausible value of a metric: losses fall, the others rise, both with noise."""
    share = step / max(1, total)
    noise = chance.gauss(0, 1)
    if "loss" in metric or "error" in metric:
        return float(2.2 * math.exp(-4.5 * share) * math.exp(NOISE * noise) + 0.08)
    return float(1 - 0.9 * math.exp(-5 * share) + 0.02 * noise)


@dataclass
class Teller:
    """Writes a story as a training would, event by event."""

    story: Story
    held: writer.RunWriter
    now: float
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    kept: list[Checkpoint] = field(default_factory=list)
    rate: float = 0.002
    process: Writer = field(
        default_factory=lambda: Writer(pid=4242, host="staged", kernel=None, started=0.0)
    )

    @property
    def total(self) -> int:
        return self.story.epochs * self.story.batches

    def position(self, step: int) -> Position:
        batches = max(1, self.story.batches)
        return Position(epoch=step // batches, batch=step % batches, step=step)

    def start(self, at: Position, checkpoint: str | None, *, resumed: bool) -> None:
        self.process = replace(self.process, started=self.now)
        self.held.append(
            Start(
                time=self.now,
                writer=self.process,
                epochs=self.story.epochs,
                batches=self.story.batches,
                position=at,
                resumed=resumed,
                checkpoint=checkpoint,
                report=list(self.story.report) if resumed else [],
                findings=list(self.story.findings) if resumed else [],
            )
        )

    def save(self, at: Position, monitored: float | None) -> None:
        made = Checkpoint(
            time=self.now,
            file=layout.checkpoint_name(at),
            position=at,
            bytes=2_345_678,
            seconds=0.08,
            monitor=None if monitored is None else "val_loss",
            value=monitored,
        )
        self.held.append(made)
        self.kept = [one for one in self.kept if one.file != made.file] + [made]
        best = min(
            (one for one in self.kept if one.value is not None),
            key=lambda one: one.value if one.value is not None else math.inf,
            default=None,
        )
        gone = [one for one in self.kept[: -self.story.keep] if one is not best]
        if gone:
            self.held.append(Pruned(time=self.now, files=[one.file for one in gone]))
            self.kept = [one for one in self.kept if one not in gone]

    def rate_at(self, step: int) -> float:
        if self.story.schedule:
            return self.rate * 0.5 * (1 + math.cos(math.pi * step / max(1, self.total)))
        falls = [0.45, 0.7, 0.85]
        return float(self.rate * 0.5 ** sum(step > share * self.total for share in falls))

    def logged(self, metric: str, step: int) -> float:
        story = self.story
        if story.nan_from is not None and step >= story.nan_from:
            return math.nan
        if "loss" in metric and step in story.spikes:
            return math.inf
        return value(metric, step, self.total, self.chance)

    def steps(self, first: int, last: int) -> None:
        """Consecutive steps of one epoch, in lines of `chunk`."""
        story = self.story
        for begin in range(first, last + 1, story.chunk):
            count = min(story.chunk, last + 1 - begin)
            numbers = range(begin, begin + count)
            self.now += count * story.step_seconds
            rates = [self.rate_at(one) for one in numbers]
            self.held.append(
                Steps(
                    time=self.now,
                    step=begin,
                    epoch=(begin - 1) // story.batches + 1,
                    batch=(begin - 1) % story.batches + 1,
                    count=count,
                    logs={
                        name: [self.logged(name, one) for one in numbers] for name in story.metrics
                    },
                    learning_rate=rates if len(set(rates)) > 1 else rates[:1],
                )
            )

    def epoch(self, number: int) -> None:
        story = self.story
        self.now += 6 * story.step_seconds
        step = number * story.batches
        logs = {name: self.logged(name, step) for name in story.metrics}
        if story.validation:
            logs |= {
                f"val_{name}": self.logged(name, step) * (1.18 if "loss" in name else 0.97)
                for name in story.metrics
            }
        self.held.append(
            Epoch(
                time=self.now,
                epoch=number,
                step=step,
                logs=logs,
                learning_rate=self.rate_at(step),
                seconds=(story.batches + 6) * story.step_seconds,
            )
        )

    def answer(self, action: Any, at: int, number: float | None, detail: str) -> None:
        self.held.append(
            Controlled(
                time=self.now,
                id=f"staged-{at}-{action}",
                action=action,
                value=number,
                position=self.position(at),
                done=True,
                detail=detail,
            )
        )

    def interludes(self, step: int) -> None:
        """What a person asked for after a step."""
        for after, seconds in self.story.pauses:
            if after == step:
                self.answer("pause", step, None, "paused")
                self.now += seconds
                self.answer("continue", step, None, "goes on")
        for after, wanted in self.story.rates:
            if after == step:
                self.rate *= wanted / self.rate_at(step)
                self.answer("learning_rate", step, wanted, f"learning rate {wanted}")

    def tell(self) -> None:
        story = self.story
        last = self.total if story.until is None else story.until
        self.start(self.position(0), None, resumed=False)
        self.save(self.position(0), None)
        kills = list(story.kills)
        stops = {after for after, _ in (*story.pauses, *story.rates)}
        step = 0
        while step < last:
            ends = [(step // story.batches + 1) * story.batches, last]
            ends += [one for one in (*kills, *stops) if one > step]
            end = min(ends)
            self.steps(step + 1, end)
            step = end
            self.interludes(step)
            if step in kills:
                kills.remove(step)
                step = self.resume()
            elif step % story.batches == 0:
                self.epoch(step // story.batches)
                self.save(self.position(step), self.logged("val_loss", step))
            elif step % story.batches == story.batches // 2:
                self.save(self.position(step), None)
        self.finish(step)

    def resume(self) -> int:
        newest = self.kept[-1]
        self.now += 95.0
        self.start(newest.position, newest.file, resumed=True)
        return newest.position.step

    def finish(self, step: int) -> None:
        story = self.story
        for message in story.warnings:
            self.held.append(Warned(time=self.now, message=message))
        if story.paused:
            self.answer("pause", step, None, "paused")
        if story.status in {"finished", "interrupted", "failed"}:
            status: Any = story.status
            self.held.append(
                End(time=self.now, status=status, position=self.position(step), reason=story.reason)
            )


def header(story: Story, name: str, created: float) -> Header:
    """What `kr.fit` writes first, with made-up values."""
    return Header(
        name=name,
        base=story.base,
        created=created,
        notebook="staged.ipynb",
        cell=None,
        setup=[],
        fit={"epochs": story.epochs, "batch_size": 32},
        compile={"loss": "mse"},
        architecture="0" * 64,
        parameters=109_386,
        data=[],
        samples=story.batches * 32,
        batch_size=32,
        batches=story.batches,
        seed=7,
        versions={"keras": "3.15.1"},
        device="cpu:0",
        writer=Writer(pid=4242, host="staged", kernel=None, started=created),
        parent=story.parent,
    )


@contextlib.contextmanager
def told(folder: Path, story: Story, *, began: float | None = None) -> Iterator[Teller]:
    """A run folder of that story, its process alive (its heart beats) within the context.

    Args:
        folder: where run folders lie.
        began: when the run began; default: so that it stands now where its story ends.
    """
    path = writer.new_folder(folder, story.base)
    held = writer.RunWriter(path, writer.lock(path))
    started = began if began is not None else time.time() - 60.0
    held.write_header(header(story, path.name, started))
    teller = Teller(story, held, started)
    try:
        teller.tell()
        if story.tail:
            with (path / layout.JOURNAL).open("ab") as file:
                file.write(story.tail)
        yield teller
    finally:
        held.close()


def written(folder: Path, story: Story) -> Path:
    """A run folder of that story whose process is gone."""
    with told(folder, story) as teller:
        path = teller.held.path
    long_ago = time.time() - 3600
    os.utime(path / layout.HEARTBEAT, (long_ago, long_ago))
    return path


def write_long(
    folder: Path, steps: int, loss: Callable[[int], float], *, base: str = "long"
) -> Path:
    """A run of very many steps, in lines of 200 as fast training writes them."""
    path = writer.new_folder(folder, base)
    held = writer.RunWriter(path, writer.lock(path))
    story = Story(base=base, epochs=100, batches=max(1, steps // 100))
    held.write_header(header(story, path.name, 1000.0))
    teller = Teller(story, held, 1000.0)
    teller.start(teller.position(0), None, resumed=False)
    for first in range(1, steps + 1, 200):
        epoch = (first - 1) // story.batches + 1
        count = min(200, epoch * story.batches - first + 1, steps - first + 1)
        numbers = range(first, first + count)
        teller.now = 1000.0 + (first + count) * 0.001
        held.append(
            Steps(
                time=teller.now,
                step=first,
                epoch=epoch,
                batch=(first - 1) % story.batches + 1,
                count=count,
                logs={
                    "loss": [loss(one) for one in numbers],
                    "accuracy": [1 - math.exp(-one / steps * 3) for one in numbers],
                },
                learning_rate=[0.001],
            )
        )
        if (first + count - 1) % story.batches == 0:
            teller.epoch(epoch)
    at = teller.position(steps)
    held.append(End(time=teller.now, status="finished", position=at, reason="completed"))
    held.close()
    return path


def notebook(path: Path, *runs: Path) -> Path:
    """A notebook whose cell has an output for each run, as `kr.fit` leaves it; it needs no kernel."""
    outputs = []
    for run in runs:
        bundle = Bundle(run=run.name, folder=os.path.relpath(run, path.parent))
        data = {Bundle.mime: codec.plain(bundle), "text/plain": run.name}
        outputs.append(nbformat.v4.new_output("display_data", data=data))
    cell = nbformat.v4.new_code_cell("history = kr.fit(model, x, y)", id="cell-0", outputs=outputs)
    made = nbformat.v4.new_notebook(
        cells=[cell],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(made, path)
    return path
