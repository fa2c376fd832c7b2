"""Steps that a resume trains once more prove it, or give it away."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap

import pytest

import kresume_nb as kr
from kresume_nb.run.records import Epoch, Steps
from kresume_nb.train.resume.repeated_steps import RepeatedSteps


def steps(first, losses, rate=0.1):
    return Steps(
        time=0.0,
        step=first,
        epoch=1,
        batch=first,
        count=len(losses),
        logs={"loss": losses},
        learning_rate=[rate],
    )


def epoch(loss):
    return Epoch(time=0.0, epoch=1, step=3, logs={"loss": loss}, learning_rate=0.1, seconds=1.0)


def finding(then, now):
    redone = RepeatedSteps(then)
    for row in now:
        redone.take(row)
    return redone.take_finding()


def test_all_alike_in_other_portions():
    found = finding(
        [steps(5, [0.5, 0.25, math.nan])], [steps(4, [1.0, 0.5]), steps(6, [0.25, math.nan])]
    )
    assert found.verdict == "exact"
    assert found.detail == (
        "2 steps gave again, bit for bit, what they had given before the kernel died; 1 more gave NaN "
        "both times, which proves nothing"
    )


def test_one_step_is_told_in_the_singular():
    found = finding([steps(5, [0.5])], [steps(5, [0.5])])
    assert found.detail == (
        "1 step gave again, bit for bit, what it had given before the kernel died"
    )


def test_nothing_is_proved_by_a_loss_that_is_not_a_number():
    nothing = [steps(5, [math.nan, math.nan])]
    assert finding(nothing, nothing) is None
    assert finding(nothing, [steps(5, [math.nan, 0.5])]).verdict == "approximate"


def test_told_once_and_not_before_all_steps_are_done():
    redone = RepeatedSteps([steps(1, [0.5, 0.25])])
    redone.take(steps(1, [0.5]))
    assert redone.take_finding() is None
    redone.take(steps(2, [0.25]))
    assert redone.take_finding().verdict == "exact"
    redone.take(steps(3, [0.125]))
    assert redone.take_finding() is None


def test_nothing_to_compare():
    assert finding([], [steps(1, [0.5])]) is None
    assert finding([steps(1, [0.5])], []) is None


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (
            steps(1, [0.5]),
            steps(1, [0.75]),
            "step 1 gave loss 0.5 before the kernel died, and 0.75",
        ),
        (steps(1, [0.5]), steps(1, [0.5], rate=0.2), "step 1 gave learning rate 0.1 before"),
        (steps(1, [0.5]), steps(1, [0.5000001]), "last bits only"),
        (steps(1, [0.5]), steps(1, [math.nan]), "and nan now"),
    ],
)
def test_a_difference_is_told_with_both_values(then, now, told):
    found = finding([then], [now])
    assert found.verdict == "approximate"
    assert told in found.detail


def test_an_epoch_is_compared_too():
    found = finding([steps(3, [0.5]), epoch(0.5), steps(4, [0.5])], [steps(3, [0.5]), epoch(0.25)])
    assert "epoch 1 gave loss 0.5" in found.detail


PROGRAM = """
    import os, signal, sys
    import keras, numpy as np
    import kresume_nb as kr

    class Kill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if sys.argv[1] == "kill" and epoch == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 6

        def __getitem__(self, number):
            x = np.random.default_rng(number).random((8, 4), "float32")
            return x, x[:, :1]

    def loss(y_true, y_pred):
        return float(os.environ["SCALE"]) * keras.ops.mean((y_true - y_pred) ** 2)

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.2), keras.layers.Dense(1)])
    model.compile("adam", loss, run_eagerly=True)
    # Killed when epoch 2 begins it has the steps of epoch 1 in the journal, and no checkpoint of them.
    policy = kr.Checkpointing(every_epochs=2, every_seconds=None)
    kr.fit(model, Batches(), epochs=3, verbose=0, run="r", callbacks=[Kill()], checkpoint=policy)
"""


@pytest.mark.parametrize(("scale", "verdict"), [("1", "exact"), ("3", "approximate")])
def test_a_resumed_training_is_put_to_the_test(scale, verdict, tmp_path):
    def run(mode, scale):
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), mode],
            cwd=tmp_path,
            env=os.environ | {"SCALE": scale},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("kill", "1").returncode == -signal.SIGKILL
    resumed = run("resume", scale)
    assert resumed.returncode == 0, resumed.stderr
    (run,) = kr.runs(tmp_path / "kresume_runs")
    (found,) = [one for one in run.report.findings if one.what == "steps trained again"]
    assert found.verdict == verdict
    told = resumed.stdout if verdict == "exact" else resumed.stderr
    assert found.detail in told
