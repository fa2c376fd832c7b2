"""Runs sessions of `session.py`, each in a process of its own: imports once, then forks one a job.

Jobs are JSON lines on standard input; each answer is a line: the child's exit code (negative: the
signal that killed it).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

os.environ["KERAS_BACKEND"] = "numpy"  # no tensors in here, and no threads of TensorFlow's to fork

sys.path.insert(0, str(Path(__file__).parent))
import session


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                session.run(job)
                code = 0
            except BaseException:  # noqa: BLE001  # told in the log; the exit code says it failed
                Path(job["log"]).write_text(traceback.format_exc())
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
