"""Which run a call of `fit` goes on in: what the page asked for, what `resume` says, what a person answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kresume_nb.notebook import Context
from kresume_nb.run import choice, layout
from kresume_nb.run.choice import Choice, Continue, Known, New
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import ResumeRequest


def choose(
    resume: str | int,
    context: Context,
    place: Path,
    base: str,
    epochs: int,
    ask: Callable[[Known], ResumeRequest],
) -> Choice:
    """What to begin or to go on in.

    Args:
        resume: as in `fit`.
        place: folder of run folders.
        base: name that the runs are numbered under.
        epochs: asked for.
        ask: asks a person about an unfinished run.

    Raises:
        RunNotFoundError: if what was chosen is not there.
        KeyboardInterrupt: if the question is interrupted.
    """
    request = context.request
    if request is not None and _overtaken(request, context, place, base):
        newest = choice.newest(place, base, context.cell)
        return choice.automatic(newest, epochs, restore_finished=True)
    if request is not None and request.action != "setup":
        found = _requested(request, place, base)
        if found is not None:
            return found
    if resume == "never":
        return New()
    known = choice.newest(place, base, context.cell)
    if isinstance(resume, int):
        return choice.fork(known, resume, place, base)
    chosen = choice.automatic(known, epochs, restore_finished=request is not None)
    unfinished = isinstance(chosen, Continue) and chosen.run.fold.status != "finished"
    if resume != "ask" or request is not None or known is None or not unfinished:
        return chosen
    return _requested(ask(known), place, base) or chosen


def _requested(request: ResumeRequest, place: Path, base: str) -> Choice | None:
    """What a person chose; None if it concerns another run than this cell's."""
    if request.action == "new":
        return New()
    if request.run is None:
        return None
    split = layout.split_name(request.run)
    if split is None or split[0] != base:  # the cell may train other runs too
        return None
    known = choice.known(place / request.run)
    if request.action == "fork" and request.checkpoint is not None:
        return choice.forked(known, request.checkpoint)
    return choice.chosen(known, request.checkpoint)


def _overtaken(request: ResumeRequest, context: Context, place: Path, base: str) -> bool:
    """Whether the run was taken up, or another begun in its place, since the page asked for this.

    Two clicks, in two tabs, or a click and *Run All* must not make two trainings.
    """
    if request.run is None or request.taken is None:
        return False
    split = layout.split_name(request.run)
    if split is None or split[0] != base:
        return False
    if read_header(place / request.run).writer.started > request.taken:
        return True
    if request.action not in ("new", "fork"):
        return False
    newest = choice.newest(place, base, context.cell)
    return newest is not None and newest.path.name != (request.newest or request.run)
