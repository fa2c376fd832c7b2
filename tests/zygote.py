"""Makes fresh processes quickly: imports a module once, then forks one process a job.

    python zygote.py path/to/module.py NICENESS

Jobs are JSON lines on standard input, each with an `id` and a `log` file; a job is `module.run(job)`
in a process of its own, and several may run at once. Each answer is a line: the id and the process'
exit code (negative: the signal that killed it). What the module imports must not start threads or
devices: those do not survive a fork.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any


def main(path: Path, niceness: int) -> None:
    sys.path.insert(0, str(path.parent))
    os.nice(niceness)
    module = importlib.import_module(path.stem)
    # Children are waited for by the process that forked them, grandchildren by the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            _keep(module, json.loads(line))


def _keep(module: Any, job: dict[str, Any]) -> None:
    """Runs a job in a child of this process, and says how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        _work(module, job)
    _, status = os.waitpid(pid, 0)
    os.write(1, f"{job['id']} {os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _work(module: Any, job: dict[str, Any]) -> None:
    code = 1
    try:
        with Path(job["log"]).open("w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        module.run(job)
        code = 0
    except BaseException:  # noqa: BLE001  # told in the log; the exit code says it failed
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
