"""`DataLoader`s on torch, trained as `fit` trains them. What resumes is in `tests/law`."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("torch")

PROGRAM = """
    import keras, numpy as np, torch
    import kresume_nb as kr
    from torch.utils.data import DataLoader, IterableDataset, Sampler, TensorDataset

    numbers = np.random.default_rng(0)
    x = numbers.random((60, 4), dtype="float32")
    y = x[:, :1]

    class Counts(Sampler):
        "Draws another order in each pass, by a counter of its own."

        def __init__(self):
            self.passes, self.log = 0, []

        def __len__(self):
            return 60

        def __iter__(self):
            self.passes += 1
            self.log.append(self.passes)
            return iter(np.random.default_rng(self.passes).permutation(60).tolist())

    class Rows(IterableDataset):
        def __iter__(self):
            return zip(x, y)

    loaders = {
        "sampler": lambda: DataLoader(
            TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=8, sampler=Counts()
        ),
        "iterable": lambda: DataLoader(Rows(), batch_size=8),
    }
    for name, make in loaders.items():
        weights = []
        for ours in (False, True):
            keras.utils.set_random_seed(1)
            model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
            model.compile("adam", "mse")
            if ours:
                kr.fit(model, make(), epochs=3, verbose=0, run=name)
            else:
                model.fit(make(), epochs=3, verbose=0)
            weights.append([one.numpy().tolist() for one in model.weights])
        print(name, "alike" if weights[0] == weights[1] else weights)
"""


def test_a_sampler_that_counts_and_an_iterable_are_read_as_by_fit(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["sampler alike", "iterable alike"]
