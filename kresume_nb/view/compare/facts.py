"""What runs were trained with, flattened, so that one sees what differs.

A fact's name is its path, joined by dots: `compile.optimizer.learning_rate`. Of an object that Keras
describes (`class_name`, `config`), the class stands at its path and the settings below, without
what Keras counts up by itself (the object's own `name`) and where it comes from. A list of plain
values is one value; any other list has its numbers, from zero, in the path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kresume_nb.run.records import Compared, Header


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about all readable runs."""

    name: str
    values: dict[str, Any]
    """By the run's key, as JSON; runs that lack it are left out."""
    differs: bool


def facts(runs: Sequence[Compared]) -> list[Fact]:
    """All facts, in the order of their first appearance."""
    readable = [run for run in runs if run.header is not None]
    found: dict[str, dict[str, Any]] = {}
    for run in readable:
        if run.header is not None:
            for name, value in flat(run.header).items():
                found.setdefault(name, {})[run.key] = value
    return [
        Fact(name, values, len(values) < len(readable) or _vary(list(values.values())))
        for name, values in found.items()
    ]


def flat(header: Header) -> dict[str, Any]:
    """The facts of one run, by name."""
    found: dict[str, Any] = {}
    found.update(_walk("fit", header.fit))
    found.update(_walk("compile", header.compile))
    found.update({"model.architecture": header.architecture, "model.parameters": header.parameters})
    for array in header.data:
        found[f"data.{array.name}.shape"] = array.shape
        found[f"data.{array.name}.dtype"] = array.dtype
        found[f"data.{array.name}.digest"] = array.digest
    found.update(
        {
            "data.samples": header.samples,
            "data.batch_size": header.batch_size,
            "data.batches": header.batches,
            "data.seed": header.seed,
        }
    )
    found.update(_walk("versions", header.versions))
    found["device"] = header.device
    found["notebook"] = header.notebook
    return found


def _walk(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("class_name"), str) and "config" in value:
            yield name, value["class_name"]
            config = value["config"]
            value = config if isinstance(config, Mapping) else {"config": config}
            value = {key: one for key, one in value.items() if key != "name"}
        for key, one in value.items():
            yield from _walk(f"{name}.{key}", one)
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for number, one in enumerate(value):
            yield from _walk(f"{name}.{number}", one)
    else:
        yield name, value


def _vary(values: Sequence[Any]) -> bool:
    return any(not same(value, values[0]) for value in values[1:])


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
