"""What torch holds otherwise than the other backends, resumed: by a process of torch's own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from kresume_nb.train.state import model_extras

torch = pytest.importorskip("torch")

PROGRAM = """
    import keras, numpy as np, torch, warnings
    import kresume_nb as kr

    warnings.simplefilter("ignore", DeprecationWarning)
    x = np.random.default_rng(0).random((32, 3)).astype("float32")

    class Penalty(keras.layers.Layer):
        def call(self, x):
            self.add_loss(keras.ops.mean(x**2))
            return x

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def train(resume, callbacks=()):
        keras.utils.set_random_seed(1)
        # A mean for all features: torch repeats it in memory.
        scaled = keras.layers.Normalization(mean=0.5, variance=0.1)
        model = keras.Sequential(
            [keras.Input((3,)), scaled, keras.layers.Dense(2), Penalty(), keras.layers.Dense(1)]
        )
        model.layers[1].enable_lora(1)  # it saves what it computes of its variables, for which torch holds gradients
        model.compile("adam", "mse")
        kr.fit(
            model, x, x[:, :1], epochs=3, run="r", resume=resume, verbose=0, callbacks=list(callbacks)
        )
        return [one.detach().numpy().tobytes() for one in map(keras.ops.convert_to_tensor, model.weights)]

    whole = train("never")
    try:
        train("never", [Stop()])
    except KeyboardInterrupt:
        pass
    print("equal", train("auto") == whole)
    for one in kr.load_run("r").report.findings:
        if one.verdict in ("approximate", "lost"):
            print(one.what, one.verdict, one.detail)
"""


def test_repeated_values_lora_and_added_losses_come_back_exactly_and_nothing_is_announced(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [one for one in done.stdout.splitlines() if not one.startswith("kresume_nb:")]
    assert lines == ["equal True"]


@pytest.mark.parametrize(
    "repeat", [lambda: torch.ones(1).expand(3), lambda: torch.ones(1, 1).expand(2, 3)]
)
def test_a_tensor_that_repeats_its_values_takes_those_that_it_has(repeat):
    repeated = repeat()
    model_extras._assign(repeated, np.ones(repeated.shape, "float32"))
    with pytest.raises(RuntimeError, match="single memory location"):
        model_extras._assign(
            repeated, np.arange(repeated.numel(), dtype="float32").reshape(repeated.shape)
        )


def test_one_with_strides_takes_any_and_so_do_those_that_it_shares_memory_with():
    whole = torch.zeros(4)
    model_extras._assign(whole[::2], np.array([1, 2], "float32"))
    assert whole.tolist() == [1, 0, 2, 0]
    model_extras._assign(whole.view(2, 2).T, np.array([[1, 2], [3, 4]], "float32"))
    assert whole.tolist() == [1, 3, 2, 4]
