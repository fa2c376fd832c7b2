"""Which of a checkpoint's variables goes into which of the model's, and what that leaves out.

In a resume all go, one to one in the model's own order: whatever does not fit is refused before
anything is changed (`refusal.py`). A fork is asked for knowingly: it takes over the layers that
match, and says which begin anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import keras

from kresume_nb.run.records import Finding
from kresume_nb.train.checkpoint.snapshot import all_variables
from kresume_nb.train.resume.difference import Difference
from kresume_nb.train.state.layers import SEED

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """Variables by what they belong to; of a model, or as a checkpoint stores them."""

    model: list[Any]
    optimizer: list[Any]
    metrics: list[Any]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What goes where, and what to report of it."""

    assignments: list[tuple[keras.Variable, Stored]]
    findings: list[Finding]
    optimizer: bool
    """Whether the optimizer's state is put back."""


def parts_of(model: keras.Model) -> Parts:
    """The model's variables, in the order of a checkpoint."""
    every = all_variables(model)
    own = {id(one) for one in model.variables}
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    slots = {id(one) for one in optimizer} - own
    return Parts(
        [one for one in every if id(one) in own],
        [one for one in every if id(one) in slots],
        [one for one in every if id(one) not in own | slots],
    )


def stored_parts(state: dict[str, Any], ours: Parts) -> Parts:
    """A checkpoint's variables; one that does not say how many are whose is taken to be like `ours`."""
    every = state["variables"]
    said = state["facts"].get("training", {}).get("architecture", {})
    first = said.get("variables", len(ours.model))
    second = first + said.get("optimizer", len(ours.optimizer))
    return Parts(every[:first], every[first:second], every[second:])


def with_variables(difference: Difference, ours: Parts, theirs: Parts) -> Difference:
    """The difference, with what only the variables tell.

    A checkpoint that does not say its layers is compared by them alone; so is what a custom layer
    or optimizer holds without any setting that tells of it.
    """
    architecture, objective = list(difference.architecture), list(difference.objective)
    if not architecture:
        architecture += _unfit("variable", ours.model, theirs.model)
    if not objective and not architecture:
        objective += _unfit("optimizer's variable", ours.optimizer, theirs.optimizer)
    return replace(
        difference,
        architecture=architecture,
        objective=objective,
        optimizer_fits=difference.optimizer_fits and not architecture and not objective,
    )


def make(difference: Difference, ours: Parts, theirs: Parts, *, within: bool) -> Assignment:
    """What goes where.

    Args:
        within: the checkpoint was taken within an epoch, whose metrics it holds.
    """
    assignments: list[tuple[keras.Variable, Stored]] = []
    findings: list[Finding] = []
    if not difference.architecture:
        assignments += zip(ours.model, theirs.model, strict=True)
        findings += _whole(theirs.model)
    else:
        assignments += [
            (ours.model[now], theirs.model[then])
            for pair in difference.pairs
            for then, now in pair.shared
        ]
        findings += _partial(difference, len(assignments))
    fits = difference.optimizer_fits or not _unfit("", ours.optimizer, theirs.optimizer)
    optimizer = fits and not difference.objective and bool(ours.optimizer)
    if optimizer:
        assignments += zip(ours.optimizer, theirs.optimizer, strict=True)
    elif ours.optimizer:
        detail = "it begins anew: its state belongs to other variables or to another optimizer"
        findings.append(Finding(what="optimizer", verdict="lost", detail=detail))
    if not _unfit("", ours.metrics, theirs.metrics):
        assignments += zip(ours.metrics, theirs.metrics, strict=True)
        if within and ours.metrics:
            detail = f"{len(ours.metrics)} variables, in the middle of an epoch"
            findings.append(Finding(what="metric totals", verdict="exact", detail=detail))
    elif within:
        detail = "the metrics changed; the logs of this epoch are over its remainder"
        findings.append(Finding(what="metric totals", verdict="lost", detail=detail))
    return Assignment(assignments, findings, optimizer)


def _whole(stored: list[Stored]) -> list[Finding]:
    seeds = sum(one["path"].endswith(SEED) for one in stored)
    found = [Finding(what="weights", verdict="exact", detail=f"{len(stored) - seeds} variables")]
    if seeds:
        detail = (
            "1 seed generator of a layer" if seeds == 1 else f"{seeds} seed generators of layers"
        )
        found.append(Finding(what="random layers", verdict="exact", detail=detail))
    return found


def _partial(difference: Difference, taken: int) -> list[Finding]:
    """What a fork of another architecture takes over, and each layer that begins anew."""
    detail = f"{taken} variables, of the layers that match"
    found = [Finding(what="weights", verdict="approximate", detail=detail)]
    for pair in difference.pairs:
        held = pair.now["variables"] if pair.now is not None else []
        new = len(held) - len(pair.shared)
        if pair.now is not None and new:
            what = f"layer {pair.now['name']} ({pair.now['class']})"
            detail = f"{new} of {len(held)} variables begin anew"
            found.append(Finding(what=what, verdict="lost", detail=detail))
    if not difference.pairs:
        found[0] = Finding(what="weights", verdict="lost", detail="none could be matched")
    return found


def _unfit(what: str, ours: list[keras.Variable], theirs: list[Stored]) -> list[Finding]:
    found = []
    for number in range(max(len(ours), len(theirs))):
        now = _present(ours[number]) if number < len(ours) else ("", "nothing")
        then = _saved(theirs[number]) if number < len(theirs) else ("", "nothing")
        if now[1] != then[1]:
            name = f"{what} {number + 1} ({now[0] or then[0]})"
            detail = f"{then[1]} then, {now[1]} now"
            found.append(Finding(what=name, verdict="changed", detail=detail))
    return found


def _present(variable: keras.Variable) -> tuple[str, str]:
    """Keras numbers names anew whenever a cell runs again: they are shown, not compared."""
    shape = tuple(int(one) for one in variable.shape)
    return variable.path, f"{keras.backend.standardize_dtype(variable.dtype)} {shape}"


def _saved(stored: Stored) -> tuple[str, str]:
    return stored["path"], f"{stored['dtype']} {tuple(stored['shape'])}"
