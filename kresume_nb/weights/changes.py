"""Two checkpoints, variable by variable and layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kresume_nb.errors import ArgumentError
from kresume_nb.run.records import (
    Changes,
    CheckpointRef,
    Histogram,
    LayerChange,
    Unmatched,
    VariableChange,
    WeightChange,
)
from kresume_nb.weights.archive import Variable, Weights
from kresume_nb.weights.blocks import Reader, in_threads, parts, units_of
from kresume_nb.weights.sums import Kernel, Sums, dead, per_unit

Pair = tuple[Variable, Variable]
"""A variable of `a`, and the same of `b`."""


@dataclass(slots=True)
class Total:
    """Sums of one or more variables, and their dead units."""

    sums: Sums = field(default_factory=Sums)
    units: int = 0
    dead_a: int = 0
    dead_b: int = 0

    def __iadd__(self, other: Total) -> Total:
        self.sums += other.sums
        self.units += other.units
        self.dead_a += other.dead_a
        self.dead_b += other.dead_b
        return self

    def record(self) -> WeightChange:
        """As it goes to a page."""
        sums = self.sums
        return WeightChange(
            count=sums.count,
            norm_a=sums.squares_a**0.5,
            norm_b=sums.squares_b**0.5,
            change=sums.change,
            relative=sums.relative,
            cosine=sums.cosine,
            changed=sums.share,
            bad_a=sums.bad_a,
            bad_b=sums.bad_b,
            units=self.units,
            dead_a=self.dead_a,
            dead_b=self.dead_b,
        )


def compare(a: Path, b: Path, refs: tuple[CheckpointRef, CheckpointRef] | None = None) -> Changes:
    """What became of each layer from `a` to `b`.

    Args:
        a: path of a `.keras` file.
        b: of another.
        refs: what the result calls them; default: their paths.

    Raises:
        CorruptCheckpointError: naming the file that cannot be read.
    """
    first, second = refs or tuple(
        CheckpointRef(run=one.parent.as_posix(), file=one.name) for one in (a, b)
    )
    with Weights(a) as one, Weights(b) as other:
        common = matching(one, other)
        totals = dict(
            zip((pair[1].path for pair in common), measure(one, other, common), strict=True)
        )
        layers = [_layer(group, totals) for group in by_layer(common)]
        unmatched = list(_unmatched(one, other))
    total = Total()
    for _, of_layer in layers:
        total += of_layer
    return Changes(
        a=first,
        b=second,
        layers=[record for record, _ in layers],
        total=total.record(),
        unmatched=unmatched,
    )


def matching(a: Weights, b: Weights) -> list[Pair]:
    """The variables that both have, in the same shape, in the order of `b`."""
    return [
        (a.variables[path], there)
        for path, there in b.variables.items()
        if path in a.variables and a.variables[path].shape == there.shape
    ]


def by_layer(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """The same, each layer's together."""
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair[1].layer, []).append(pair)
    return list(found.values())


def measure(a: Weights, b: Weights, pairs: Sequence[Pair]) -> list[Total]:
    """Per pair the sums, of arrays that are read once on each side."""
    tasks = [(number, part) for number, pair in enumerate(pairs) for part in parts(pair[1])]

    def work(task: tuple[int, tuple[int, int]]) -> Sums:
        number, part = task
        reader, sums = Reader((a, b), pairs[number], part), Sums()
        kernel = Kernel(reader.size, reader.dtype)
        for one, other in reader:
            kernel.add(sums, one, other)
        return sums

    totals = [Total() for _ in pairs]
    for (number, _), sums in zip(tasks, in_threads(work, tasks), strict=True):
        totals[number].sums += sums
    for total, pair in zip(totals, pairs, strict=True):
        sums = total.sums
        total.units = units_of(pair[1]) or 0
        total.dead_a = count_dead(a, pair[0], sums.squares_a)
        total.dead_b = count_dead(b, pair[1], sums.squares_b)
    return totals


def count_dead(file: Weights, variable: Variable, squares: float) -> int:
    """How many units of a variable are dead.

    As a rule the first block tells that none is, since no unit is larger than all of them together;
    else the variable is read again.

    Args:
        squares: sum of all squares.
    """
    units = units_of(variable)
    if not units or not variable.count:
        return 0
    reader = Reader((file,), (variable,))
    blocks = iter(reader)
    known = per_unit(next(blocks)[0], units)
    if dead(known, squares) == 0:
        return 0
    for (block,) in blocks:
        known += per_unit(block, units)
    return dead(known)


def histogram(a: Path, b: Path, path: str, bins: int = 60) -> Histogram:
    """How the numbers of a variable are spread on both sides.

    Raises:
        ArgumentError: if they do not have this variable in the same shape.
        CorruptCheckpointError: naming the file that cannot be read.
    """
    with Weights(a) as one, Weights(b) as other:
        pair = one.variables.get(path), other.variables.get(path)
        if pair[0] is None or pair[1] is None or pair[0].shape != pair[1].shape:
            raise ArgumentError(
                f"{path!r} is not a variable of one shape in {a.name} and {b.name}. "
                f"Expected one of {', '.join(there.path for _, there in matching(one, other))}."
            )
        reader = Reader((one, other), (pair[0], pair[1]))
        low, high = np.inf, -np.inf
        for block in reader:
            for numbers in block:
                finite = numbers[np.isfinite(numbers)]
                low = min(low, float(finite.min(initial=np.inf)))
                high = max(high, float(finite.max(initial=-np.inf)))
        if low > high:
            return Histogram(path=path, edges=[], a=[], b=[])
        edges = np.histogram_bin_edges(np.array([low, high]), bins)
        counts = np.zeros((2, bins), np.int64)
        for block in reader:
            for row, numbers in enumerate(block):
                counts[row] += np.histogram(numbers[np.isfinite(numbers)], edges)[0]
    return Histogram(path=path, edges=edges.tolist(), a=counts[0].tolist(), b=counts[1].tolist())


def _layer(pairs: Sequence[Pair], totals: dict[str, Total]) -> tuple[LayerChange, Total]:
    total = Total()
    for _, variable in pairs:
        total += totals[variable.path]
    layer = pairs[0][1]
    record = LayerChange(
        path=layer.layer,
        label=layer.label,
        weights=total.record(),
        variables=[
            VariableChange(
                path=one.path,
                name=one.name,
                shape=list(one.shape),
                dtype=one.dtype,
                weights=totals[one.path].record(),
            )
            for _, one in pairs
        ],
    )
    return record, total


def _unmatched(a: Weights, b: Weights) -> Iterable[Unmatched]:
    for path in dict.fromkeys([*a.variables, *b.variables]):
        one, other = a.variables.get(path), b.variables.get(path)
        if one is None or other is None or one.shape != other.shape:
            known = other or one
            yield Unmatched(
                path=path,
                label=f"{known.label}/{known.name}" if known is not None else path,
                shape_a=list(one.shape) if one is not None else None,
                shape_b=list(other.shape) if other is not None else None,
            )
