"""Proves in a test, a script or a notebook that a training of your own resumes exactly.

from kresume_nb.testing import assert_resumes_exactly

def test_my_training_resumes():
    assert_resumes_exactly(make, kill_at=7)
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kresume_nb.check.verdict import Verdict

__all__ = ["assert_resumes_exactly"]

_TAIL = 30
"""Lines of a failed process' output that an error shows."""


def assert_resumes_exactly(
    make: Callable[[], tuple[Any, dict[str, Any]]],
    kill_at: int | Sequence[int] | None = None,
    *,
    seed: int = 0,
    ignore: Sequence[str] = (),
    timeout: float = 600.0,
) -> Verdict:
    """Trains unbroken; trains, is killed by SIGKILL and resumes; asserts that both are equal.

    Each training is a process of its own, begun in an empty temporary folder. Compared bit for bit:
    weights, seeds of layers, the optimizer's variables, metrics' totals, History, the learning rate
    and logs of every step, plain attributes of the callbacks and the model, the global random streams.

    Args:
        make: returns `(model, arguments)`: a compiled model, and a dict of the arguments of `kr.fit`
            (`x`, `epochs`, `callbacks`, …). It is called in other processes: its source, and that of
            the functions and classes of its module that it uses, must be in a file or a cell; other
            values that it uses must be plain values or arrays. A relative path means one in the
            temporary folder.
        kill_at: steps of training, counted from 1, after each of which a process is killed; default:
            after 2 and 4 fifths of the training.
        seed: `keras.utils.set_random_seed` is called with it before `make`.
        ignore: what is not compared, by the name that the table shows: `"MyCallback.started"`.
        timeout: seconds that one process may take.

    Returns:
        What was compared; `print(result.table)` shows it.

    Raises:
        AssertionError: with a table of what differs.
        ArgumentError: if `make` cannot be run in another process, or training ends before `kill_at`.
        CheckError: if a training fails by itself.

    >>> assert_resumes_exactly(make, kill_at=[7, 20])  # doctest: +SKIP
    """
    from kresume_nb.check import shipping, trial

    text = shipping.script(make)

    def run(job: Any, place: Path) -> int:
        return _run(text, job, place, timeout)

    kills = [kill_at] if isinstance(kill_at, int) else kill_at
    verdict = trial.carry_out(run, kills, seed=seed, ignore=ignore)
    if not verdict.exact:
        raise AssertionError(f"The resumed training is not the unbroken one:\n{verdict.table}")
    return verdict


def _run(text: str, job: Any, place: Path, timeout: float) -> int:
    from kresume_nb.check.trial import CheckError

    place.mkdir(exist_ok=True)
    script, described, log = (place.parent / f"{place.name}.{end}" for end in ("py", "job", "log"))
    script.write_text(text, encoding="utf-8")
    job.write(described)
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                [sys.executable, str(script), str(described)],
                cwd=place,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=_environment(),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckError(f"A training took longer than {timeout:g} s:\n{_tail(log)}") from None
    if done.returncode > 0:
        raise CheckError(f"A training failed by itself:\n{_tail(log)}")
    return done.returncode


def _environment() -> dict[str, str]:
    """As here, with this backend, and modules found where they are found here."""
    keras = sys.modules.get("keras")
    backend = {} if keras is None else {"KERAS_BACKEND": keras.backend.backend()}
    paths = [str(Path(one).resolve()) for one in sys.path if isinstance(one, str)]
    return {**os.environ, **backend, "PYTHONPATH": os.pathsep.join(paths)}


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL:])
