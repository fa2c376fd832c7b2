"""Every source, model and set of callbacks, on every backend, killed at steps drawn from a seed."""

from __future__ import annotations

import pytest
from harness import Law, Trial
from scenarios.cells import Cell, cells

pytestmark = pytest.mark.law

CELLS = [one for one in cells() if one.supported]


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
