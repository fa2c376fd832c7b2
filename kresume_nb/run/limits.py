"""How large what is read from a run folder may be: the folder may come from anyone. Pure.

Each bound is far above what this package writes (a run of 100,000 epochs, a notebook of a thousand
cells), and low enough that reading as much hurts nobody. The page's twin is
`labextension/src/runs/limits.ts`; a test holds both to the same numbers.
"""

from __future__ import annotations

from kresume_nb.errors import CorruptRecordError

HEADER = 32 * 2**20
"""Bytes of `run.json`, as of all that follow."""
HEADER_AT_ONCE = 2 * 2**20
"""The same, where it is read in a process that has no time: parsing holds the interpreter."""
HISTORY = 64 * 2**20
MARKS = 2**20
CONTROL = 64 * 2**10
ATTEMPT = 16 * 2**10
REPLY = 64 * 2**10
SEEN = 100
STATE = 64 * 2**20
"""`kresume/state.json` in a checkpoint."""
CONFIG = 64 * 2**20
"""`config.json` in a checkpoint."""
LINE = 8 * 2**20
"""A line of the journal."""
JOURNAL = 16 * 2**30
"""Bytes of a journal: a hundred million steps and more."""
HOLES = 2**28
"""Bytes from which on a journal must not be holes for the most part: ours are appended, never sparse."""
TORN = 10_000
"""Lines of a journal that do not decode. A kill leaves one."""
BARE_TOTAL = 2**22
"""Steps in all lines without logs together."""
NAMES = 100_000
"""Files that are looked at in a folder."""
DIRECTORY = 16 * 2**20
"""Bytes of the directory of a checkpoint's archive: some hundred thousand members."""
DEPTH = 100
"""Nesting of values that no record's type bounds."""
STATE_DEPTH = 400
"""Nesting of the state of callbacks and data in a checkpoint."""
INTEGER = 2**64
"""What whole numbers stay below, whatever their sign."""
STEPS = 2**20
"""Steps that a journal's line may tell, with a value of some log for each."""
BARE_STEPS = 4096
"""The same where the line has no logs, so that nothing in it vouches for the count. Training writes a
line every tenth of a second."""


def check_steps(count: int, logs: dict[str, list[float]], rates: list[float]) -> None:
    """Compares how many steps a line claims with what it holds.

    Raises:
        CorruptRecordError: if it claims more than it holds, or more than a line can hold.
    """
    most = STEPS if logs else BARE_STEPS
    if not 0 < count <= most:
        raise CorruptRecordError(
            f"Steps.count is out of bounds. Received: {count}. Expected: from 1 to {most:,}."
        )
    short = [name for name, values in logs.items() if len(values) != count]
    if short or len(rates) not in (1, count):
        name = short[0] if short else "learning_rate"
        length = len(logs[name]) if short else len(rates)
        raise CorruptRecordError(
            f"Steps.count is {count}, but {name[:80]!r} has {length:,} values. "
            "Expected one value a step."
        )


def check_bare_steps(total: int) -> None:
    """Compares how many steps all lines without logs tell with what a journal may.

    Raises:
        CorruptRecordError: if they tell more.
    """
    if total > BARE_TOTAL:
        raise CorruptRecordError(f"lines without logs tell more than {BARE_TOTAL:,} steps")


def check_depth(value: object, most: int = DEPTH) -> None:
    """Goes through nested lists and dicts, without recursion.

    Raises:
        CorruptRecordError: if they are nested deeper than `most`.
    """
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            for inner in (
                outer.values()
                if isinstance(outer, dict)
                else outer
                if isinstance(outer, list)
                else ()
            )
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise CorruptRecordError(f"it is nested deeper than {most} levels")
