"""The promise: killed after any step, resumed in a new process, a run ends as though nothing had been.

Every comparison is bit for bit; the resumed process is seeded differently, so nothing can be right
by accident. Every step is tried on torch, whose processes are quick to begin, and every third on
TensorFlow, unless `KRESUME_EVERY_BACKEND` is set.
"""

from __future__ import annotations

import os

import pytest
from harness import Law, Trial
from scenarios import BATCHES, STEPS
from scenarios.cells import Cell

pytestmark = pytest.mark.law

BASE = Cell(backend="torch")
SCHEDULE = Cell(model="schedule", callbacks="everyday")
EARLY = Cell(model="schedule", callbacks="impatient", backend="torch")
EVERY = 1 if os.environ.get("KRESUME_EVERY_BACKEND") else 3


@pytest.mark.parametrize(
    "trial",
    [
        *(Trial(BASE, (step,)) for step in range(1, STEPS + 1)),
        *(Trial(SCHEDULE, (step,)) for step in range(EVERY, STEPS + 1, EVERY)),
    ],
    ids=str,
)
def test_killed_after_any_step(trial: Trial, law: Law) -> None:
    assert len(law.submit(trial.unbroken).result().facts["steps"]) == STEPS
    assert law.judge(trial) == "exact"


@pytest.mark.parametrize(
    "trial",
    [
        Trial(cell, kills, settled=False, every=1)
        for cell in (BASE, SCHEDULE)
        for kills in ((3, 5, 7), (1, 1, 1), (6, 6, 6), (13, 2, 9))
    ],
    ids=str,
)
def test_killed_again_and_again_without_waiting_for_checkpoints(trial: Trial, law: Law) -> None:
    assert law.judge(trial) == "exact"


@pytest.mark.parametrize(
    "trial",
    [
        *(Trial(EARLY, (step,), settled=False) for step in (5, 8, 11, 12)),
        Trial(EARLY, ("training",)),
    ],
    ids=str,
)
def test_a_run_that_a_callback_ends_early_ends_there_after_a_kill_too(
    trial: Trial, law: Law
) -> None:
    assert 2 * BATCHES <= len(law.submit(trial.unbroken).result().facts["steps"]) < STEPS
    assert law.judge(trial) == "exact"
