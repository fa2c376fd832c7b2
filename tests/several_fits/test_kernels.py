"""Several fits in a cell of a real kernel: executed with and without ids, killed, executed again."""

from __future__ import annotations

import json
import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager

pytestmark = pytest.mark.law

SETUP = """
import os, signal
import keras, numpy as np
import kresume_nb as kr
x, y = np.random.default_rng(0).random((24, 4), "float32"), np.zeros((24, 1), "float32")
keras.utils.set_random_seed(7)

def net(rate):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse", run_eagerly=True)
    return model

class Steps(keras.callbacks.Callback):
    done = 0
    def get_state(self): return None
    def set_state(self, state): pass
    def on_train_batch_end(self, batch, logs=None):
        Steps.done += 1
        if Steps.done == int(os.environ.get("LAST", 0)):
            os.kill(os.getpid(), signal.SIGKILL)
"""
SEARCH = """
told = [
    kr.fit(net(rate), x, y, batch_size=8, epochs=2, verbose=0, run="rates", resume="auto",
           callbacks=[Steps()], checkpoint=kr.Checkpointing(every_steps=2)).history["loss"]
    for rate in (0.1, 0.01, 0.001)
]
"""


class Kernel:
    """A kernel of the notebook `rates.ipynb`."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager(kernel_name="python3")
        notebook = str(folder / "rates.ipynb")
        self.manager.start_kernel(cwd=str(folder), env=os.environ | {"JPY_SESSION_NAME": notebook})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, source: str, cell: str | None = None, **request: Any) -> dict[str, Any] | None:
        """Executes a cell: the reply, or None if the kernel was killed."""
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {"told": "told", "steps": "Steps.done"},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell} if cell is not None else {}
        if request:
            metadata["kresume"] = request
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        while self.manager.is_alive():
            try:
                reply = self.client.get_shell_msg(timeout=0.5)
            except queue.Empty:
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]
        return None

    def value(self, reply: dict[str, Any] | None, name: str) -> Any:
        assert reply is not None
        assert reply["status"] == "ok", reply
        return json.loads(reply["user_expressions"][name]["data"]["text/plain"])

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made: list[Kernel] = []

    def start(last: int | None = None) -> Kernel:
        monkeypatch.setenv("LAST", str(last or 0))
        made.append(Kernel(tmp_path))
        assert made[-1].run(SETUP, "setup") is not None
        return made[-1]

    yield start
    for one in made:
        one.close()


def save(folder: Path, *sources: str) -> None:
    """The notebook as its page saves it."""
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "rates.ipynb")


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "kresume_runs").iterdir())


def test_a_cell_that_broke_is_repeated_and_one_that_did_not_trains_again(kernel, tmp_path):
    save(tmp_path, SETUP, SEARCH)
    assert kernel(last=16).run(SEARCH, "c1") is None
    again = kernel()
    repeated = again.run(SEARCH, "c1")
    assert runs(tmp_path) == ["rates-001", "rates-002", "rates-003"]
    assert again.value(repeated, "steps") < 18 - 12 + 1
    told = again.value(repeated, "told")

    # It came to its end: the same cell, run once more, trains three new ones.
    anew = again.run(SEARCH, "c1")
    assert anew is not None
    assert anew["status"] == "ok"
    assert len(runs(tmp_path)) == 6

    # An error after the training breaks an execution, too.
    failing = SEARCH + "raise ValueError(told)\n"
    reply = again.run(failing, "c2")
    assert reply is not None
    assert reply["ename"] == "ValueError"
    steps = again.value(again.run("pass", "c9"), "steps")
    mended = again.run(SEARCH, "c2")
    assert again.value(mended, "steps") == steps, "nothing is trained twice"
    assert len(runs(tmp_path)) == 9
    assert len(told) == 3


def test_an_executor_that_sends_no_id_is_found_by_source_then_by_place(kernel, tmp_path):
    """As `jupyter-server-nbmodel` and `jupyter_server_documents` execute."""
    save(tmp_path, SETUP, SEARCH)
    assert kernel(last=16).run(SEARCH) is None
    header = json.loads((tmp_path / "kresume_runs" / "rates-001" / "run.json").read_text())
    assert (header["cell"]["id"], header["cell"]["place"]) == ("c1", 1)
    edited = "# The same in three words.\n" + SEARCH
    save(tmp_path, SETUP, edited)
    again = kernel()
    assert again.value(again.run(edited), "steps") < 18 - 12 + 1
    assert runs(tmp_path) == ["rates-001", "rates-002", "rates-003"]
