from __future__ import annotations

import itertools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))
from forking import Zygote

AT_ONCE = 2


class Programs:
    """Executions of programs on one of Keras' backends, each in a process of its own."""

    def __init__(self, folder: Path, backend: str = "torch") -> None:
        self.folder = folder
        self._zygote = Zygote(
            Path(__file__).with_name("process.py"),
            {
                "TMPDIR": str(folder),
                "KERAS_BACKEND": backend,
                "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled by jax"),
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
                "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
            },
        )
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._numbers = itertools.count(1)
        self._unbroken: dict[str, Future[dict[str, Any]]] = {}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._zygote.close()

    def place(self, program: str) -> Path:
        """An empty working directory."""
        place = self.folder / f"{next(self._numbers):04d} {program}"
        place.mkdir()
        return place

    def execute(
        self, program: str, place: Path, *, kill: int | None = None, **job: Any
    ) -> dict[str, Any] | None:
        """One execution; None if it was killed before its end."""
        name = self.folder / f"{place.name} {next(self._numbers):04d}"
        out, log = name.with_suffix(".json"), name.with_suffix(".log")
        job = {"how": "script", "program": program, "place": str(place), "kill": kill} | job
        code = self._zygote.run(job | {"out": str(out), "log": str(log)})
        assert code in (0, -signal.SIGKILL), f"{job}:\n{log.read_text()}"
        if not out.exists():
            return None
        return json.loads(out.read_text()) | {"said": log.read_text()}

    def unbroken(self, program: str) -> dict[str, Any]:
        """What the program comes to if nobody kills it."""
        if program not in self._unbroken:
            self._unbroken[program] = self._pool.submit(
                lambda: self.execute(program, self.place(program)) or {}
            )
        return self._unbroken[program].result()

    def broken(self, program: str, kills: tuple[int, ...], **job: Any) -> dict[str, Any]:
        """What it comes to if it is killed after so many steps of each process, then executed again."""
        place = self.place(program)
        for kill in kills:
            assert self.execute(program, place, kill=kill, **job) is None, (
                "it ended before the kill"
            )
        ended = self.execute(program, place, **job)
        assert ended is not None
        return ended | {"place": place}

    def each(
        self, trials: list[tuple[Any, ...]], **job: Any
    ) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Trials (`program, kills`), two at once, each with what it came to."""
        futures = [(trial, self._pool.submit(self.broken, *trial, **job)) for trial in trials]
        for trial, future in futures:
            yield trial, future.result()


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    made = Programs(tmp_path_factory.mktemp("several fits"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def programs_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Programs]]:
    made: dict[str, Programs] = {}

    def on(backend: str) -> Programs:
        if backend not in made:
            made[backend] = Programs(tmp_path_factory.mktemp(backend), backend)
        return made[backend]

    yield on
    for one in made.values():
        one.close()
