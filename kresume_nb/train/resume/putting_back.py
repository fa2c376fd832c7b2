"""Puts a checkpoint's state back into the present model and callbacks, and tells what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from kresume_nb.run.records import Finding
from kresume_nb.train.checkpoint.snapshot import names_of
from kresume_nb.train.keras_compat import optimizers
from kresume_nb.train.resume import describe, report, restore
from kresume_nb.train.resume.opening import Opening
from kresume_nb.train.sources.source import Source
from kresume_nb.train.sources.validation import Validation
from kresume_nb.train.state import identity
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Decoder
from kresume_nb.train.state.model_extras import ExtraModelState


def put_back(
    opening: Opening,
    model: keras.Model,
    facts: dict[str, Any],
    *,
    states: CallbackStates,
    beyond: ExtraModelState,
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
        beyond: state of the model that is in no variable.
        source: of the training data, restored already.
        validation: what is validated on, restored already.
        held: (path, value) of what the data objects hold.
        data: the decoder that the data was restored with; what it made stays the same object.
    """
    if opening.plan is None:
        raise RuntimeError("Opening.compare() comes before a resume")
    found = opening.checkpoint
    loaded, rows = found.loaded, opening.rows
    restore.apply_model(opening.plan, loaded)
    states.begin()
    saved = loaded.state["callbacks"]
    names = names_of(states, beyond, held, saved)
    decoder = Decoder(loaded.array, objects=loaded.state.get("objects"), live=names.object)
    if data is not None:
        decoder.share(data)
    first = rows[0].epoch - 1 if rows else found.position.epoch
    findings = [
        *found.skipped,
        *report.self_check(loaded.state),
        *opening.plan.findings,
        *_optimizer(opening, model, facts, put_back=opening.plan.optimizer),
        *restore.apply_beyond(beyond, loaded, decoder),
        *restore.apply_callbacks(states, loaded, decoder),
        *report.random_streams(loaded.state["random"], restore.lost_random(loaded)),
        *restore.unrecoverable(loaded),
        *source.findings(),
        *(() if validation is None else validation.findings()),
        report.history(len(rows), first, found.position),
        *report.determinism(facts["training"]["environment"]),
        *opening.difference.wrong,
        *opening.difference.harmless,
    ]
    identity.replace(names, [*states.owners(), *beyond.owners()], decoder.replaced)
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
