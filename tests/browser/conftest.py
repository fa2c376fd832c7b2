"""One Chromium for all browser tests; a server and notebooks of its own for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import lab
from panels import Visit, panel

SETUP = [
    """import keras
from sklearn.datasets import load_digits
import kresume_nb as kr
keras.utils.set_random_seed(7)
if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
    tf.config.experimental.enable_op_determinism()""",
    """digits = load_digits()
x, y = (digits.data / 16).astype("float32"), digits.target""",
    """model = keras.Sequential([
    keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.BatchNormalization(),
    keras.layers.Dropout(0.3), keras.layers.Dense(10),
])
model.compile(keras.optimizers.Adam(2e-3),
              keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
class Slowly(keras.callbacks.Callback):
    # A step of a larger network takes this long; the page is what is tested here.
    def on_train_batch_end(self, batch, logs=None):
        import time
        time.sleep(PAUSE)
callbacks = [Slowly(), keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5)]""",
]
TRAIN = """history = kr.fit(model, x, y, batch_size=64, epochs={epochs}, validation_split=0.2,
                 callbacks=callbacks, run="digits",
                 checkpoint=kr.Checkpointing(every_steps=5))"""
BATCHES = 23
"""Batches of an epoch: 1,437 samples by 64."""


@pytest.fixture(scope="package", autouse=True)
def warm() -> Iterator[None]:
    """Servers and kernels are forked from processes that have imported what these need."""
    with lab.warm() as made:
        lab.Lab.warm = made
        yield
        lab.Lab.warm = None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with lab.browser() as started:
        yield started


@pytest.fixture(scope="session")
def killed(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook and its run, whose kernel was killed: to be copied (`stopped.Stopped`)."""
    import stopped

    return stopped.make(tmp_path_factory.mktemp("killed"), chromium)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[lab.Lab]:
    root = tmp_path / "notebooks"
    root.mkdir()
    with lab.Lab(root) as started:
        yield started


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    """One for all tests that need no server of their own: each has notebooks of its own."""
    with lab.Lab(tmp_path_factory.mktemp("shared")) as started:
        yield started


@pytest.fixture
def visit(shared: lab.Lab, chromium: Any) -> Iterator[Visit]:
    """Tabs of the shared server."""
    contexts = []

    def make(name: str, width: int = 1280) -> Any:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{shared.url}/lab/tree/{name}.ipynb?token={lab.TOKEN}&reset")
        panel(page, "d.status")
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def write(path: Path, cells: list[str]) -> Path:
    """A notebook of code cells, ids `cell-0`, `cell-1`, …"""
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, id=f"cell-{number}")
            for number, source in enumerate(cells)
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(made, path)
    return path


@pytest.fixture
def notebook(server: lab.Lab, page: Any) -> Callable[..., lab.Notebook]:
    """Makes a notebook that trains, and opens it."""

    def make(
        epochs: int = 6, pause: float = 0.01, extra: str | None = None, name: str = "train"
    ) -> lab.Notebook:
        cells = [f"PAUSE = {pause}", *SETUP, *([extra] if extra else [])]
        write(server.root / f"{name}.ipynb", [*cells, TRAIN.format(epochs=epochs)])
        opened = lab.Notebook(page, server, f"{name}.ipynb")
        opened.open()
        return opened

    return make
