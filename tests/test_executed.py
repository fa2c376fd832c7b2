"""A training that dies under `jupyter execute` or papermill goes on when the notebook is executed again."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

import kresume_nb as kr
from kresume_nb.run.reader import read_journal

EPOCHS, BATCHES, KILLED = 4, 10, 25
PATIENCE = 250
"""Seconds: beside other work a kernel takes long to import what it needs."""
CELLS = """
import os, pathlib, signal, time
import keras, numpy as np
import kresume_nb as kr
from kresume_nb.run.reader import read_journal
keras.utils.set_random_seed(7)
x, y = np.random.default_rng(0).random((160, 8), "float32"), np.zeros(160)
---
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("adam", "mse")

class Breaks(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) != KILLED:
            return
        if not pathlib.Path("killed").exists():
            pathlib.Path("killed").touch()
            run = pathlib.Path("kresume_runs/net-001")
            while not any(one.position.step for one in read_journal(run).fold.checkpoints):
                time.sleep(0.02)  # checkpoints are written beside training
            os.kill(os.getpid(), signal.SIGKILL)
        while not pathlib.Path("go").exists():
            time.sleep(0.02)
---
history = kr.fit(model, x, y, batch_size=16, epochs=EPOCHS, callbacks=[Breaks()], verbose=0,
                 run="net", resume=RESUME, checkpoint=kr.Checkpointing(every_steps=5))
"""
TOOLS = {"execute": ("ask", ["jupyter", "execute"]), "papermill": ("auto", ["papermill"])}


def write(path: Path, resume: str) -> None:
    values = {"KILLED": KILLED, "EPOCHS": EPOCHS, "RESUME": repr(resume)}
    text = CELLS
    for name, value in values.items():
        text = text.replace(name, str(value))
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(one.strip()) for one in text.split("---")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(made, path)


@pytest.mark.parametrize("tool", TOOLS)
def test_it_goes_on_and_never_twice_at_once(tool: str, tmp_path: Path) -> None:
    resume, command = TOOLS[tool]
    write(tmp_path / "net.ipynb", resume)

    def begun(to: str) -> subprocess.Popen[str]:
        out = [to] if tool == "papermill" else []
        return subprocess.Popen(
            [sys.executable, "-m", *command, "net.ipynb", *out],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    died = begun("a.ipynb")
    said, _ = died.communicate(timeout=PATIENCE)
    assert died.returncode != 0
    assert "kernel died" in said.lower(), said[-2000:]
    run = tmp_path / "kresume_runs" / "net-001"
    assert read_journal(run).fold.status == "running"

    first = begun("b.ipynb")
    deadline = time.monotonic() + PATIENCE
    while not read_journal(run).fold.resumes:
        assert time.monotonic() < deadline, "it is not resumed"
        assert first.poll() is None
        time.sleep(0.05)
    second = begun("c.ipynb")
    said, _ = second.communicate(timeout=PATIENCE)
    assert second.returncode != 0
    assert "RunLockedError" in said, said[-2000:]

    (tmp_path / "go").touch()
    said, _ = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, said[-2000:]
    found = kr.load_run(run)
    assert [one.name for one in run.parent.iterdir()] == ["net-001"]
    assert (found.status, len(found.fold.resumes)) == ("finished", 1)
    assert found.fold.resumes[0].step in range(5, KILLED + 1, 5)
    assert found.steps["step"] == list(range(1, EPOCHS * BATCHES + 1))
    assert len(found.history["loss"]) == EPOCHS
