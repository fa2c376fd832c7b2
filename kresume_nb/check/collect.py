"""Takes down what a training left, in the process that trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kresume_nb._runs import load_run
from kresume_nb.check.outcome import Outcome
from kresume_nb.train.state import rng
from kresume_nb.train.state.all_callbacks import CallbackStates
from kresume_nb.train.state.encoding import Encoder, NotPlainError
from kresume_nb.train.state.model_extras import ExtraModelState


def collect(
    model: keras.Model,
    callbacks: Sequence[Any],
    history: Any,
    folder: Path,
    ignore: Iterable[str] = (),
) -> Outcome:
    """Takes down what a training left.

    Args:
        callbacks: a person's own; those that the proof added are left out.
        history: what `kr.fit` returned.
        folder: of the run.
        ignore: names that are left out, `MyCallback.started` for example.
    """
    run = load_run(folder)
    left_out = set(ignore)
    texts = {
        ("History", name): repr([*map(_number, values)]) for name, values in history.history.items()
    }
    texts["History", "epochs"] = repr(list(history.epoch))
    texts |= {
        ("steps", {"learning_rate": "learning rate"}.get(name, name)): repr([*map(_number, values)])
        for name, values in run.steps.items()
    }
    texts |= {("callbacks", name): text for name, text in _callbacks(callbacks)}
    texts |= {("model attributes", name): text for name, text in _attributes(model)}
    texts |= {("random streams", name): text for name, text in _streams()}
    start = run.fold.start
    return Outcome(
        {(group, name): value for group, name, value in _variables(model) if name not in left_out},
        {key: text for key, text in texts.items() if key[1] not in left_out},
        [(one.verdict, one.what, one.detail) for one in run.report],
        (start.checkpoint or "") if start is not None else "",
        len(run.steps["step"]),
    )


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return repr(value)


def _variables(model: keras.Model) -> Iterator[tuple[str, str, Any]]:

    optimizer = model.optimizer.variables if model.optimizer is not None else []
    slots = {id(one) for one in optimizer}
    metrics = {id(one) for one in model.metrics_variables}
    seen: set[int] = set()
    for variable in (*model.variables, *optimizer, *model.metrics_variables):
        if id(variable) in seen:
            continue
        seen.add(id(variable))
        group = "weights"
        if id(variable) in slots:
            group = "optimizer"
        elif id(variable) in metrics:
            group = "metrics"
        elif "seed_generator" in variable.path:
            group = "seeds"
        value = np.array(keras.ops.convert_to_numpy(variable))
        # What stands before a slot's own name tells where its optimizer was built: in a step or not.
        name = variable.path.rpartition("/")[2] if group == "optimizer" else variable.path
        yield group, f"{len(seen)} {name}", value


def _callbacks(callbacks: Sequence[Any]) -> Iterator[tuple[str, str]]:

    for path, value in CallbackStates(callbacks).labelled():
        text = _text(value)
        if text is not None:
            yield path, text


def _attributes(model: keras.Model) -> Iterator[tuple[str, str]]:

    for path, value in ExtraModelState(model).roots():
        text = _text(value)
        if text is not None:
            yield path, text


def _streams() -> Iterator[tuple[str, str]]:

    for name, state in rng.capture().items():
        if state is not None:
            yield name, _text(state) or ""


def _text(value: Any) -> str | None:
    """Equal for equal values in all processes; None for what has no such text."""
    arrays: list[Any] = []
    try:
        encoded = Encoder(arrays, value, keep=False).encode(value)
    except NotPlainError:
        return None
    return json.dumps([encoded, [[str(one.dtype), one.tolist()] for one in arrays]], default=repr)
