"""Runs jobs in fresh processes that a warm one forks (`zygote.py`)."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

ZYGOTE = Path(__file__).with_name("zygote.py")


class Zygote:
    """The process that forks all others.

    Args:
        module: path of the module whose `run` they carry out.
        environment: variables that they have besides.
        niceness: of jobs that are begun before anybody waits for them; 0 to 19.
    """

    def __init__(self, module: Path, environment: dict[str, str], *, niceness: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ZYGOTE), str(module), str(niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[int]] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can still fork."""
        return self._process.poll() is None

    def run(self, job: dict[str, Any]) -> int:
        """Runs a job in a new process; returns its exit code."""
        answer: Future[int] = Future()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = answer
            self._process.stdin.write(json.dumps(job | {"id": number}) + "\n")
            self._process.stdin.flush()
        return answer.result()

    def _listen(self) -> None:
        with self._process.stdout as answers:
            for line in answers:
                number, code = map(int, line.split())
                self._waiting.pop(number).set_result(code)
        for one in self._waiting.values():
            one.set_exception(RuntimeError("the process that forks trainings has died"))

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._listener.join()
