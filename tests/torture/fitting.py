"""A process that trains with `kr.fit` on a disk that refuses calls (`refusing.c`), and tells what came of it.

Reads jobs (a line of JSON: `root`, `epochs`, `fail`) from standard input; each answer is a line.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "crash"))
import keras
import numpy as np
from shim import Below

import kresume_nb as kr
from kresume_nb.errors import KResumeError

X = np.linspace(-1, 1, 60, dtype="float32").reshape(12, 5)


class Counting(keras.callbacks.Callback):
    """How many batches were trained."""

    batches = 0

    def get_state(self) -> None:
        """None: it counts what this process does."""

    def set_state(self, state: Any) -> None:
        """Nothing."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1


def train(root: Path, epochs: int, fail: tuple[int, int, int]) -> dict[str, Any]:
    """Trains, and refuses those calls below `root`."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse", run_eagerly=True)
    counting, refused, history = Counting(), "", {}
    root.mkdir(exist_ok=True)
    shim = Below(root, fail)
    shim.install()
    try:
        history = kr.fit(
            model, X, X[:, :1], batch_size=4, epochs=epochs, verbose=0, run="net", folder=root,
            seed=3, resume="auto", show=False, callbacks=[counting],
            checkpoint=kr.Checkpointing(every_steps=2, keep_last=2),
        ).history  # fmt: skip
    except KResumeError as error:
        refused = f"{type(error).__name__}: {error}"
    calls = shim.calls
    shim.remove()
    weights = hashlib.sha256(b"".join(np.asarray(one).tobytes() for one in model.variables))
    return {
        "refused": refused,
        "history": history,
        "weights": weights.hexdigest(),
        "batches": counting.batches,
        "calls": calls,
    }


def main() -> None:
    """Answers until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        job = json.loads(line)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = train(Path(job["root"]), job["epochs"], tuple(job["fail"]))
        answer["told"] = [str(one.message) for one in caught]
        print(json.dumps(answer), file=answers, flush=True)
        keras.backend.clear_session()


if __name__ == "__main__":
    main()
