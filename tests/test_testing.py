"""`kresume_nb.testing` and `kresume check`: what they find, and what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from contextlib import nullcontext
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest

from kresume_nb.check import shipping
from kresume_nb.check.collect import _variables
from kresume_nb.check.outcome import Outcome, read
from kresume_nb.check.verdict import compare
from kresume_nb.cli import main
from kresume_nb.errors import ArgumentError
from kresume_nb.testing import assert_resumes_exactly

SAMPLES = 64
FACTORS = np.linspace(0.5, 2, 4, dtype="float32")


class Halves(keras.callbacks.Callback):
    """Changes in place what the data function reads."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights
        self.recent = deque(maxlen=3)

    def on_train_batch_end(self, batch, logs=None):
        self.recent.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        self.weights[: SAMPLES // 2] *= 0.5


class Forgets(keras.callbacks.Callback):
    """Says that it has no state, and has some."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def get_state(self):
        return None

    def set_state(self, state):
        pass

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1


def network():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    return model


def make():
    x = np.random.default_rng(0).normal(size=(SAMPLES, 4)).astype("float32") * FACTORS
    weights, noise = np.ones(SAMPLES, "float32"), np.random.default_rng(1)

    def batches(epoch, start):
        for number in range(start, 4):
            rows = slice(16 * number, 16 * number + 16)
            yield (
                x[rows] + noise.normal(size=(16, 4)).astype("float32"),
                x[rows][:, :1],
                weights[rows],
            )

    return network(), {"x": batches, "epochs": 3, "callbacks": [Halves(weights)]}


def make_forgetful():
    x = np.ones((SAMPLES, 4), "float32")
    arguments = {"x": x, "y": x[:, :1], "batch_size": 16, "epochs": 3, "callbacks": [Forgets()]}
    return network(), arguments


def test_an_exact_training_passes():
    verdict = assert_resumes_exactly(make, kill_at=[6, 10])
    assert verdict.exact
    assert verdict.kills == (6, 10)
    assert verdict.checkpoint
    for group in ("weights", "seeds", "optimizer", "metrics", "History", "steps", "callbacks"):
        assert verdict.equal[group], group


def test_one_that_forgets_fails_with_a_table():
    with pytest.raises(AssertionError, match=r"(?s)killed after step 7.*Forgets\.count: .*12.*"):
        assert_resumes_exactly(make_forgetful, kill_at=7)


def test_a_kill_after_the_end_is_refused():
    with pytest.raises(ArgumentError, match="steps from 1 to 12"):
        assert_resumes_exactly(make_forgetful, kill_at=99)


def test_what_cannot_be_passed_on_is_named():
    lock = Path(__file__).open()  # noqa: SIM115

    def uses_a_file():
        return network(), {"x": lock}

    with lock, pytest.raises(ArgumentError, match=r"uses lock, which holds _io\.TextIOWrapper"):
        assert_resumes_exactly(uses_a_file)


def test_a_script_has_all_that_a_function_uses():
    text = shipping.script(make)
    for part in ("class Halves", "def network", "import numpy as np", "SAMPLES = ", "FACTORS = "):
        assert part in text, part
    assert text.index("def network") < text.index("def make")
    assert "class Forgets" not in text


def outcome(**more):
    arrays = {("weights", "1 kernel"): np.float32([1, 2]), ("seeds", "2 seed"): np.uint32([3])}
    texts = {("History", "loss"): "[1.0]"}
    return Outcome(arrays | more.get("arrays", {}), texts | more.get("texts", {}), [], "a.keras", 3)


def test_outcomes_are_read_as_they_were_written(tmp_path):
    outcome().write(tmp_path / "left")
    back = read(tmp_path / "left")
    assert compare(outcome(), back).exact
    assert (back.steps, back.checkpoint) == (3, "a.keras")


def test_a_difference_is_told_with_its_size():
    other = outcome(arrays={("weights", "1 kernel"): np.float32([1, 2.5])})
    verdict = compare(outcome(), other, (4,))
    assert not verdict.exact
    assert "1 kernel: 1 of 2 values differ, by up to 0.5" in verdict.table
    assert verdict.plain()["differences"] == {
        "weights": {"1 kernel": "1 of 2 values differ, by up to 0.5"}
    }


@pytest.mark.parametrize("scope", ["", "in_a_step"])
def test_a_slot_is_known_wherever_its_optimizer_was_built(scope):
    keras.backend.clear_session()
    model = network()
    with keras.name_scope(scope) if scope else nullcontext():
        model.optimizer.build(model.trainable_variables)
    names = [name.partition(" ")[2] for group, name, _ in _variables(model) if group == "optimizer"]
    assert names == [
        *("iteration", "learning_rate"),
        *[
            f"sequential_{layer}_{weight}_{slot}"
            for layer in ("dense", "dense_1")
            for weight in ("kernel", "bias")
            for slot in ("momentum", "velocity")
        ],
    ]


def test_not_a_number_equals_itself_and_no_zero_its_negative():
    nan = outcome(arrays={("weights", "1 kernel"): np.float32([np.nan, 0])})
    assert compare(nan, nan).exact
    negative = outcome(arrays={("weights", "1 kernel"): np.float32([np.nan, -0.0])})
    assert not compare(nan, negative).exact


def test_something_missing_is_a_difference():
    more = outcome(texts={("callbacks", "A.count"): "[1]"})
    assert "A.count: nothing unbroken, [1] resumed" in compare(outcome(), more).table


def notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_a_notebook_without_training_is_refused(tmp_path, capsys):
    assert main(["check", str(notebook(tmp_path / "a.ipynb", "x = 1"))]) == 2
    assert "no cell calls kr.fit" in capsys.readouterr().err


def test_what_is_no_notebook_is_refused(tmp_path, capsys):
    (tmp_path / "a.ipynb").write_text("{}")
    assert main(["check", str(tmp_path / "a.ipynb")]) == 2
    assert main(["check", str(tmp_path / "b.ipynb")]) == 2
    assert capsys.readouterr().err.count("cannot be read as a notebook") == 2


def test_a_notebook_is_checked_in_copies(tmp_path, capsys):
    (tmp_path / "scale.txt").write_text("2")
    path = notebook(
        tmp_path / "a.ipynb",
        "import keras, numpy as np, pathlib\nimport kresume_nb as kr\n"
        "x = np.ones((64, 4), 'float32') * float(pathlib.Path('scale.txt').read_text())\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(.3), keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')",
        "pathlib.Path('written').touch()\nkr.fit(model, x, x[:, :1], epochs=9, batch_size=16)",
        "raise RuntimeError('not reached')",
    )
    before = path.read_bytes()
    code = main(["check", str(path), "--json", "--kill-at", "6", "--steps", "10"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["differences"]) == (0, {})
    assert told["exact"]
    assert told["kills"] == [6]
    assert told["equal"]["weights"] == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.ipynb", "scale.txt"]
    assert path.read_bytes() == before


def test_importing_it_imports_no_keras():
    code = "import sys, kresume_nb.testing, kresume_nb.cli; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_lambda_is_refused_by_name():
    with pytest.raises(ArgumentError, match="write it as a function"):
        assert_resumes_exactly(lambda: (network(), {}))
