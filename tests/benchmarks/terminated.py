"""From SIGTERM to the end of the process, with a checkpoint of 300 MB: budget 5 s.

    python tests/benchmarks/terminated.py

Spot machines and schedulers kill some seconds after they have asked. The process is in the middle of an
epoch; what is measured is its step, the snapshot, the file made durable, and the process' own end.
Beside it the same bytes written and fsynced plainly, since the disk is shared with whatever else runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kresume_nb as kr

BUDGET = 5.0
TRIALS = 3
WIDTH = 5000
TRAINEE = f"""
import keras, numpy as np, pathlib
import kresume_nb as kr

class Tell(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 5:
            pathlib.Path("reached").touch()

model = keras.Sequential([keras.Input(({WIDTH},)), keras.layers.Dense({WIDTH}), keras.layers.Dense(1)])
model.compile("adam", "mse")  # 25 million variables, three times with Adam's: 300 MB
x = np.zeros((4096, {WIDTH}), "float32")
kr.fit(model, x, x[:, :1], batch_size=8, epochs=99, verbose=0, callbacks=[Tell()], run="large")
"""


def trial(folder: Path) -> tuple[float, float, int]:
    """Seconds to the end, seconds of a plain write, and bytes of the checkpoint."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen([sys.executable, "-c", TRAINEE], cwd=folder, env=environment)
    while not (folder / "reached").exists():
        if process.poll() is not None:
            raise RuntimeError(f"the training ended with {process.returncode}")
        time.sleep(0.05)
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    process.wait()
    took = time.perf_counter() - began
    run = kr.load_run(folder / "kresume_runs" / "large-001")
    if run.fold.reason != "terminated" or process.returncode != -signal.SIGTERM:
        raise RuntimeError(f"{run.fold.reason!r}, exit status {process.returncode}")
    content = (run.path / "checkpoints" / run.checkpoints[-1].file).read_bytes()
    began = time.perf_counter()
    with (folder / "plain").open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return took, time.perf_counter() - began, len(content)


def main() -> int:
    """Prints the table; 1 if the budget is missed."""
    found = []
    for _ in range(TRIALS):
        with tempfile.TemporaryDirectory() as folder:
            found.append(trial(Path(folder)))
            took, plain, size = found[-1]
            print(
                f"SIGTERM to end {took:5.2f} s   plain write {plain:5.2f} s   {size / 1e6:.0f} MB"
            )
    best = min(took for took, _, _ in found)
    print(f"fastest {best:.2f} s, budget {BUDGET} s: {'kept' if best <= BUDGET else 'MISSED'}")
    return best > BUDGET


if __name__ == "__main__":
    sys.exit(main())
