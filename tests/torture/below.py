"""A disk that refuses calls of C libraries: what `refusals` does, below Python.

`refusing.c` is compiled here and loaded before the C library, so that every write, whoever makes it,
can fail. The sessions are those of `tests/crash`; besides, `kr.fit` trains a model of Keras (`fitting.py`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from kills import refused
from sessions import Sessions
from verdict import NotTriedError, Plan, Row

SOURCE = Path(__file__).with_name("refusing.c")
FAILURES = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES}
LASTING = (1, 12, 10**6)
"""How many calls fail: one, some, all that follow."""
PATIENCE = 120.0
EPOCHS = 2
"""Of a training whose disk refuses; another process then goes on for one more."""


def library(folder: Path) -> Path:
    """The compiled shim.

    Raises:
        NotTriedError: if this machine cannot compile or load it.
    """
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux":
        raise NotTriedError("refusals below Python need Linux: libraries are loaded by LD_PRELOAD")
    if not compiler:
        raise NotTriedError(
            "refusals below Python need a C compiler, and there is neither cc nor gcc on the PATH. "
            "Install one, for example: apt-get install gcc libc6-dev"
        )
    built = folder / "refusing.so"
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(built), str(SOURCE), "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotTriedError(
            f"refusals below Python: {compiler} does not compile {SOURCE.name}: {done.stderr[:500]}"
        )
    return built


def below(plan: Plan) -> list[Row]:
    """At each call of a session, then at calls of a training with Keras."""
    place = plan.place("below")
    shim = library(place)
    return [*_sessions(plan, place, shim), _trainings(plan, place, shim)]


def _sessions(plan: Plan, place: Path, shim: Path) -> list[Row]:
    rows = [Row(f"{name} below Python at each call that changes the disk") for name in FAILURES]
    sessions = Sessions(place, preload=shim)
    assert sessions.run("whole", below=(0, 0, 0)) == 0
    calls = sessions.calls("whole")
    every = 3 * max(1, 2 * len(calls) // plan.count)  # each call once, at full size
    for row, number in zip(rows, FAILURES.values(), strict=True):
        for where, count in enumerate(LASTING):
            for first in range(1 + (where + rows.index(row)) % every, len(calls) + 1, every):
                row.judge(
                    f"{count} calls from {first} on: {calls[first - 1]}",
                    lambda f=(first, count, number), n=f"{number}-{count}-{first}": refused(
                        sessions, n, below=f
                    ),
                )
    sessions.close()
    return rows


def _trainings(plan: Plan, place: Path, shim: Path) -> Row:
    row = Row("the same calls fail while kr.fit trains a model of Keras")
    chance = plan.chance("below")
    fitting = Fitting(shim)
    try:
        whole = fitting.train(place / "whole", EPOCHS)
        longer = fitting.train(place / "longer", EPOCHS + 1)
        while row.tried < max(4, plan.count // 2):
            first = chance.randint(1, len(whole["calls"]))
            fail = (first, chance.choice(LASTING), chance.choice(list(FAILURES.values())))
            row.judge(
                f"{fail[1]} calls from {first} on fail by {errno.errorcode[fail[2]]}: "
                f"{whole['calls'][first - 1]}",
                lambda f=fail, root=place / f"fit-{row.tried}": _trained(
                    fitting, root, f, whole, longer
                ),
            )
    finally:
        fitting.close()
    return row


def _trained(
    fitting: Fitting, root: Path, fail: tuple[int, int, int], whole: Any, longer: Any
) -> None:
    """What comes of it is what an unbroken training gives, bit for bit, at once and gone on with."""
    answer = fitting.train(root, EPOCHS, fail)
    if answer["refused"]:
        # A disk that takes nothing from the beginning: said before anything is trained.
        assert answer["refused"].startswith("RunFolderError: "), answer["refused"]
        assert not answer["batches"], f"ended after {answer['batches']} batches: {answer}"
    else:
        _same(answer, whole)
    _same(fitting.train(root, EPOCHS + 1), longer)
    shutil.rmtree(root)


def _same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for key in ("refused", "history", "weights"):
        assert one[key] == other[key], f"{key}: {one[key]}. Expected: {other[key]}"


class Fitting:
    """The process that trains, begun again if it died."""

    def __init__(self, shim: Path) -> None:
        self._shim = shim
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "fitting.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"LD_PRELOAD": str(self._shim)},
        )

    def train(
        self, root: Path, epochs: int, fail: tuple[int, int, int] | None = None
    ) -> dict[str, Any]:
        """What `fitting.train` tells; a process that died, hung or raised something else is raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"root": str(root), "epochs": epochs, "fail": fail or (0, 0, 0)}
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            code = self._process.wait()
            self._start()
            raise AssertionError(f"the process ended ({code})")
        return dict(json.loads(line))

    def close(self) -> None:
        self._process.communicate(timeout=60)
