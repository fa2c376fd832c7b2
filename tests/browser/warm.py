"""A process that has imported some modules, and forks others that need them.

    python -P warm.py SOCKET MODULE …

TensorFlow takes ten seconds of a processor to import and Jupyter's server four, and a test of the
page starts a server and two or three kernels. What is forked is the program itself, with its own
process and session; only the modules are there already. `forked.py` asks for it. Ends with its
standard input.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any


def main(address: str, modules: list[str]) -> None:
    # What is imported here must not start a thread or open a device.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as a kernel sets it
    for name in modules:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        while True:
            ready, _, _ = select.select([door, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            caller, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _keep(caller)
                return
            caller.close()


def _keep(caller: socket.socket) -> None:
    """Forks one process, and tells who asked its process id and, once it has ended, its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, outputs, _, _ = socket.recv_fds(caller, 1, 2)
    job = json.loads(caller.makefile("rb").readline())
    pid = os.fork()
    if pid == 0:
        caller.close()
        _become(job, outputs)
        return
    for one in outputs:
        os.close(one)
    caller.sendall(b"%d\n" % pid)
    ended = os.pidfd_open(pid)
    ready, _, _ = select.select([caller, ended], [], [])
    if ended in ready:  # else who asked is gone: a kernel sees that its parent is, and ends
        _, status = os.waitpid(pid, 0)
        caller.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(job: dict[str, Any], outputs: list[int]) -> None:
    """Does in this process what the job's command would do, as though it had been started by it."""
    python, flag, module, *arguments = job["command"]
    assert (python, flag) == (sys.executable, "-m")
    os.setsid()
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    if "JPY_PARENT_PID" in os.environ:
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, its in ((nothing, 0), (outputs[0], 1), (outputs[1], 2)):
        os.dup2(ours, its)
        os.close(ours)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if (
        "numpy" in sys.modules
    ):  # else all would draw the same; Python's own stream is seeded by a fork
        sys.modules["numpy"].random.seed()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
