"""The execution of a training cell, and the calls of `fit` within it: what a process remembers.

In a notebook each run of a cell is an execution, in a script the process is one. Within it calls of
`fit` are counted, per run name, so that the n-th call of a repeated execution finds the run of the
n-th call (`run/calls.py`). When an execution comes to its end with all of its trainings finished,
their run folders say so; one that was killed, or ended by an error, cannot say it, and is repeated.
"""

from __future__ import annotations

import atexit
import os
import secrets
import sys
import threading
from dataclasses import dataclass
from multiprocessing import util as multiprocessing_util
from pathlib import Path
from types import TracebackType
from typing import Self

from kresume_nb.run import completion
from kresume_nb.run.calls import Past
from kresume_nb.run.inventory import Inventory


class Execution:
    """One execution.

    Args:
        told_of_its_end: whether its process hears when it ends; where it does not, each call's end
            counts as that.
    """

    def __init__(self, *, told_of_its_end: bool = True) -> None:
        self.id = secrets.token_hex(8)
        """Of this execution, or of the broken one that it repeats."""
        self.past = Past()
        self._told_of_its_end = told_of_its_end
        self._ended = False
        self._over = False
        """Ended by itself; a thread of it may still train."""
        self._settled = False
        self._numbers: dict[tuple[Path, str], int] = {}
        self._broken: dict[tuple[Path, str], _Broken] = {}
        self._inventories: dict[Path, Inventory] = {}
        self._trained: dict[Path, None] = {}
        self._mutex = threading.Lock()

    def call(self, place: Path, base: str) -> Call:
        """The next call of `fit` under that name.

        Args:
            place: folder of run folders.
            base: name that the runs are numbered under.
        """
        key = place.resolve(), base
        inventory = self.inventory(place)
        with self._mutex:
            first = not self._numbers
            number = self._numbers[key] = self._numbers.get(key, 0) + 1
            broken = self._broken.pop(key, None)
        return Call(self, place, base, number, first, inventory, broken)

    def inventory(self, place: Path) -> Inventory:
        """What lies in that folder, looked through once an execution."""
        with self._mutex:
            return self._inventories.setdefault(place.resolve(), Inventory(place))

    def retried(self, call: Call, number: int) -> None:
        """A call turned out to try that one again which had ended in an error."""
        with self._mutex:
            self._numbers[call.place.resolve(), call.base] = number

    def decided(self, past: Past, *, repeats: str | None) -> None:
        """A call knows what it does.

        Args:
            past: what the next calls know.
            repeats: the broken execution that this one turns out to repeat, if it does.
        """
        with self._mutex:
            self.past = past
            if not self._settled:
                self._settled = True
                self.id = repeats or self.id

    def trained(self, run: Path) -> None:
        """A call went to the end of that run, or gave it back."""
        with self._mutex:
            self._trained[run] = None
        if self._over or not self._told_of_its_end:
            self._mark()

    def broke(self, call: Call, run: Path | None) -> None:
        """A call ended in an error."""
        if run is not None:
            with self._mutex:
                self._broken[call.place.resolve(), call.base] = _Broken(call.number, run)

    def end(self, *, success: bool) -> None:
        """It has come to its end: by itself, or by an error. Of several times the first counts."""
        with self._mutex:
            again, self._ended = self._ended, True
        if again:
            return
        if success:
            self._over = True
            self._mark()
        else:
            completion.mark_failed(list(self._trained))

    def _mark(self) -> None:
        with self._mutex:
            runs = list(self._trained)
            broken = bool(self._broken)
        if runs and not broken:
            completion.mark(runs, self.id)


@dataclass(frozen=True, slots=True)
class _Broken:
    number: int
    run: Path


class Call:
    """One call of `fit`. A context: an error that leaves it is remembered."""

    def __init__(
        self,
        execution: Execution,
        place: Path,
        base: str,
        number: int,
        first: bool,
        inventory: Inventory,
        broken: _Broken | None,
    ) -> None:
        self.execution = execution
        self.place, self.base = place, base
        self.number = number
        self.first = first
        """Whether it is the execution's first, under any name."""
        self.inventory = inventory
        self._broken = broken
        self._run: Path | None = None

    @property
    def broken_before(self) -> Path | None:
        """The run of the call before this one under the same name, if that ended in an error."""
        return None if self._broken is None else self._broken.run

    def is_retry(self) -> None:
        """This is that call once more: caught by the program, which calls `fit` as before."""
        if self._broken is not None:
            self.number = self._broken.number
            self.execution.retried(self, self.number)

    def took(self, run: Path) -> None:
        """The run that it trains."""
        self._run = run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.execution.broke(self, self._run)
        elif self._run is not None:
            self.execution.trained(self._run)


class Executions:
    """Those of a process: the present one, by what tells it from others."""

    def __init__(self) -> None:
        self._key: object = None
        self._present: Execution | None = None
        self._mutex = threading.Lock()

    def present(self, key: object, *, told_of_its_end: bool = True) -> Execution:
        """The present execution.

        Args:
            key: of the cell's execution; None in scripts, where the process is one.
        """
        full = (os.getpid(), key)  # a forked process is another
        with self._mutex:
            if self._present is None or self._key != full:
                self._present = Execution(told_of_its_end=told_of_its_end)
                self._key = full
                if key is None:
                    _at_exit(self._present)
            return self._present

    def cell_ran(self, *, success: bool) -> None:
        """A cell has run to its end, or to an error."""
        with self._mutex:
            present = self._present if self._key is not None else None
        if present is not None:
            present.end(success=success)


PROCESS = Executions()
"""What this process remembers: the count of its calls cannot lie anywhere else."""


def _at_exit(execution: Execution) -> None:
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner:
            failed = getattr(sys, "last_value", None) is not None  # an error that nobody caught
            execution.end(success=not failed)

    atexit.register(end)
    # A process that multiprocessing forked leaves without atexit.
    multiprocessing_util.Finalize(None, end, exitpriority=0)
