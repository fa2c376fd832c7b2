"""Which layers still move: a run's kept checkpoints, each compared with the one before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import layout
from kresume_nb.run.records import (
    ChangeSeries,
    Checkpoint,
    DamagedCheckpoint,
    LayerSeries,
)
from kresume_nb.weights.archive import Variable, Weights
from kresume_nb.weights.blocks import Reader, in_threads, parts, units_of
from kresume_nb.weights.changes import count_dead
from kresume_nb.weights.sums import Kernel, Sums

MOST = 64
"""Checkpoints that are looked at: as many files are open at once."""


def series(run: Path, checkpoints: Sequence[Checkpoint], name: str) -> ChangeSeries:
    """The series of a run: the newest of its checkpoints, each read once.

    A damaged checkpoint is named and passed over.

    Args:
        run: its folder.
        checkpoints: those kept, oldest first.
        name: what the result calls the run.
    """
    with ExitStack() as stack:
        opened: list[tuple[Checkpoint, Weights]] = []
        damaged = []
        for one in checkpoints[-MOST:]:
            try:
                weights = stack.enter_context(Weights(layout.checkpoint_path(run, one.file)))
            except (CorruptCheckpointError, OSError) as error:
                damaged.append(DamagedCheckpoint(file=one.file, problem=str(error)))
            else:
                opened.append((one, weights))
        files = [weights for _, weights in opened]
        return ChangeSeries(
            run=name,
            files=[one.file for one, _ in opened],
            positions=[one.position for one, _ in opened],
            layers=[_layer(files, paths) for paths in _layers(files)],
            damaged=damaged,
        )


def _layers(files: Sequence[Weights]) -> list[list[str]]:
    """Paths of the variables of each layer, in the order of the newest file that has it."""
    found: dict[str, dict[str, None]] = {}
    for file in reversed(files):
        for variable in file.variables.values():
            found.setdefault(variable.layer, {})[variable.path] = None
    return [list(paths) for paths in found.values()]


def _layer(files: Sequence[Weights], paths: Sequence[str]) -> LayerSeries:
    """A layer over all files: sums of each, and of each with the one before it."""
    steps = [Sums() for _ in files]
    have = [False] * len(files)
    dead, units, label = [0] * len(files), 0, ""
    for path in paths:
        there = [(number, file) for number, file in enumerate(files) if path in file.variables]
        newest = there[-1][1].variables[path]
        label, units = label or newest.label, units + (units_of(newest) or 0)
        # Of a variable that changed its shape, the newest shape counts.
        same = [pair for pair in there if pair[1].variables[path].shape == newest.shape]
        for number, sums, dying in _variable([file for _, file in same], path, newest):
            at = same[number][0]
            steps[at] += sums
            dead[at] += dying
            have[at] = True
    return LayerSeries(
        path=newest.layer,
        label=label,
        norm=[
            math.sqrt(sums.squares_b) if known else math.nan
            for sums, known in zip(steps, have, strict=True)
        ],
        relative=[
            sums.relative if have[number] and have[number + 1] else math.nan
            for number, sums in enumerate(steps[1:])
        ],
        bad=[sums.bad_b for sums in steps],
        dead=dead,
        units=units,
    )


def _variable(
    files: Sequence[Weights], path: str, variable: Variable
) -> list[tuple[int, Sums, int]]:
    """Of each file the sums of the variable with the file before (the first with itself)."""
    variables = [file.variables[path] for file in files]

    def work(part: tuple[int, int]) -> list[Sums]:
        reader, sums = Reader(files, variables, part), [Sums() for _ in files]
        kernel = Kernel(reader.size, reader.dtype)
        for block in reader:
            for number, after in enumerate(block):
                kernel.add(sums[number], block[max(0, number - 1)], after)
        return sums

    total = [Sums() for _ in files]
    for of_part in in_threads(work, parts(variable)):
        for sums, more in zip(total, of_part, strict=True):
            sums += more  # noqa: PLW2901  # in place
    return [
        (number, sums, count_dead(files[number], variables[number], sums.squares_b))
        for number, sums in enumerate(total)
    ]
