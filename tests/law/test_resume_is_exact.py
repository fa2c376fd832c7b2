"""The promise: killed after any step, resumed in a new process, a run ends as though nothing had been.

Every comparison is bit for bit; the resumed process is seeded differently, so nothing can be right
by accident.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.law

STEPS = 5 * 6
EVERY = 4


CASES = [
    *(
        ("tensorflow", rate, step)
        for rate in ("plateau", "schedule")
        for step in range(1, STEPS + 1)
    ),
    # A process of JAX's spends 5 s compiling, so it gets a few steps of each kind.
    *(("jax", "plateau", step) for step in (1, 6, 9, 20, 29)),
    ("jax", "schedule", 14),
]


class Zygote:
    def __init__(self, folder: Path, backend: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"KERAS_BACKEND": backend},
        )
        self._unbroken: dict[str, tuple[dict[str, Any], list[Any]]] = {}

    def run(self, name: str, **job: Any) -> int:
        """Runs a job in a new process; returns its exit code."""
        log = self.folder / f"{name}.log"
        job |= {"log": str(log), "out": str(self.folder / f"{name}.npz")}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), log.read_text()
        return code

    def result(self, name: str) -> tuple[dict[str, Any], list[Any]]:
        with np.load(self.folder / f"{name}.npz") as arrays:
            variables = [arrays[key] for key in arrays.files]
        return json.loads((self.folder / f"{name}.json").read_text()), variables

    def unbroken(self, rate: str) -> tuple[dict[str, Any], list[Any]]:
        """The run that nobody killed, trained once."""
        if rate not in self._unbroken:
            name = f"unbroken-{rate}"
            self.run(name, seed=7, rate=rate, every=EVERY, **places(self.folder / name))
            self._unbroken[rate] = self.result(name)
        return self._unbroken[rate]


@pytest.fixture(scope="module")
def zygotes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Zygote]]:
    made: dict[str, Zygote] = {}

    def of(backend: str) -> Zygote:
        if backend not in made:
            made[backend] = Zygote(tmp_path_factory.mktemp(backend), backend)
        return made[backend]

    yield of
    for one in made.values():
        one.process.communicate(timeout=60)


@pytest.fixture
def zygote(zygotes: Callable[[str], Zygote]) -> Zygote:
    return zygotes("tensorflow")


def places(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    return {"folder": str(folder / "runs"), "best": str(folder / "best.keras")}


def newest_due(step: int) -> str:
    """The checkpoint that the policy has taken by the time that a step's callbacks run."""
    due = [0, *range(EVERY, step, EVERY), *range(6, step, 6)]
    at = max(one for one in due if one < step)
    return f"epoch-{at // 6:04d}.keras" if at % 6 == 0 else f"step-{at:08d}.keras"


def assert_same(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> None:
    (one, variables), (other, expected) = ours, theirs
    for name in other:
        assert one[name] == other[name], name
    assert len(variables) == len(expected)
    for number, (left, right) in enumerate(zip(variables, expected, strict=True)):
        np.testing.assert_array_equal(left, right, err_msg=f"variable {number}", strict=True)


@pytest.mark.parametrize(("backend", "rate", "step"), CASES)
def test_killed_after_any_step(
    backend: str, rate: str, step: int, zygotes: Callable[[str], Zygote]
) -> None:
    zygote = zygotes(backend)
    expected = zygote.unbroken(rate)
    assert len(expected[0]["steps"]) == STEPS
    name = f"{rate}-{step}"
    folder = places(zygote.folder / name)
    settled = f"{folder['folder']}/law-001/checkpoints/{newest_due(step)}"
    common = {"rate": rate, "every": EVERY, **folder}
    assert zygote.run(name, seed=7, kill=step, settled=settled, **common) == -signal.SIGKILL
    assert zygote.run(name, seed=12345, **common) == 0
    assert_same(zygote.result(name), expected)


@pytest.mark.parametrize("rate", ["plateau", "schedule"])
@pytest.mark.parametrize("steps", [(3, 5, 7), (1, 1, 1), (6, 6, 6), (13, 2, 9)])
def test_killed_again_and_again_without_waiting_for_checkpoints(
    steps: tuple[int, ...], rate: str, zygote: Zygote
) -> None:
    name = f"{rate}-again-{'-'.join(map(str, steps))}"
    common = {"rate": rate, "every": 1, **places(zygote.folder / name)}
    for number, step in enumerate(steps):
        seed = 7 if number == 0 else 100 + number
        assert zygote.run(name, seed=seed, kill=step, **common) == -signal.SIGKILL
    assert zygote.run(name, seed=12345, **common) == 0
    assert_same(zygote.result(name), zygote.unbroken(rate))


@pytest.mark.parametrize("kill", [5, 8, 11, 12, "training"])
def test_a_run_that_a_callback_ends_early_ends_there_after_a_kill_too(
    kill: int | str, zygote: Zygote
) -> None:
    common = {"rate": "schedule", "every": EVERY, "patience": 1}
    zygote.run("early", seed=7, **common, **places(zygote.folder / f"early-unbroken-{kill}"))
    expected = zygote.result("early")
    steps = len(expected[0]["steps"])
    assert 12 <= steps < STEPS
    name = f"early-{kill}"
    folder = places(zygote.folder / name)
    last = f"{folder['folder']}/law-001/checkpoints/epoch-{steps // 6:04d}.keras"
    settled = last if kill == "training" else None
    common |= folder
    assert zygote.run(name, seed=7, kill=kill, settled=settled, **common) == -signal.SIGKILL
    assert zygote.run(name, seed=12345, **common) == 0
    assert_same(zygote.result(name), expected)


@pytest.mark.parametrize(
    "piece",
    [
        "weight",
        "batch statistic",
        "seed",
        "optimizer",
        "metric",
        "callbacks",
        "random streams",
        "history",
        "order of the batches",
    ],
)
def test_the_law_notices_every_piece_that_is_not_put_back(piece: str, zygote: Zygote) -> None:
    rate = "plateau"
    name = f"{rate}-without-{piece}"
    common = {"rate": rate, "every": EVERY, **places(zygote.folder / name)}
    settled = f"{common['folder']}/law-001/checkpoints/{newest_due(22)}"
    assert zygote.run(name, seed=7, kill=22, settled=settled, **common) == -signal.SIGKILL
    assert zygote.run(name, seed=12345, forget=piece, **common) == 0
    with pytest.raises(AssertionError):
        assert_same(zygote.result(name), zygote.unbroken(rate))
