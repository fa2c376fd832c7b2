"""A training without a model: what `kr.fit` does to a run folder, step by step, to be killed in."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
from shim import Below, Shim

from kresume_nb.errors import RunFolderError
from kresume_nb.run import writer as run_writer
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.reader import candidates, read_journal
from kresume_nb.run.records import End, Epoch, Header, Position, Start, Steps, Writer
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.checkpoint.policy import Checkpointing
from kresume_nb.train.checkpoint.saver import Job, Saver
from kresume_nb.train.checkpoint.snapshot import Snapshot
from kresume_nb.train.keras_compat.keras_private import Group

BATCHES = 4


def run(job: dict[str, Any]) -> None:
    """Carries out a job; its answer, if it lives to give one, is in `job["calls"]`.

    Keys: `root`, the folder of runs; `kill`, number of the fatal call, 0 for none; `fail`, which calls
    fail and how; `below`, the same of calls that a library in C sees; `seconds`, after which it is killed, 0 for never; `told`, a file that gets a line for
    each checkpoint that was announced; `log`.
    """
    # The heartbeat's thread writes when its time has come: here that is said explicitly.
    RunWriter._beat = _rest
    if job["seconds"]:
        # Left to the system, which ends a process between any two instructions, as with SIGKILL.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, job["seconds"])
    shim = (
        Below(Path(job["root"]), job["below"])
        if job["below"]
        else Shim(Path(job["root"]), job["kill"], job["fail"])
    )
    shim.install()
    refusing = bool(job["fail"] or job["below"])
    told = os.open(job["told"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    root = Path(job["root"])
    known = Inventory(root).named("mnist")
    path = known[-1][0] if known else None
    process = Writer(pid=os.getpid(), host="here", kernel=None, started=float(job["number"]))
    try:
        if path is None or not candidates(path, read_journal(path).fold):
            path = run_writer.new_folder(root, "mnist")
        writer = RunWriter(path, run_writer.lock(path))
        position = begin(writer, process, path)
    except RunFolderError:
        if not refusing:
            raise
        Path(job["calls"]).write_text(json.dumps(shim.calls))
        return  # a disk that takes nothing: `fit` says so before it trains
    saver = Saver(writer, Checkpointing(keep_last=2, keep_best=1))
    for _ in range(3):
        position = epoch(writer, saver, position, process)
        for file in writer.fold.checkpoints:
            os.write(told, f"{file.position.step}\n".encode())
            shim.say(file.position.step)
        try:
            writer._write_history(durable=False)
        except OSError as error:  # what the heartbeat's thread does
            writer.problem(str(error))
    saver.close()
    writer.append(End(time=1.0, status="interrupted", position=position, reason="x"))
    writer.close()
    problems = writer.take_problems()
    assert refusing or not problems, problems
    Path(job["calls"]).write_text(json.dumps(shim.calls))


def _rest(_writer: RunWriter) -> None:
    """In place of the heartbeat."""


def begin(writer: RunWriter, process: Writer, path: Path) -> Position:
    found = candidates(path, writer.fold)
    writer.write_header(header(path.name, process))
    at = found[0].position if found else Position(epoch=0, batch=0, step=0)
    writer.append(
        Start(
            time=1.0,
            writer=process,
            epochs=9,
            batches=BATCHES,
            position=at,
            resumed=bool(found),
            checkpoint=found[0].path.name if found else None,
        )
    )
    return at


def epoch(writer: RunWriter, saver: Saver, at: Position, process: Writer) -> Position:
    """An epoch in two lines, a checkpoint in its middle and one at its end."""
    half = BATCHES // 2
    for batch in range(at.batch, BATCHES, half):
        step = at.step + batch - at.batch
        writer.append(
            Steps(
                time=1.0,
                step=step + 1,
                epoch=at.epoch + 1,
                batch=batch + 1,
                count=half,
                logs={"loss": [1.0 / (step + 1), 1.0 / (step + 2)]},
                learning_rate=[0.1],
            )
        )
        if batch + half < BATCHES:
            inside = Position(epoch=at.epoch, batch=batch + half, step=step + half)
            saver.submit(Job(snapshot(inside, process), None))
            saver.wait()
    end = Position(epoch=at.epoch + 1, batch=0, step=at.step + BATCHES - at.batch)
    loss = 1.0 / end.step
    writer.append(
        Epoch(
            time=1.0,
            epoch=end.epoch,
            step=end.step,
            logs={"loss": loss},
            learning_rate=0.1,
            seconds=1.0,
        )
    )
    saver.submit(Job(snapshot(end, process), ("loss", loss)))
    saver.wait()
    return end


def snapshot(position: Position, process: Writer) -> Snapshot:
    weights = np.full((20, 20), position.step, "float32")
    state = {
        "schema": 1,
        "position": position,
        "writer": process,
        "facts": {},
        "random": {},
        "variables": [],
        "callbacks": [],
    }
    groups = {"layers/dense": Group({}, {"0": weights})}
    return Snapshot(position, groups, "{}", "{}", state, [np.array(position.step)])


def header(name: str, process: Writer) -> Header:
    return Header(
        name=name,
        base="mnist",
        created=1.0,
        notebook=None,
        cell=None,
        setup=[],
        fit={},
        compile={},
        architecture="",
        parameters=1,
        data=[],
        samples=1,
        batch_size=1,
        batches=BATCHES,
        seed=1,
        versions={},
        device="cpu",
        writer=process,
        parent=None,
    )
