"""The law of several fits: killed anywhere and executed again, a program comes to what it would have.

On torch, whose processes are quick to begin: whose run is whose does not depend on the backend. On
the others a share, or all with `KRESUME_EVERY_BACKEND`.
"""

from __future__ import annotations

import os
import random

import pytest
from programs import PROGRAMS

pytestmark = pytest.mark.law


def runs(place):
    return sorted(path.name for path in (place / "kresume_runs").iterdir())


def steps_done(ends, steps):
    """Those of the fits that were complete after so many steps."""
    return max((end for end in ends if end <= steps), default=0)


def check(programs, trials, **job):
    for (program, kills), found in programs.each(trials, **job):
        expected = programs.unbroken(program)
        assert found["result"] == expected["result"], (program, kills, found["said"])
        done = steps_done(expected["ends"], kills[0] - 1)
        assert found["steps"] <= expected["steps"] - done, f"{program} {kills}: trained twice"


HOW = ["script", "by hand", "click", "by itself"]


# In a script it is as by hand but for the cell, and by itself the kernel is told what a click tells it: of
# these a third, unless the environment asks for all.
EVERY = {"script": 3, "by hand": 1, "click": 3, "by itself": 3}


@pytest.mark.parametrize("how", HOW)
def test_a_search_that_is_killed_after_any_step(programs, how):
    steps = programs.unbroken("search")["steps"]
    assert steps == 4 * 3 * 3
    every = 1 if os.environ.get("KRESUME_EVERY_STEP") else EVERY[how]
    check(programs, [("search", (kill,)) for kill in range(1, steps + 1, every)], how=how)


@pytest.mark.parametrize(
    "program", [name for name in PROGRAMS if name not in ("search", "threads")]
)
def test_programs_that_are_killed_in_each_of_their_fits(programs, program):
    steps = programs.unbroken(program)["steps"]
    check(programs, [(program, (kill,)) for kill in range(4, steps, max(3, steps // 9))])


@pytest.mark.parametrize("program", ["search", "folds", "phases"])
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_on_other_backends(programs_on, backend, program):
    pytest.importorskip(backend)
    there = programs_on(backend)
    steps = there.unbroken(program)["steps"]
    every = bool(os.environ.get("KRESUME_EVERY_BACKEND"))
    kills = range(1, steps + 1) if every else [steps // 2 + 1]
    check(there, [(program, (kill,)) for kill in kills])


@pytest.mark.parametrize("how", HOW)
def test_three_kills_in_one_go(programs, how):
    drawn = random.Random(0)
    trials = [
        (program, tuple(drawn.randrange(4, 9) for _ in range(3)))
        for program in ("search", "folds", "phases", "alternating", "nested")
    ]
    check(programs, trials, how=how)


def test_ten_kills_in_one_loop(programs):
    """Of 36 steps each process does three at most: none comes to the end before it is killed."""
    ((_, found),) = programs.each([("search", (3,) * 10)])
    assert found["result"] == programs.unbroken("search")["result"]


def test_two_trainings_at_once_each_go_on_in_their_own(programs):
    """Which thread is how far at the kill is chance; what they come to is not."""
    for kill in (5, 9, 13):
        found = programs.broken("threads", (kill,))
        for key in ("told", "weights"):
            expected = programs.unbroken("threads")["result"][key]
            assert sorted(map(str, found["result"][key])) == sorted(map(str, expected))
        assert runs(found["place"]) == ["thread 0-001", "thread 1-001"]
