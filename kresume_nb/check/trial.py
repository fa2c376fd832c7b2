"""The order of things: trained unbroken, killed and resumed in new processes, then compared."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kresume_nb.check import outcome
from kresume_nb.check.job import Job
from kresume_nb.check.verdict import Verdict, compare
from kresume_nb.errors import ArgumentError, KResumeError

Run = Callable[[Job, Path], int]
"""Has a job done in a new process, in that working directory; returns its exit code, negative if it
was killed. Raises `CheckError` with what the process printed if it failed."""


class CheckError(KResumeError, RuntimeError):
    """A training that was to be compared failed by itself."""


def carry_out(
    run: Run,
    kill_at: Sequence[int] | None,
    *,
    stop: int = 0,
    seed: int = 0,
    ignore: Sequence[str] = (),
) -> Verdict:
    """Trains, kills and compares.

    Args:
        run: has a job done.
        kill_at: steps, counted over the whole training; one process is killed after each. Default:
            after 2 and 4 fifths of it.
        stop: step after which both trainings end; 0: they run to their end.

    Raises:
        ArgumentError: if training ended before it was to be killed.
        CheckError: if a training failed.
    """
    with tempfile.TemporaryDirectory(prefix="kresume-check-") as folder:
        place = Path(folder)
        whole = _job(place, "unbroken", stop=stop, seed=seed, ignore=tuple(ignore))
        _finish(run, whole, place / "unbroken")
        unbroken = outcome.read(Path(whole.out))
        kills = _kills(kill_at, unbroken.steps)
        broken = _job(place, "resumed", stop=stop, seed=seed, ignore=tuple(ignore))
        for step in kills:
            job = replace(broken, kill=step)
            code = run(job, place / "resumed")
            if code != -signal.SIGKILL:
                raise CheckError(f"The process that was to be killed ended with code {code}.")
        _finish(run, broken, place / "resumed")
        return compare(unbroken, outcome.read(Path(broken.out)), kills)


def _kills(kill_at: Sequence[int] | None, steps: int) -> tuple[int, ...]:
    if kill_at is None:
        return tuple(sorted({max(1, steps * 2 // 5), max(1, steps * 4 // 5)}))
    kills = tuple(sorted(set(kill_at)))
    if not kills or kills[0] < 1 or kills[-1] > steps:
        raise ArgumentError(
            f"kill_at={list(kill_at)}. Expected steps from 1 to {steps}, which is how long the "
            "unbroken training was."
        )
    return kills


def _job(place: Path, name: str, *, stop: int, seed: int, ignore: tuple[str, ...]) -> Job:
    (place / name).mkdir()
    return Job(
        folder=str(place / name / "runs"),
        out=str(place / f"{name}-outcome"),
        stop=stop,
        seed=seed,
        ignore=ignore,
    )


def _finish(run: Run, job: Job, place: Path) -> None:
    code = run(job, place)
    if code:
        raise CheckError(f"The training ended with code {code}.")
