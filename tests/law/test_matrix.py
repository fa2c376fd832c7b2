"""Every source, model and set of callbacks, killed at a step that is drawn from a seed.

On TensorFlow, and on JAX or torch in turn: half of the trainings for the same code of ours.
`KRESUME_EVERY_BACKEND=1` tries all; `make matrix` does so, too, and kills each three times.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import replace

import pytest
from harness import Law, Trial
from scenarios.cells import Cell, cells

pytestmark = pytest.mark.law


def in_turn(cell: Cell) -> bool:
    """Whether it is this backend's turn; always where the other has no such training."""
    other = {"jax": "torch", "torch": "jax"}.get(cell.backend)
    if other is None or os.environ.get("KRESUME_EVERY_BACKEND"):
        return True
    if not replace(cell, backend=other).supported:
        return True
    name = f"{cell.source} {cell.model} {cell.callbacks}"
    return ("jax", "torch")[zlib.crc32(name.encode()) % 2] == cell.backend


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
