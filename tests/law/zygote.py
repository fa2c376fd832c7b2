"""Makes fresh training processes quickly: imports Keras once, then forks one process per job.

Nothing of TensorFlow runs before the fork, so each child starts as a new process would, without the
seconds that importing takes. Jobs are JSON lines on standard input; each answer is a line with the
child's exit code (negative: the signal that killed it).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # imported before the fork, for all children

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent))
import trainee


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with Path(job["log"]).open("w") as log:
                    os.dup2(log.fileno(), 1)
                    os.dup2(log.fileno(), 2)
                trainee.train(job)
                code = 0
            except BaseException:  # noqa: BLE001  # told in the log; the exit code says it failed
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
