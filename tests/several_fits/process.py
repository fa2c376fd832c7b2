"""One execution of a program, in a process of its own (`tests/zygote.py` forks it)."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # imported before the fork, for all programs
import numpy as np
import tensorflow as tf  # noqa: F401  # keras.utils.set_random_seed does so on every backend

sys.path.insert(0, str(Path(__file__).parent))
from programs import PROGRAMS

import kresume_nb as kr
from kresume_nb import execution, notebook
from kresume_nb.run import attempts, resume_choice
from kresume_nb.run.reader import candidates, run_folders
from kresume_nb.run.records import Attempt, Cell, ResumeRequest
from kresume_nb.server import cells, watch
from kresume_nb.server.stopped import find_stopped

SOURCE = "loop()"


class Steps(keras.callbacks.Callback):
    """Counts the steps of this process over all its trainings, and kills it after the last.

    Without state of its own: a resume is not to count what others did.
    """

    done = 0
    last: int | None = None

    def get_state(self) -> None:
        return None

    def set_state(self, state: None) -> None:
        pass

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        Steps.done += 1
        if Steps.done == Steps.last:
            os.kill(os.getpid(), signal.SIGKILL)


def run(job: dict[str, Any]) -> None:
    """Carries out the program, and writes down what is to be equal.

    Keys: `program`; `place`, a folder; `kill`, after so many steps, or None; `how`: `"script"`, or a
    notebook's cell run `"by hand"`, by `"click"`, or `"by itself"`; `resume`; `out`; `log`; `ends`: `"killed"` to be
    killed when all is done, before anybody hears of it.
    """
    os.chdir(job["place"])
    Steps.last = job["kill"]
    if job["how"] != "script":
        _in_a_cell(job)
    taken: list[Any] = []
    ends: list[int] = []
    keras.utils.set_random_seed(7)

    def fit(model: keras.Model, *data: Any, **arguments: Any) -> keras.callbacks.History:
        callbacks = [*arguments.pop("callbacks", []), Steps()]
        history = kr.fit(
            model,
            *data,
            **{"run": "loop", "verbose": 0, "resume": job.get("resume", "auto")} | arguments,
            callbacks=callbacks,
            checkpoint=kr.Checkpointing(every_steps=2),
        )
        taken.append((model, history))
        ends.append(Steps.done)
        return history

    told = PROGRAMS[job["program"]](fit)
    result = {
        "told": told,
        "epochs": [history.epoch for _, history in taken],
        "weights": [_digest([*model.variables, *model.optimizer.variables]) for model, _ in taken],
        "streams": [random.random(), float(np.random.random())]
        + [float(keras.random.uniform(())) for _ in range(2)],
    }
    Path(job["out"]).write_text(json.dumps({"result": result, "steps": Steps.done, "ends": ends}))
    if job.get("ends") == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    ended = notebook.context().execution
    assert ended is not None
    ended.end(success=True)  # a forked process leaves without saying so


def _digest(variables: list[Any]) -> str:
    digest = hashlib.sha256()
    for one in variables:
        digest.update(np.ascontiguousarray(keras.ops.convert_to_numpy(one)).tobytes())
    return digest.hexdigest()


def _in_a_cell(job: dict[str, Any]) -> None:
    """As where a notebook's cell is executed, by hand or by the page's request."""
    place = Path(job["place"])
    asked = {"click": _clicked, "by itself": _by_itself}.get(job["how"])
    request = asked(place / "kresume_runs") if asked is not None else None
    of_this_cell = execution.PROCESS.present("cell")

    def context() -> notebook.Context:
        return notebook.Context(
            jupyter=False,
            kernel=None,
            file="loop.ipynb",
            folder=place,
            cell=Cell(id="cell", source=SOURCE),
            setup=[],
            request=request,
            notebook=place / "loop.ipynb",
            execution=of_this_cell,
        )

    notebook.context = context


def _by_itself(folder: Path) -> ResumeRequest | None:
    """What the server sends with the training cell of a run that stopped, once it has decided to."""
    cell = {"cell_type": "code", "id": "cell", "source": SOURCE, "metadata": {"trusted": True}}
    found = (find_stopped(path, 0.0, lambda *_: True) for path in run_folders(folder))
    for stopped in (one for one in found if one is not None):
        decision = attempts.decide(stopped.known, step=stopped.step, since=0.0, now=math.inf)
        assert decision.kind == "go", decision
        (step,) = cells.plan(stopped.header, [cell], f"kresume_runs/{stopped.path.name}")
        made = Attempt(
            number=decision.number,
            by="server",
            who="test",
            time=time.time(),
            step=stopped.step,
            checkpoint=stopped.checkpoint,
        )
        assert attempts.claim(stopped.path, made)
        return watch.request_for(step, stopped.path.name, made)
    return None


def _clicked(folder: Path) -> ResumeRequest | None:
    """What a click on "Resume" asks for: the run that stopped, from its newest checkpoint."""
    stopped = [
        known
        for path in run_folders(folder)
        if (known := resume_choice.known(path)).fold.status != "finished"
    ]
    if not stopped:
        return None
    run = max(stopped, key=lambda known: known.fold.updated)
    found = candidates(run.path, run.fold)
    if not found:
        return None
    return ResumeRequest(
        action="resume",
        run=run.path.name,
        checkpoint=found[0].path.name,
        taken=run.header.writer.started,
        newest=run.path.name,
    )
