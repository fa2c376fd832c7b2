"""Puts a checkpoint's state back into the present model and callbacks, and tells what became of it.

After all `on_train_begin` calls: Keras' own callbacks reset themselves there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from kresume_nb.run.records import Finding
from kresume_nb.train.checkpoint.keras_file import Loaded
from kresume_nb.train.checkpoint.snapshot import names_of
from kresume_nb.train.keras_compat import optimizers
from kresume_nb.train.keras_compat.variables import assign
from kresume_nb.train.resume import describe, report
from kresume_nb.train.resume.assignment import Assignment
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.validation import Validation
from kresume_nb.train.state import identity, rng
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Decoder
from kresume_nb.train.state.model_extras import ExtraModelState


def restore(
    opening: Opening,
    model: keras.Model,
    facts: dict[str, Any],
    *,
    states: CallbackStates,
    extras: ExtraModelState,
    source: Source,
    validation: Validation | None = None,
    held: Iterable[tuple[str, Any]] = (),
    data: Decoder | None = None,
) -> list[Finding]:
    """All but the random streams, which come last; returns the resume report.

    Args:
        opening: compared with the model and these facts.
        facts: those of the present call.
        states: of the callbacks.
        extras: state of the model that is in no variable.
        source: of the training data, restored already.
        validation: what is validated on, restored already.
        held: (path, value) of what the data objects hold.
        data: the decoder that the data was restored with; what it made stays the same object.
    """
    if opening.plan is None:
        raise RuntimeError("Opening.compare() comes before a resume")
    found = opening.checkpoint
    loaded, rows = found.loaded, opening.rows
    put_variables(opening.plan, loaded)
    states.begin()
    saved, beyond = loaded.state["callbacks"], loaded.state.get("beyond")
    names = names_of(states, extras, held, saved)
    decoder = Decoder(loaded.array, objects=loaded.state.get("objects"), live=names.object)
    if data is not None:
        decoder.share(data)
    first = rows[0].epoch - 1 if rows else found.position.epoch
    findings = [
        *found.skipped,
        *report.self_check(loaded.state),
        *opening.plan.findings,
        *_optimizer(opening, model, facts, put_back=opening.plan.optimizer),
        *([] if beyond is None else extras.restore(beyond, decoder)),
        *states.restore(saved, loaded.array, decoder),
        *report.random_streams(loaded.state["random"], rng.lost(random_streams(loaded))),
        *_unrecoverable(loaded),
        *source.findings(),
        *(() if validation is None else validation.findings()),
        report.history(len(rows), first, found.position),
        *report.determinism(facts["training"]["environment"]),
        *opening.difference.wrong,
        *opening.difference.harmless,
    ]
    identity.replace(names, [*states.owners(), *extras.owners()], decoder.replaced)
    return findings


def _optimizer(
    opening: Opening, model: keras.Model, facts: dict[str, Any], *, put_back: bool
) -> list[Finding]:
    """Of the optimizer and its learning rate, which a person may have edited since."""
    if model.optimizer is None:
        return []
    old, new = (
        describe.learning_rate(one.get("training", {}).get("compile", {}))
        for one in (opening.checkpoint.loaded.state["facts"], facts)
    )
    rate = report.learning_rate(
        old,
        new,
        optimizers.learning_rate(model.optimizer) if put_back else None,
        {row.learning_rate for row in opening.rows},
    )
    if rate.present is not None:
        model.optimizer.learning_rate = rate.present
    return [*([report.optimizer(model)] if put_back else []), rate.finding]


def put_variables(assignment: Assignment, loaded: Loaded) -> None:
    """Puts the variables' values back."""
    for variable, stored in assignment.assignments:
        assign(variable, loaded.variable(stored))


def restore_random(loaded: Loaded) -> None:
    """Puts the global random streams back: the last thing before training goes on."""
    rng.restore(random_streams(loaded))


def random_streams(loaded: Loaded) -> dict[str, Any]:
    """The states of the global random streams, as `rng.capture` gave them."""
    found: dict[str, Any] = Decoder(loaded.array).decode(loaded.state["random"])
    return found


def _unrecoverable(loaded: Loaded) -> list[Finding]:
    """What the training step drew at random from a state that nobody can read."""
    return [
        Finding(what="random numbers of the training step", verdict="approximate", detail=one)
        for one in loaded.state.get("unrecoverable", [])
    ]
