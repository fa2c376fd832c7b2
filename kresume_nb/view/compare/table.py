"""A row for each run: how it stands, its best and final value, and what it was trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kresume_nb.run.records import Compared
from kresume_nb.view.compare.curves import of_metric
from kresume_nb.view.compare.labels import labels, name_of
from kresume_nb.view.compare.metrics import Best, Mode, best_of, mode_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A run. Numbers are None, and texts empty, where they are not known."""

    key: str
    label: str
    name: str
    status: str
    """As the files say, or `unreadable`."""
    problem: str = ""
    best: Best | None = None
    final: Best | None = None
    """The last value, whatever it is, and its epoch."""
    epochs: int | None = None
    """Complete."""
    asked: int | None = None
    """Epochs asked for in all."""
    steps: int | None = None
    seconds: float | None = None
    """Of training, up to the last epoch's end."""
    parameters: int | None = None
    optimizer: str = ""
    learning_rate: Any = None
    """As the optimizer was made: a number, a schedule's name, or None."""
    batch_size: int | None = None
    samples: int | None = None
    seed: int | None = None
    device: str = ""
    versions: dict[str, str]
    parent: str = ""
    """Name of the run that it was forked from."""
    created: float | None = None
    updated: float | None = None


def table(runs: Sequence[Compared], metric: str) -> list[Row]:
    """A row for each run, in order; best and final are those of the metric."""
    named = labels(runs)
    mode = mode_of(metric, runs)
    return [_row(run, named[run.key], metric, mode) for run in runs]


def _row(run: Compared, label: str, metric: str, mode: Mode) -> Row:
    header, summary = run.header, run.summary
    if header is None or summary is None:
        return Row(
            key=run.key,
            label=label,
            name=name_of(run),
            status="unreadable",
            problem=run.problem,
            versions={},
        )
    rows, values = of_metric(run, metric)
    epochs = [summary.epoch[row] for row in rows]
    return Row(
        key=run.key,
        label=label,
        name=name_of(run),
        status=summary.status,
        best=best_of(values, epochs, mode),
        final=Best(values[-1], epochs[-1]) if values else None,
        epochs=summary.position.epoch,
        asked=summary.epochs,
        steps=summary.position.step,
        seconds=summary.seconds[-1] if summary.seconds else 0.0,
        parameters=header.parameters,
        optimizer=class_of(header.compile.get("optimizer")),
        learning_rate=_rate(header.compile.get("optimizer")),
        batch_size=header.batch_size,
        samples=header.samples,
        seed=header.seed,
        device=header.device,
        versions=dict(header.versions),
        parent=header.parent.run if header.parent is not None else "",
        created=header.created,
        updated=summary.updated,
    )


def class_of(described: Any) -> str:
    """The class that Keras' description of an object names: `Adam`, `LossScaleOptimizer(Adam)`."""
    if isinstance(described, str):
        return described
    if not isinstance(described, Mapping) or not isinstance(described.get("class_name"), str):
        return ""
    name = str(described["class_name"])
    inner = class_of(_config(described).get("inner_optimizer"))
    return f"{name}({inner})" if inner else name


def _rate(described: Any) -> Any:
    config = _config(described)
    if "learning_rate" not in config and "inner_optimizer" in config:
        return _rate(config["inner_optimizer"])
    rate = config.get("learning_rate")
    return (class_of(rate) or None) if isinstance(rate, Mapping) else rate


def _config(described: Any) -> Mapping[str, Any]:
    config = described.get("config") if isinstance(described, Mapping) else None
    return config if isinstance(config, Mapping) else {}
