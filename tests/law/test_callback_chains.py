"""Files of callbacks under kill upon kill: what no checkpoint knows must not stay."""

from __future__ import annotations

import pytest
from harness import Law, Trial
from scenarios.cells import Cell

pytestmark = pytest.mark.law


TRIALS = [
    Trial(
        Cell(callbacks=callbacks, backend="torch"), (9,) if settled else (9, 2, 3), settled=settled
    )
    for callbacks in ("files", "event_files")
    for settled in (True, False)
]


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_killed_again_before_the_next_checkpoint(trial: Trial, law: Law) -> None:
    """The second and third process die before they save: their rows and events come a third time."""
    law.judge(trial)
