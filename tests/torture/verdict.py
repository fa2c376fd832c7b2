"""What became of what was tried: a row for each kind of harm, and the table of them."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 150
"""Seconds for any one attempt, with all who read."""
PROGRESS = 250
"""Attempts after which one is told how far it is: hours of it may be cut short."""


class TookTooLongError(AssertionError):
    """Something did not come to an end."""


class NotTriedError(Exception):
    """This machine lacks what a part needs; the message says what."""


def _too_long(*_: object) -> None:
    raise TookTooLongError(f"not done after {PATIENCE} s")


@dataclass
class Row:
    """A kind of harm.

    Args:
        what: it is.
    """

    what: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)
    """Of each loss what was done, and what came of it."""
    seconds: float = 0.0

    @property
    def survived(self) -> int:
        return self.tried - len(self.lost)

    def judge(self, told: str, attempt: Callable[[], object]) -> None:
        """Counts an attempt, as lost if it raises.

        Args:
            told: what is tried, so that it can be found again.
        """
        self.tried += 1
        before = signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(PATIENCE)
        try:
            attempt()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a loss
            self.lose(f"{told}: {type(error).__name__}: {error}")
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
        if self.tried % PROGRESS == 0:
            print(
                f"    {self.what}: {self.tried:,} tried so far, {len(self.lost):,} lost", flush=True
            )

    def judge_outside(self, outside: Path, told: list[str]) -> None:
        """Counts the last attempt as lost if it reached what lies outside of the run folder."""
        found = {one.name: one.read_text() for one in outside.iterdir()}
        if found != {"precious": "precious"}:
            self.lose(f"{'; '.join(told)}: outside of the folder there is {str(found)[:200]}")
            for one in outside.iterdir():
                one.unlink()
            (outside / "precious").write_text("precious")

    def lose(self, told: str) -> None:
        """Counts the last attempt as lost, and says so at once."""
        self.lost.append(told)
        print(f"LOST by {self.what}: {told[:2000]}", flush=True)


@dataclass
class Plan:
    """What to do, and with which luck.

    Args:
        seed: makes every random choice.
        count: of SIGKILLs; the other numbers are multiples of it.
        folder: to work in.
        piece: of a part that has several, the only one that is carried out; empty for all.
    """

    seed: int
    count: int
    folder: Path
    piece: str = ""

    def chance(self, part: str) -> random.Random:
        """Random numbers of a part, whatever other parts run."""
        return random.Random(f"{self.seed} {part}")

    def place(self, name: str) -> Path:
        """A folder of a part's own."""
        path = self.folder / "-".join(filter(None, (name, self.piece.partition(".")[0])))
        path.mkdir(parents=True)
        return path


Part = Callable[[Plan], list[Row]]


def timed(part: Part, plan: Plan) -> list[Row]:
    """The rows of a part, with the time that it took in the first.

    Raises:
        NotTriedError: if this machine lacks what it needs.
    """
    began = time.monotonic()
    rows = part(plan)
    rows[0].seconds = time.monotonic() - began
    return rows


def table(rows: list[Row], plan: Plan) -> str:
    """As it is printed and stands in the docs."""
    head = f"| {'what was done':<74} | {'tried':>7} | {'survived':>8} | {'lost':>5} |"
    line = f"| {'-' * 74} | {'-' * 6}: | {'-' * 7}: | {'-' * 4}: |"
    lines = [
        f"| {one.what:<74} | {one.tried:>7,} | {one.survived:>8,} | {len(one.lost):>5,} |"
        for one in rows
    ]
    return "\n".join([f"seed {plan.seed}, count {plan.count:,}", "", head, line, *lines])
