"""The side that asks a worker: starts it, waits for its answer within bounds, replaces it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Self

from kresume_nb import errors
from kresume_nb.errors import CorruptCheckpointError, KResumeError, WorkerError

MEMORY = 4 * 2**30
"""Bytes of address space of a worker: libraries reserve some hundred megabytes that they never use."""
SECONDS = 60.0
MOST = 48 * 2**20
"""Bytes of an answer."""
IDLE_SECONDS = 120.0


class Worker:
    """A process that reads for us, started when it is first asked. Takes one request at a time.

    A context, too, at whose end it is closed.

    Args:
        memory: bytes of address space that it may take.
        idle: seconds after which it ends if nobody asks.
    """

    def __init__(self, memory: int = MEMORY, idle: float = IDLE_SECONDS) -> None:
        self._memory, self._idle = memory, idle
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._rest: threading.Timer | None = None

    def ask(
        self, task: str, *, seconds: float = SECONDS, most: int = MOST, **arguments: Any
    ) -> str:
        """The answer to a task of `tasks.py`, as text. Arguments and errors as of `ask_bytes`."""
        return self.ask_bytes(task, seconds=seconds, most=most, **arguments).decode()

    def ask_bytes(
        self, task: str, *, seconds: float = SECONDS, most: int = MOST, **arguments: Any
    ) -> bytes:
        """The answer to a task of `tasks.py`, as it came: to decode megabytes holds the interpreter up.

        Args:
            task: its name.
            seconds: after which the process is killed.
            most: bytes that the answer may have.
            arguments: of the task.

        Raises:
            WorkerError: if it took too long or too much memory, or died.
            KResumeError: what the task raised.
        """
        request = {"task": task, "arguments": arguments, "seconds": seconds, "most": most}
        with self._turn:
            if self._rest is not None:
                self._rest.cancel()
            process = self._running()
            late = threading.Event()

            def kill() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(seconds, kill)
            timer.daemon = True
            timer.start()
            try:
                said, content = _exchange(process, json.dumps(request).encode() + b"\n", most)
            except (OSError, ValueError):
                code = self._end()
                raise WorkerError(_why(code, seconds if late.is_set() else None)) from None
            finally:
                timer.cancel()
            self._rest = threading.Timer(self._idle, self.close)
            self._rest.daemon = True
            self._rest.start()
        if "error" in said:
            raise _error(said["error"], said["message"])
        return content

    def kill(self) -> None:
        """Ends the process at once, whatever it does: who asked is gone."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Ends the process, if it is not at work."""
        if self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # our own module
                [sys.executable, "-m", "kresume_nb.worker", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
                    "OPENBLAS_NUM_THREADS": "1",  # each reserves memory; we have threads of our own
                    "OMP_NUM_THREADS": "1",
                },
            )
        return self._process

    def _end(self) -> int | None:
        """Its exit code, once it has ended."""
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            return process.wait(1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _exchange(
    process: subprocess.Popen[bytes], request: bytes, most: int
) -> tuple[dict[str, Any], bytes]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the worker has no pipes")
    process.stdin.write(request)
    process.stdin.flush()
    said = json.loads(process.stdout.readline(2**20))
    if not 0 <= said["bytes"] <= most:
        raise OSError("the answer is too long")
    content = process.stdout.read(said["bytes"])
    if len(content) < said["bytes"]:
        raise OSError("the answer ended early")
    return said, content


def _why(code: int | None, seconds: float | None) -> str:
    if seconds is not None:
        return f"it could not be read within {seconds:.0f} s"
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return f"the process that read it died ({how})"


def _error(name: str, message: str) -> KResumeError:
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, KResumeError):
        return kind(message)
    return WorkerError(message)


def checkpoint_error(error: WorkerError, *paths: str) -> CorruptCheckpointError:
    """The same error, as one of the checkpoints that it may be about."""
    return CorruptCheckpointError(f"{' or '.join(paths)} cannot be read: {error}")
