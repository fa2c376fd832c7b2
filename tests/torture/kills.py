"""SIGKILL, power cuts and refusing disks: after each the folder is old or new, never a mix.

The sessions are those of `tests/crash`: what `kr.fit` does to a run folder, without a model.
"""

from __future__ import annotations

import errno
import shutil
import time
from pathlib import Path

from disk import WAYS, Disk, build
from sessions import Sessions, check
from verdict import Plan, Row

FAILURES = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES}


def kills(plan: Plan) -> list[Row]:
    """At every write-like call, then at random ones of several processes and at random instants."""
    every = Row("SIGKILL at every call that changes the disk, once each")
    again = Row("SIGKILL at random calls, in process after process of one run")
    instant = Row("SIGKILL at random instants, in process after process of one run")
    chance = plan.chance("kills")
    sessions = Sessions(plan.place("kills"))
    began = time.monotonic()
    assert sessions.run("whole") == 0
    took = time.monotonic() - began
    calls = sessions.calls("whole")
    numbers = list(range(1, len(calls) + 1))
    for number in (
        numbers if plan.count >= len(calls) else sorted(chance.sample(numbers, plan.count // 3))
    ):
        what = f"call {number}: {calls[number - 1]['call']} {Path(calls[number - 1]['path']).name}"
        every.judge(what, lambda at=number: _killed(sessions, f"every-{at}", [{"kill": at}]))
    left = max(0, plan.count - every.tried)
    while again.tried < left // 2:
        some = [{"kill": chance.randint(1, len(calls))} for _ in range(4)]
        again.judge(str(some), lambda n=again.tried, s=some: _killed(sessions, f"again-{n}", s))
    while instant.tried < left - left // 2:
        some = [{"seconds": chance.uniform(0.001, took)} for _ in range(4)]
        instant.judge(str(some), lambda n=instant.tried, s=some: _killed(sessions, f"at-{n}", s))
    return [every, again, instant]


def _killed(sessions: Sessions, name: str, processes: list[dict[str, float]]) -> None:
    """What was there when a process began is there, or something newer, when it was killed."""
    reached = -1
    for number, how in enumerate(processes, 1):
        sessions.run(name, number=number, **how)  # type: ignore[arg-type]
        copy = sessions.root(f"{name}-copy")
        shutil.copytree(sessions.root(name), copy)
        told = sessions.told(name) if (sessions.folder / f"{name}.told").exists() else -1
        at = check(copy, max(reached, told))
        shutil.rmtree(copy)
        reached = at.step if at else -1
    shutil.rmtree(sessions.root(name))


def power(plan: Plan) -> list[Row]:
    """What was not fsynced is gone, after every call."""
    rows = [Row(f"power cut after every call: {way}") for way in WAYS]
    sessions = Sessions(plan.place("power"))
    assert sessions.run("power") == 0
    root, calls = str(sessions.root("power")), sessions.calls("power")
    every = max(1, len(calls) // plan.count)
    for row, way in zip(rows, WAYS, strict=True):
        disk, told = Disk(root), -1
        for number, one in enumerate(calls):
            disk.apply(one)
            told = max([told, *map(int, one.get("told", []))])
            if number % every == 0:
                files, announced = disk.files(way), told
                row.judge(
                    f"after call {number}: {one['call']} {Path(one['path']).name}",
                    lambda f=files, t=announced: _cut(f, root, sessions.folder / "after", t),
                )
    return rows


def _cut(files: dict[str, bytes | None], root: str, target: Path, told: int) -> None:
    try:
        build(files, root, target)
        check(target, told, pruned_may_be_gone=True)
    finally:
        shutil.rmtree(target, ignore_errors=True)


def refusals(plan: Plan) -> list[Row]:
    """A disk that is full, breaks or is not ours, at each call: for one, for a while, for good."""
    rows = [Row(f"{name} at each call that changes the disk") for name in FAILURES]
    sessions = Sessions(plan.place("refusals"))
    assert sessions.run("whole") == 0
    calls = sessions.calls("whole")
    every = 3 * max(1, 2 * len(calls) // plan.count)  # each call once, at full size
    for row, number in zip(rows, FAILURES.values(), strict=True):
        for place, count in enumerate((1, 12, 10**6)):
            for first in range(1 + (place + rows.index(row)) % every, len(calls) + 1, every):
                one = calls[first - 1]
                row.judge(
                    f"{count} calls from {first} on: {one['call']} {Path(one['path']).name}",
                    lambda f=(first, count, number), n=f"{number}-{count}-{first}": refused(
                        sessions, n, fail=f
                    ),
                )
    killed = Row("one call fails, and SIGKILL within the sixty after it")
    chance = plan.chance("refusals")
    while killed.tried < plan.count:
        first = chance.randint(1, len(calls) - 1)
        fail, kill = (
            (first, 1, chance.choice(list(FAILURES.values()))),
            first + chance.randint(1, 60),
        )
        one = calls[first - 1]
        killed.judge(
            f"call {first} fails by {fail[2]}, killed at {kill}: {one['call']} {Path(one['path']).name}",
            lambda n=f"both-{killed.tried}", f=fail, k=kill: _refused_and_killed(sessions, n, f, k),
        )
    return [*rows, killed]


def _refused_and_killed(
    sessions: Sessions, name: str, fail: tuple[int, int, int], kill: int
) -> None:
    sessions.run(name, fail=fail, kill=kill)
    told = sessions.told(name) if (sessions.folder / f"{name}.told").exists() else -1
    check(sessions.root(name), told, pruned_may_be_gone=True)
    shutil.rmtree(sessions.root(name))


def refused(sessions: Sessions, name: str, **how: tuple[int, int, int]) -> None:
    """Calls that are refused in a session, as `Sessions.run` takes them: it comes to its end all the same."""
    assert sessions.run(name, **how) == 0, "training ended by it"
    told = sessions.told(name)
    check(sessions.root(name), told, pruned_may_be_gone=True)
    # The disk is well again: another process goes on, and comes to its end.
    assert sessions.run(name, number=2) == 0
    check(sessions.root(name), max(told, sessions.told(name)), pruned_may_be_gone=True)
    shutil.rmtree(sessions.root(name))
