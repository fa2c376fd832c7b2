"""Runs trials of the law, and judges them.

A `Trial` is a training that is killed and resumed, perhaps several times, each in a new process
that is seeded differently; it is compared with the training that nobody killed. Two trials run at
once, and each unbroken training is run once.
"""

from __future__ import annotations

import itertools
import json
import re
import signal
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from forking import Zygote
from scenarios import BATCHES
from scenarios.cells import Cell

AT_ONCE = 2
EVERY = 4
"""Steps between two checkpoints within an epoch."""
TRAINEE = Path(__file__).with_name("trainee.py")
SEED, OTHER_SEED = 7, 12345


@dataclass(frozen=True)
class Trial:
    """What is done to a training.

    Args:
        cell: what is trained.
        kills: SIGKILL comes after so many steps of a process, or at the end of `"training"`; one
            process each.
        settled: the kill waits until the checkpoint that is due by then is durable.
        every: steps between two checkpoints within an epoch.
        forget: a piece of state that the resume leaves out.
    """

    cell: Cell
    kills: tuple[int | str, ...] = ()
    settled: bool = True
    every: int = EVERY
    forget: str | None = None

    def __str__(self) -> str:
        kills = "+".join(map(str, self.kills)) or "unbroken"
        return f"{self.cell}-{kills}" + (f"-without {self.forget}" if self.forget else "")

    @property
    def unbroken(self) -> Trial:
        return replace(self, kills=(), every=EVERY, forget=None, settled=True)

    @property
    def resumes_after(self) -> int:
        """The step that the last process goes on after; that of its last epoch for `"training"`."""
        last = self.kills[-1]
        return BATCHES if isinstance(last, str) else newest_due(last, self.every)


@dataclass(frozen=True)
class Result:
    """What a training left: facts by name, and the values of all variables."""

    facts: dict[str, Any]
    variables: list[Any]

    def differences(self, other: Result) -> set[str]:
        """Names of what is not equal, bit for bit."""
        names = {name for name in other.facts if self.facts.get(name) != other.facts[name]}
        ours, theirs = self.variables, other.variables
        equal = len(ours) == len(theirs) and all(map(_same_bits, ours, theirs))
        return (names if equal else {*names, "variables"}) - {"told"}


def _same_bits(one: Any, other: Any) -> bool:
    return (one.dtype, one.shape) == (other.dtype, other.shape) and one.tobytes() == other.tobytes()


def newest_due(step: int, every: int) -> int:
    """The step of the checkpoint that the policy has taken by the time that a step's callbacks run."""
    return max([0, *range(every, step, every), *range(BATCHES, step, BATCHES)])


def _environment(backend: str, folder: Path) -> dict[str, str]:
    """What killed processes leave behind, they leave in the folder; JAX compiles a model once."""
    return {
        "KERAS_BACKEND": backend,
        "TMPDIR": str(folder),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled by jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


class Law:
    """Trials and their results.

    Args:
        folder: an empty folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._zygotes: dict[str, Zygote] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._submitted: dict[Any, Future[Result]] = {}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for one in self._zygotes.values():
            one.close()

    def submit(self, trial: Trial) -> Future[Result]:
        """Begins a trial, if that has not been done, and the unbroken training before it."""
        if trial.kills:
            self.submit(trial.unbroken)
        return self._once(trial, self._try)

    def submit_plain(self, cell: Cell, by: str) -> Future[Result]:
        """Begins an unbroken training without shuffling, by `"keras"` or `"kresume, unshuffled"`."""
        if by != "keras" and not cell.shuffles:
            return self.submit(Trial(cell))
        return self._once((cell, by), lambda key: self._unbroken(Trial(key[0]), by=key[1]))

    def _once(self, key: Any, run: Any) -> Future[Result]:
        if key not in self._submitted:
            self._submitted[key] = self._pool.submit(run, key)
        return self._submitted[key]

    def judge(self, trial: Trial) -> str:
        """`"exact"`, or what the run announced in its place.

        Raises:
            AssertionError: if the resumed run differs in anything that it did not announce.
        """
        ours, expected = self.submit(trial).result(), self.submit(trial.unbroken).result()
        differ = ours.differences(expected)
        announced = [one for one in trial.cell.approximate if one.holds(trial.resumes_after)]
        told = "\n".join(ours.facts["told"])
        for one in announced:
            assert re.search(one.why, told), f"{trial}: {one.why!r} was not told, but: {told}"
        allowed = frozenset().union(*(one.differs for one in announced))
        assert differ <= allowed, (
            f"{trial}: differs in {sorted(differ - allowed)}: "
            + "; ".join(
                f"{name}: {ours.facts.get(name)} != {expected.facts.get(name)}"
                for name in sorted(differ - allowed)
                if name != "variables"
            )[:4000]
        )
        assert differ or not allowed, f"{trial} is exact, though it announced otherwise: {told}"
        return "; ".join(re.search(one.why, told)[0] for one in announced) or "exact"

    def _unbroken(self, trial: Trial, by: str = "kresume") -> Result:
        name, place = self._place(trial)
        self._run(trial, name, place, seed=SEED, by=by)
        return self._result(name)

    def _try(self, trial: Trial) -> Result:
        if not trial.kills:
            return self._unbroken(trial)
        name, place = self._place(trial)
        for number, kill in enumerate(trial.kills):
            code = self._run(
                trial, name, place, seed=SEED if not number else 100 + number, kill=kill
            )
            assert code == -signal.SIGKILL, f"{trial} ended before it was killed"
        self._run(trial, name, place, seed=OTHER_SEED, forget=trial.forget)
        return self._result(name)

    def _place(self, trial: Trial) -> tuple[str, Path]:
        name = f"{next(self._numbers):04d} {trial}"
        place = self.folder / name
        place.mkdir()
        return name, place

    def _run(self, trial: Trial, name: str, place: Path, **job: Any) -> int:
        settled = None
        if trial.settled and not trial.cell.in_strides and "kill" in job:
            settled = self._settled(trial, place, job["kill"])
        log = self.folder / f"{name}.log"
        job = {
            "by": "kresume",
            "kill": None,
            "forget": None,
            "cell": asdict(trial.cell),
            "every": trial.every,
            "place": str(place),
            "settled": settled,
            "log": str(log),
            "out": str(self.folder / f"{name}.npz"),
        } | job
        code = self._zygote(trial.cell.backend).run(job)
        assert code in (0, -signal.SIGKILL), f"{trial}:\n{log.read_text()}"
        return code

    def _settled(self, trial: Trial, place: Path, kill: int | str) -> str:
        step = self._steps(trial) if isinstance(kill, str) else newest_due(kill, trial.every)
        boundary = step % BATCHES == 0
        file = f"epoch-{step // BATCHES:04d}.keras" if boundary else f"step-{step:08d}.keras"
        return str(place / "runs" / "law-001" / "checkpoints" / file)

    def _steps(self, trial: Trial) -> int:
        return len(self.submit(trial.unbroken).result().facts["steps"])

    def _zygote(self, backend: str) -> Zygote:
        with self._lock:
            if backend not in self._zygotes:
                self._zygotes[backend] = Zygote(
                    TRAINEE, _environment(backend, self.folder), niceness=19
                )
            return self._zygotes[backend]

    def _result(self, name: str) -> Result:
        with np.load(self.folder / f"{name}.npz") as arrays:
            variables = [arrays[key] for key in arrays.files]
        return Result(json.loads((self.folder / f"{name}.json").read_text()), variables)
