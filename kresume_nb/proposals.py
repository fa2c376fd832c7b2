"""Which run a call of `fit` goes on in: what the page asked for, what `resume` says, what a person answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kresume_nb.errors import RunNotFoundError
from kresume_nb.execution import Call
from kresume_nb.notebook import Context
from kresume_nb.run import calls, inventory, layout, ownership, renamed, resume_choice
from kresume_nb.run.calls import Decision, Past
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.ownership import Owner
from kresume_nb.run.reader import candidates, read_header
from kresume_nb.run.records import Header, ResumeRequest
from kresume_nb.run.resume_choice import Choice, Continue, New, StoredRun

Ask = Callable[[StoredRun], ResumeRequest]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a call may do, if that fits its model and data."""

    choice: Choice
    past: Past
    """What the calls after it know, if it is done."""
    strict: bool = False
    """Only if arguments, model and data are those of the run, without any difference."""
    retry: bool = False
    """It is the call before, which had ended in an error, once more."""
    told: str = ""
    """What a person should know of it."""


def owner(context: Context, place: Path) -> Owner:
    """Who calls, as `run/ownership.py` knows it."""
    return Owner(
        notebook=relative(context.notebook, place),
        cell=context.cell,
        cells=context.cells,
        setup=context.setup,
    )


def relative(notebook: Path | None, place: Path) -> str | None:
    """The path of a notebook as headers hold it; None if there is none to be had."""
    try:
        return None if notebook is None else Path(os.path.relpath(notebook, place)).as_posix()
    except ValueError:  # on another drive
        return None


def default_base(context: Context, inventory: Inventory) -> str:
    """What a run is named after if it is given no name: its notebook, or the script."""
    named = layout.clean_base(context.stem)
    return renamed.base_of(inventory, owner(context, inventory.place), named)


class Chooser:
    """Proposes what a call may do, the likeliest first.

    Args:
        resume: as in `fit`.
        context: where `fit` was called.
        call: which call of its execution it is.
        epochs: asked for.
        start: digest of the model and the random streams as the call found them.
        ask: asks a person about an unfinished run.
    """

    def __init__(
        self,
        resume: str | int,
        context: Context,
        call: Call,
        *,
        epochs: int,
        start: str,
        ask: Ask,
    ) -> None:
        self._resume, self._context, self._call = resume, context, call
        self._epochs, self._start, self._ask = epochs, start, ask
        self._owner = owner(context, call.place)
        self._claimed = self._claim()

    def proposals(self) -> Iterator[Proposal]:
        """The last of them is not strict.

        Raises:
            RunNotFoundError: if what was chosen is not there.
            KeyboardInterrupt: if the question is interrupted.
        """
        broken = self._call.broken_before
        if broken is not None and self._resume in ("ask", "auto"):
            run = resume_choice.known(broken)
            found = candidates(run.path, run.fold)
            if found and run.fold.status != "finished":
                retried = Continue(run, found)
                yield Proposal(retried, self._call.execution.past, strict=True, retry=True)
        decision = self._decide()
        yield from _proposals(decision)

    def _decide(self) -> Decision:
        request, past = self._context.request, self._call.execution.past
        if request is not None and request.action != "setup":
            asked_for = self._requested(request, past)
            if asked_for is not None:
                return asked_for
        run = self._run(past)
        if self._resume == "never":
            return Decision(New(), _went_another_way(past, run))
        if isinstance(self._resume, int):
            return Decision(
                resume_choice.fork(self._newest(), self._resume, self._call.place, self._call.base),
                _went_another_way(past, run),
            )
        on_the_way = request is not None and request.action == "setup"
        decision = self._by_itself(run, past, on_the_way=on_the_way)
        unfinished = isinstance(decision.choice, Continue) and run and run.fold.status != "finished"
        if self._resume != "ask" or request is not None or run is None or not unfinished:
            return decision
        answer = self._ask(run)
        return self._answered(run, answer, past) if answer.action != "resume" else decision

    def _by_itself(
        self, run: StoredRun | None, past: Past, *, on_the_way: bool = False
    ) -> Decision:
        found = candidates(run.path, run.fold) if run is not None else []
        return calls.decide(
            run, found, past, epochs=self._epochs, start=self._start, on_the_way=on_the_way
        )

    def _run(self, past: Past) -> StoredRun | None:
        """The run that this call looks at."""
        runs = self._call.inventory.owned(self._call.base, self._owner, self._claimed)
        path = calls.find(runs, self._call.number, past)
        return resume_choice.known(path) if path is not None else None

    def _newest(self) -> StoredRun | None:
        """The newest run of this name: the cell's own, else anybody's, since a fork takes nothing away."""
        now = Inventory(self._call.place)
        base = self._call.base
        path = inventory.newest(now.owned(base, self._owner) or now.named(base))
        return resume_choice.known(path) if path is not None else None

    def _answered(self, run: StoredRun, answer: ResumeRequest, past: Past) -> Decision:
        """What a person chose of the run that this call looks at."""
        after = _went_another_way(past, run)
        if answer.action == "new":
            return Decision(New(), after)
        if answer.action == "fork" and answer.checkpoint is not None:
            return Decision(resume_choice.forked(run, answer.checkpoint), after)
        chosen = resume_choice.chosen(run, answer.checkpoint)
        if isinstance(chosen, Continue):
            after = replace(after, execution=calls.execution_of(run.path, run.header))
        return Decision(chosen, after)

    def _requested(self, request: ResumeRequest, past: Past) -> Decision | None:
        """What the page asked for; None if it concerns another call, or nothing that is there."""
        if request.run is None:
            return Decision(New(), past) if request.action == "new" and self._call.first else None
        split, path = layout.split_name(request.run), self._call.place / request.run
        if split is None:
            return None
        try:
            header = read_header(path)
        except RunNotFoundError:
            if split[0] == self._call.base:
                raise
            return None  # of another call, which keeps its runs elsewhere
        mine = self._owns(header)
        concerned = (split[0], header.call) == (self._call.base, self._call.number)
        if not (concerned if mine else self._call.first):
            return None
        if self._overtaken(request, header):
            run = self._fresh()
            return self._by_itself(run, past, on_the_way=True)
        asked_for = resume_choice.known(path, header)
        if request.action == "resume" and _broke_off_after(asked_for, request.checkpoint):
            return self._by_itself(asked_for, past, on_the_way=True)
        return self._answered(asked_for, request, past)

    def _claim(self) -> Header | None:
        """Of the run that the page resumes from this cell, which the page has found by more than we know."""
        request = self._context.request
        if request is None or request.run is None or request.action not in ("resume", "new"):
            return None
        if layout.split_name(request.run) is None:
            return None
        try:
            return read_header(self._call.place / request.run)
        except RunNotFoundError:
            return None  # of another call, which keeps its runs elsewhere

    def _owns(self, header: Header) -> bool:
        if self._claimed is not None and ownership.same_origin(header, self._claimed):
            return True
        return ownership.match(self._owner, header, self._call.inventory.has_notebook) != "no"

    def _fresh(self) -> StoredRun | None:
        """The newest run of this call as the folder is now."""
        runs = Inventory(self._call.place).owned(self._call.base, self._owner, self._claimed)
        of_call = [(path, header) for path, header in runs if header.call == self._call.number]
        path = inventory.newest(of_call)
        return resume_choice.known(path) if path is not None else None

    def _overtaken(self, request: ResumeRequest, header: Header) -> bool:
        """Whether the run was taken up, or another begun in its place, since the page asked for this.

        Two clicks, in two tabs, or a click and *Run All* must not make two trainings.
        """
        if request.taken is None:
            return False
        if header.writer.started > request.taken:
            return True
        if request.action not in ("new", "fork"):
            return False
        newest = self._fresh()
        return newest is not None and newest.path.name != (request.newest or request.run)


def _broke_off_after(run: StoredRun, checkpoint: str | None) -> bool:
    """Whether a resume of this run means the rest of its cell: it had finished, the cell had not."""
    if run.fold.status != "finished" or run.header.execution_complete:
        return False
    found = candidates(run.path, run.fold)
    return bool(found) and checkpoint in (None, found[0].path.name)


def _went_another_way(past: Past, run: StoredRun | None) -> Past:
    """What the next calls know after one that did not do what it had done."""
    if run is None:
        return past
    return replace(past, stale_after=min(past.stale_after, run.fold.updated))


def _proposals(decision: Decision | None) -> Iterator[Proposal]:
    while decision is not None:
        strict = decision.otherwise is not None
        yield Proposal(decision.choice, decision.past, strict=strict, told=decision.why)
        decision = decision.otherwise
