"""Processes that `warm.py` forks: here for a test, and in a Jupyter server for its kernels."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from contextlib import suppress
from pathlib import Path


class Forked:
    """A process that another one forked, with those methods of `subprocess.Popen` that are used.

    Args:
        address: the socket of `warm.py`.
        command: as of `Popen`: this interpreter, `-m`, a module and its arguments.
        environment: its variables.
        folder: where it runs.
        outputs: file descriptors of its output and errors.
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        address: str | Path,
        command: list[str],
        environment: dict[str, str],
        folder: str | Path,
        outputs: tuple[int, int],
    ) -> None:
        job = {"command": command, "environment": environment, "folder": str(folder)}
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(address))
        socket.send_fds(self._connection, [b"."], outputs)
        self._connection.sendall(json.dumps(job).encode() + b"\n")
        self.pid = int(self._line())
        self.returncode: int | None = None

    def _line(self) -> bytes:
        found = b""
        while not found.endswith(b"\n"):
            if not (more := self._connection.recv(1)):
                raise ConnectionError("the process that forks others has died")
            found += more
        return found

    def poll(self) -> int | None:
        """The exit code, negative for the signal that killed it; None while it lives."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = int(self._line())
            self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal to it, if it lives."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended, which is about to be told
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)
