"""Files of callbacks under kill upon kill: what no checkpoint knows must not stay."""

from __future__ import annotations

import pytest
from harness import Law, Trial
from scenarios.cells import Cell

pytestmark = pytest.mark.law


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "at once"])
@pytest.mark.parametrize("callbacks", ["files", "event_files"])
def test_killed_again_before_the_next_checkpoint(callbacks: str, settled: bool, law: Law) -> None:
    """The second and third process die before they save: their rows and events come a third time."""
    cell = Cell(callbacks=callbacks)
    kills = (9, 2, 3)
    law.judge(Trial(cell, kills if not settled else kills[:1], settled=settled))
