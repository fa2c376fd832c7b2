"""What a worker can be asked. Arguments and answers are JSON: text that goes on as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kresume_nb.run import codec, pruning
from kresume_nb.run.compared import read_compared
from kresume_nb.run.container import ContainerReader
from kresume_nb.run.downsampling import downsample
from kresume_nb.run.readable_checkpoints import readable
from kresume_nb.run.records import CheckpointRef, DamagedCheckpoint, Pruning
from kresume_nb.run.retention import Rule
from kresume_nb.run.row import read_row


def changes(a: str, b: str, refs: Sequence[dict[str, str]] | None = None) -> str:
    """A `Changes` of two checkpoints."""
    from kresume_nb.weights.changes import compare

    named = None if refs is None else _refs(refs)
    return codec.dumps(compare(Path(a), Path(b), named))


def histogram(a: str, b: str, variable: str) -> str:
    """A `Histogram` of a variable in two checkpoints."""
    from kresume_nb.weights.changes import histogram as made

    return codec.dumps(made(Path(a), Path(b), variable))


def series(run: str, name: str, damaged: Sequence[dict[str, str]] = ()) -> str:
    """A `ChangeSeries` of a run's checkpoints, but for those that are known to be `damaged`."""
    from kresume_nb.weights.series import series as made

    path, known = Path(run), [codec.decode(DamagedCheckpoint, one) for one in damaged]
    without = {one.file for one in known}
    found = made(path, [one for one in readable(path) if one.file not in without], name)
    return codec.dumps(replace(found, damaged=[*found.damaged, *known]))


def kept_files(run: str) -> str:
    """The names of a run's checkpoints, oldest first."""
    return codec.dumps({"files": [one.file for one in readable(Path(run))]})


def look(path: str) -> str:
    """Nothing, if the weights of a checkpoint can be read."""
    from kresume_nb.weights.archive import Weights

    with Weights(Path(path)):
        return "{}"


def verify(path: str) -> str:
    """Nothing, if a resume would take a checkpoint: every byte, our state, and all that HDF5 tells."""
    from kresume_nb.weights.archive import check

    with ContainerReader(Path(path)) as container:
        container.verify()
        state = container.state()
    check(Path(path), state)
    return "{}"


def rows(runs: Sequence[Sequence[str]]) -> str:
    """Of each run (its folder, its address) a line: `r` if it is running, else `-`, and a `RunRow`."""
    lines = []
    for path, address in runs:
        row = read_row(Path(path), address)
        lines.append(("r" if row.status == "running" else "-") + codec.dumps(row))
    return "\n".join(lines)


def compared(run: str, key: str) -> str:
    """A run as a comparison shows it (`Compared`), downsampled if it is long."""
    return codec.dumps(replace(downsample(read_compared(Path(run))), key=key))


def prune(run: str, keep_last: int, *, carry_out: bool) -> str:
    """The checkpoints that go by that rule, or went, and their bytes."""
    act = pruning.prune if carry_out else pruning.plan
    plan = act(Path(run), Rule(keep_last=keep_last))
    return codec.dumps(Pruning(files=[one.checkpoint.file for one in plan.going], bytes=plan.bytes))


def _refs(refs: Sequence[dict[str, str]]) -> tuple[CheckpointRef, CheckpointRef]:
    first, second = (codec.decode(CheckpointRef, one) for one in refs)
    return first, second


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (changes, histogram, series, kept_files, look, verify, rows, compared, prune)
}
