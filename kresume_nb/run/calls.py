"""Which run the n-th call of `fit` in a cell goes on in, gives back, or begins: pure decisions.

A training cell may call `fit` several times: a search, folds, phases on one model. The cell's newest
*execution* decides, call by call:

* Execution complete: the cell is run again to train again. A call begins a new run; one that asks for
  more epochs than its run has goes on from that run's end.
* Execution broken (a kill, an error, the stop button): this one repeats it. Calls that had finished
  are given back; the one that was broken goes on; those after it begin.

What is given back or gone on with must be what the unbroken execution would have had. So once a
call did anything but give back, runs that began after that call's run had stopped are *stale*: they
followed from another course. They count only if training began from the same weights and random
streams then as now.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kresume_nb.run.reader import Candidate
from kresume_nb.run.records import Header, Position
from kresume_nb.run.resume_choice import Choice, Continue, GiveBack, New, StoredRun


@dataclass(frozen=True, slots=True)
class Past:
    """What an execution has learnt, by its calls so far, of the one that it repeats."""

    execution: str | None = None
    """Of the runs that it went on in or gave back; None before the first of them."""
    stale_after: float = math.inf
    """Runs that began after this time are of use only if they began from what is here now, too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a call does."""

    choice: Choice
    past: Past
    """What the next calls know."""
    why: str = ""
    """What a person should be told of it."""
    otherwise: Decision | None = None
    """What to do if this call turns out to be another than the one that was given back."""


def execution_of(path: Path, header: Header) -> str:
    """Runs of an older version, which named none, are each an execution of their own."""
    return header.execution or f"run {path.name}"


def find(runs: Sequence[tuple[Path, Header]], number: int, past: Past) -> Path | None:
    """The run that the n-th call looks at.

    Args:
        runs: of this name, notebook and cell.
        number: of the call.
        past: says which execution; if it does not, that which was under way last.
    """
    execution = past.execution
    if execution is None:
        if not runs:
            return None
        execution = execution_of(*max(runs, key=lambda run: run[1].writer.started))
    of_call = [
        (header.writer.started, path)
        for path, header in runs
        if header.call == number and execution_of(path, header) == execution
    ]
    return max(of_call)[1] if of_call else None


def decide(
    run: StoredRun | None,
    found: list[Candidate],
    past: Past,
    *,
    epochs: int,
    start: str,
    on_the_way: bool = False,
) -> Decision:
    """What a call makes of the run that `find` found for it.

    Args:
        run: what is known of it.
        found: its checkpoints, newest first.
        epochs: asked for in all.
        start: digest of the model and the random streams as the call found them; empty if not
            known.
        on_the_way: the cell is executed again only on the way to another cell's training.
    """
    if run is None:
        return Decision(New(), past)
    name, fold = run.path.name, run.fold
    anew = replace(past, stale_after=min(past.stale_after, fold.updated))
    finished = fold.status == "finished"
    if _stale(run, past, start):
        why = (
            f"{name} is not gone on with: an earlier kr.fit of this cell took another course than "
            "when that run began"
        )
        return Decision(New(), anew, "" if finished else why)
    if not found:
        return Decision(New(), anew)
    within = replace(past, execution=execution_of(run.path, run.header))
    onward = Decision(Continue(run, found), replace(anew, execution=within.execution))
    again = on_the_way or not run.header.execution_complete
    if not finished and not (on_the_way and fold.reason == STOPPED_FROM_PAGE):
        if _beyond(found[0].position, epochs):
            why = (
                f"{name} stopped after {_place(found[0].position)}, beyond the {epochs} epochs asked "
                f"for, and stays as it is; epochs={found[0].position.epoch + 1} or more goes on in it"
            )
            return Decision(New(), anew, why)
        return onward
    if finished and epochs > fold.epochs:
        why = f"{name} had finished {fold.epochs} epochs and is extended to {epochs}"
        return replace(onward, why=why)
    if not again:
        return Decision(New(), anew)
    if finished and found[0].position != fold.position:
        return onward  # its last checkpoint is gone: what followed the newest is trained again
    why = f"{name} differs from this call, which is trained anew"
    return Decision(GiveBack(run, found), within, otherwise=Decision(New(), anew, why))


STOPPED_FROM_PAGE = "stopped from the page"
"""Reason of a run's end by which `fit` returned although the epochs were not complete."""


def _stale(run: StoredRun, past: Past, start: str) -> bool:
    began = run.header.created
    return began > past.stale_after and not (start and start == run.header.start)


def _beyond(at: Position, epochs: int) -> bool:
    return at.epoch > epochs or (at.epoch == epochs and at.batch > 0)


def _place(at: Position) -> str:
    return f"epoch {at.epoch}" + (f", batch {at.batch}" if at.batch else "")
