"""Every source, model and set of callbacks, killed at a step that is drawn from a seed.

Each on one backend in turn, the base on all: which, is drawn from its name, the backend that is
quick to begin more often. Most of what a resume does is the same code on each.
`KRESUME_EVERY_BACKEND=1` tries all; `make matrix` does so, too, and kills each three times.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import replace

import pytest
from harness import Law, Trial
from scenarios import BACKENDS
from scenarios.cells import Cell, cells

pytestmark = pytest.mark.law


TURNS = {"torch": 6, "tensorflow": 3, "jax": 1}
"""Of ten combinations that all backends have: about the inverse of what a process takes to train."""


def in_turn(cell: Cell) -> bool:
    """Whether it is this backend's turn, of those that have such a training."""
    if cell == Cell(backend=cell.backend) or os.environ.get("KRESUME_EVERY_BACKEND"):
        return True
    turns = [
        one for one in BACKENDS if replace(cell, backend=one).supported for _ in range(TURNS[one])
    ]
    name = f"{cell.source} {cell.model} {cell.callbacks}"
    return cell.backend == turns[zlib.crc32(name.encode()) % len(turns)]


CELLS = [cell for cell in cells() if cell.supported and in_turn(cell)]


@pytest.mark.parametrize(
    "trial", [Trial(cell, (point,)) for cell in CELLS for point in cell.points(1)], ids=str
)
def test_a_resume_is_exact_or_as_announced(trial: Trial, law: Law) -> None:
    law.judge(trial)


LIKE_FIT = [
    one
    for one in CELLS
    # Each source, and each model on the backends that compile quickly.
    if one.like_fit
    and (one.callbacks == "plateau" or (one.source, one.backend) != ("arrays", "jax"))
]


@pytest.mark.parametrize("cell", LIKE_FIT, ids=str)
def test_without_shuffle_and_kill_it_is_what_keras_does(cell: Cell, law: Law) -> None:
    ours = law.submit_plain(cell, "kresume, unshuffled").result()
    assert not ours.differences(law.submit_plain(cell, "keras").result())
