"""The law is not blind: each piece of state left out of a resume turns it red."""

from __future__ import annotations

import pytest
from forgetting import PIECES
from harness import Law, Trial

pytestmark = pytest.mark.law

KILL = 22
"""Within an epoch, after the rate fell and with an early stop under way."""


@pytest.mark.parametrize(
    "trial", [Trial(cell, (KILL,), forget=piece) for piece, cell in PIECES.items()], ids=str
)
def test_the_law_notices_every_piece_that_is_not_put_back(trial: Trial, law: Law) -> None:
    with pytest.raises(AssertionError, match="differs in"):
        law.judge(trial)
