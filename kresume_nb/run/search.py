"""Finds run folders anywhere below a folder, within bounds: a home directory has no end.

Thousands of paths are texts here: each `Path` is several objects, and so many that are alive at once
would have Python's garbage collector go through all that a server holds (a third of a second in a
Jupyter Server).
"""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kresume_nb.run import files, layout

_PASSED = frozenset(
    {"node_modules", "site-packages", "__pycache__", "venv", "env", "lost+found", "proc", "sys"}
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a search goes."""

    depth: int = 8
    folders: int = 20_000
    runs: int = 5_000
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    runs: list[str]
    """Their paths."""
    complete: bool
    """Whether it ended by itself, not at a bound."""


def find_runs(root: Path, bounds: Bounds | None = None) -> Found:
    """Run folders below `root`, those nearest to it first.

    Hidden folders, virtual environments, `node_modules` and the like are passed over, links are not
    followed, and nothing is looked for within a run.
    """
    limit = bounds or Bounds()
    deadline = time.monotonic() + limit.seconds
    waiting: deque[tuple[str, int]] = deque([(str(root), 0)])
    runs: list[str] = []
    looked = 0
    complete = True
    while waiting:
        if looked >= limit.folders or len(runs) >= limit.runs or time.monotonic() > deadline:
            return Found(runs[: limit.runs], complete=False)
        folder, depth = waiting.popleft()
        looked += 1
        found, below = _look(folder)
        runs += found
        if depth < limit.depth:
            waiting.extend((one, depth + 1) for one in below)
        elif below:
            complete = False
    return Found(runs, complete)


def _look(folder: str) -> tuple[list[str], list[str]]:
    """The runs in a folder, and the folders in it to look through."""
    place = Path(folder)
    with suppress(OSError):  # not ours to read, or gone in this moment
        with os.scandir(folder) as entries:
            names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
        if (place / "pyvenv.cfg").exists():
            return [], []
        runs = [name for name in names if layout.split_name(name) and files.is_run(place / name)]
        taken = set(runs)
        below = [
            name
            for name in names
            if not name.startswith(".") and name not in _PASSED and name not in taken
        ]
        return _within(folder, runs), _within(folder, below)
    return [], []


def _within(folder: str, names: list[str]) -> list[str]:
    return [os.path.join(folder, name) for name in names]  # noqa: PTH118
