"""SIGTERM in a real kernel: sent by hand, and by Jupyter when it shuts a busy kernel down."""

from __future__ import annotations

import os
import signal
import time

import pytest
from jupyter_client.manager import KernelManager

from kresume_nb.run.reader import read_journal

SOURCE = """
import pathlib, time
import keras, numpy as np
import kresume_nb as kr

class Goes(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pathlib.Path("going").touch()
        time.sleep(0.01)

x, y = np.zeros((400, 4), "float32"), np.zeros((400, 1), "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
kr.fit(model, x, y, batch_size=2, epochs=1000, verbose=0, run="net", resume="auto",
       callbacks=[Goes()], checkpoint=kr.Checkpointing(every_epochs=None, every_seconds=None))
"""


@pytest.fixture
def busy(tmp_path):
    """A kernel that trains."""
    manager = KernelManager(kernel_name="python3", shutdown_wait_time=120)
    manager.start_kernel(cwd=str(tmp_path), env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    client.execute(SOURCE)
    deadline = time.monotonic() + 240
    while not (tmp_path / "going").exists():
        assert manager.is_alive()
        assert time.monotonic() < deadline, "it does not train"
        time.sleep(0.05)
    yield manager
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def check(tmp_path, *reasons):
    run = tmp_path / "kresume_runs" / "net-001"
    fold = read_journal(run).fold
    assert fold.status == "interrupted"
    assert fold.reason in reasons
    newest = fold.checkpoints[-1]
    assert newest.position == fold.position
    assert newest.position.step > 0
    assert (run / "checkpoints" / newest.file).exists()


def test_sent_to_a_kernel_it_saves_and_ends_the_kernel(busy, tmp_path):
    process = busy.provisioner.process
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == -signal.SIGTERM
    check(tmp_path, "terminated")


def test_shutting_a_busy_kernel_down_saves(busy, tmp_path):
    busy.shutdown_kernel()
    assert not busy.has_kernel
    check(tmp_path, "terminated", "KeyboardInterrupt")  # Jupyter interrupts before it terminates
