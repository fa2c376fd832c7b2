"""A process that opens models of a stranger, and takes down what they made it do.

Reads jobs (a line of JSON: `run`, `way`) from standard input; each answer is a line. Python's own audit
events tell whether something ran: a shell, a process, an unpickling, a connection, a foreign file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

_MOST = 12 * 2**30
_RUNS = {"os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "pty.spawn"}
_READS = {"pickle.find_class", "socket.connect", "shutil.copyfile"}
happened: list[str] = []
_precious = ""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    ours = event == "subprocess.Popen" and "kresume_nb.worker" in arguments[1]
    if event in _RUNS | _READS and not ours:
        happened.append(f"{event}{str(arguments)[:200]}")
    elif event == "open" and _precious and str(arguments[0]).startswith(_precious):
        happened.append(f"open {arguments[0]}")


def _model() -> Any:
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4, name="a"), keras.layers.Dense(1, name="b")],
        name="net",
    )
    model.compile("adam", "mse", run_eagerly=True)
    return model


def train(folder: Path, **options: Any) -> Any:
    """A run of two epochs, or more of it."""
    import numpy as np

    import kresume_nb as kr

    x = np.linspace(-1, 1, 60, dtype="float32").reshape(12, 5)
    return kr.fit(
        _model(), x, x[:, :1], batch_size=4, verbose=0, run="net", folder=folder, seed=3, show=False,
        **options,
    )  # fmt: skip


def _carry_out(job: dict[str, Any]) -> str:
    import keras

    import kresume_nb as kr
    from kresume_nb.errors import KResumeError
    from kresume_nb.worker import checkpoints

    run = Path(job["run"])
    try:
        if job["way"] == "load_model":
            model = kr.load_run(run).load_model()
            told = f"loaded {model.name[:40]!r}"
        elif job["way"] == "worker":
            path = next(iter((run / "checkpoints").iterdir()))
            told = str(len(checkpoints.compare_text(_worker(), path, path)))
        else:
            history = train(run.parent, epochs=3, resume="auto")
            told = f"epochs {history.epoch}"
            assert history.epoch == [0, 1, 2], told
    except KResumeError as error:
        told = f"refused: {type(error).__name__}: {str(error)[:200]}"
        assert job["way"] == "load_model", f"{job['way']}: {told}"
    finally:
        keras.backend.clear_session()
        unsafe = (
            keras.config.is_unsafe_deserialization_enabled()
            if hasattr(keras.config, "is_unsafe_deserialization_enabled")
            else False
        )
    assert not unsafe, "unsafe deserialization was switched on"
    return told


_workers: list[Any] = []


def _worker() -> Any:
    from kresume_nb.worker.process import Worker

    if not _workers:
        _workers.append(Worker())
    return _workers[0]


def main() -> None:
    """Answers until nobody asks any more."""
    global _precious  # noqa: PLW0603  # the audit hook has no other memory
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    place = Path(sys.argv[1])
    train(place / "kresume_runs", epochs=2)
    _worker().ask("kept_files", run=str(place / "kresume_runs" / "net-001"))
    # More than it takes, and less than would hurt the machine.
    resource.setrlimit(resource.RLIMIT_AS, (_MOST, _MOST))
    print("ready", file=answers, flush=True)
    sys.addaudithook(_audit)
    for line in sys.stdin:
        job = json.loads(line)
        _precious = str(place / "outside")
        happened.clear()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            told, lost = _carry_out(job), ""
        except BaseException as error:  # noqa: BLE001  # told: it is a loss
            told, lost = "", f"{type(error).__name__}: {str(error)[:300]}"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        answer = {"told": told, "lost": lost, "happened": happened[:5], "grown": grown}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
