"""Attempts to resume by itself: who may act, when, and when to give up.

`attempt-<n>.json` in the run folder is a claim. It is made exclusively, so that of several pages and
a server one acts, and touched by whoever made it every `RENEW_SECONDS`; a claim that has stood still
for `LEASE_SECONDS` was left behind. The process that trains next takes the files down in the
journal, which has one writer, and deletes them.

`decide` is pure. Its twin is `labextension/src/resume/decide.ts`; cases in `tests/golden/auto.json`
hold both to the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kresume_nb.errors import CorruptRecordError, UnsafeFileError
from kresume_nb.run import atomic, codec, files, layout, limits
from kresume_nb.run.records import SCHEMA, Attempt

MOST_IN_VAIN = 5
"""Attempts without a new checkpoint after which nobody tries any more."""

FIRST_WAIT = 2.0
"""Seconds between the first attempt without progress and the next; doubles with each."""

LEASE_SECONDS = 90.0
"""A page in the background may act only once a minute."""

RENEW_SECONDS = 10.0

_MOST = 100
"""Files that are read: a stranger's folder may have any number of them."""


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """An attempt that was made."""

    attempt: Attempt
    age: float | None = None
    """Seconds since its file was touched; None once it is in the journal."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What there is to do about a run that nobody is behind any more."""

    kind: Literal["go", "wait", "held", "capped", "failed"]
    """`wait`: until `until`. `held`: somebody is at it. `capped`: too often in vain. `failed`: the
    last attempt met an error that another would meet, too."""
    number: int
    """Of the attempt to make, or of the one that decides."""
    until: float = 0.0
    """When to look again, in seconds since 1970."""
    vain: int = 0
    """Attempts that came no further than the checkpoint that there is now."""


def decide(known: Sequence[KnownAttempt], *, step: int, since: float, now: float) -> Decision:
    """What to do.

    Args:
        known: all attempts, in their order.
        step: of the newest checkpoint.
        since: when the switch was turned on: what was before does not count.
        now: seconds since 1970.
    """
    last = known[-1] if known else None
    number = last.attempt.number if last else 0
    open_ = [one for one in known if one.age is not None and one.attempt.outcome == "open"]
    for one in open_:
        if one.age is not None and one.age < LEASE_SECONDS:
            until = now + LEASE_SECONDS - one.age
            return Decision("held", one.attempt.number, until)
    vain = 0
    for one in reversed(known):
        if one.attempt.step < step or one.attempt.time < since:
            break
        vain += 1
    if last is not None and vain:
        if last.attempt.outcome == "failed":
            return Decision("failed", number, vain=vain)
        if vain >= MOST_IN_VAIN:
            return Decision("capped", number, vain=vain)
        until = last.attempt.time + FIRST_WAIT * 2 ** (vain - 1)
        if until > now:
            return Decision("wait", number + 1, until, vain)
    return Decision("go", number + 1, vain=vain)


def in_folder(run: Path) -> list[KnownAttempt]:
    """The newest attempts that no process has taken down yet, in their order.

    To be read before the journal: an attempt that is taken down in between is then seen twice, not
    never. A file that holds no attempt counts as one that was abandoned; so does a link or what else
    is no file, of which nothing is read: its number is taken.
    """
    with suppress(OSError):
        numbers = filter(None, map(layout.attempt_number, files.names(run)))
        found = []
        for number in sorted(numbers)[-_MOST:]:
            with suppress(OSError):  # taken down in this moment
                found.append(_read(run / layout.attempt_name(number), number))
        return found
    return []


def merged(files: Sequence[KnownAttempt], journal: Sequence[Attempt]) -> list[KnownAttempt]:
    """All attempts, in their order; the journal knows best."""
    known = {one.attempt.number: one for one in files}
    known |= {one.number: KnownAttempt(one) for one in journal}
    return [known[number] for number in sorted(known)]


def claim(run: Path, attempt: Attempt) -> bool:
    """Makes the attempt's file; False if somebody else was first."""
    return atomic.create(run / layout.attempt_name(attempt.number), codec.dumps(attempt).encode())


def renew(run: Path, attempt: Attempt) -> None:
    """Says that whoever made the attempt is still at it."""
    with suppress(OSError):  # taken down: training goes on
        files.touch(run / layout.attempt_name(attempt.number))


def close(run: Path, attempt: Attempt) -> None:
    """Writes what came of it, if no process has taken it down."""
    path = run / layout.attempt_name(attempt.number)
    if files.is_file(path):
        atomic.write(path, codec.dumps(attempt).encode(), durable=False)


def take(run: Path, resumed: int | None) -> list[Attempt]:
    """What the process that takes the run up writes into its journal, before `forget`.

    Args:
        resumed: number of the attempt that brought the process here, if one did.
    """
    taken = []
    for one in in_folder(run):
        attempt = one.attempt
        if attempt.number == resumed:
            attempt = replace(attempt, outcome="resumed", detail="")
        elif attempt.outcome == "open":
            attempt = replace(attempt, outcome="abandoned")
        taken.append(attempt)
    return taken


def forget(run: Path, attempts: Sequence[Attempt]) -> None:
    """Deletes the files of attempts that are in the journal."""
    for one in attempts:
        with suppress(OSError):  # its number is taken in the journal: harmless
            atomic.remove(run / layout.attempt_name(one.number))


def _read(path: Path, number: int) -> KnownAttempt:
    try:
        found = files.info(path)
    except UnsafeFileError:
        return _unknown(number, when=0.0, age=LEASE_SECONDS)
    age = max(0.0, time.time() - found.st_mtime)
    with suppress(CorruptRecordError):
        attempt = codec.decode(Attempt, codec.read(path, limits.ATTEMPT))
        if attempt.number == number and attempt.schema <= SCHEMA:
            return KnownAttempt(attempt, age)
    return _unknown(number, when=found.st_mtime, age=age)


def _unknown(number: int, *, when: float, age: float) -> KnownAttempt:
    """Being written, damaged, or none of ours. Its number is taken; nothing else of it counts."""
    outcome: Literal["open", "abandoned"] = "open" if age < RENEW_SECONDS else "abandoned"
    unknown = Attempt(
        number=number, by="page", who="", time=when, step=0, checkpoint=None, outcome=outcome
    )
    return KnownAttempt(unknown, age)
