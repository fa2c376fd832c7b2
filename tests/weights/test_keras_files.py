"""Files that Keras itself wrote, and ours, against the models that they hold."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kresume_nb as kr
from kresume_nb.run import layout
from kresume_nb.weights.changes import compare


def make_model():
    inner = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(5, name="deep"), keras.layers.Dropout(0.5)],
        name="inner",
    )
    inputs = keras.Input((3, 4))
    hidden = keras.layers.Bidirectional(keras.layers.LSTM(3), name="both")(inputs)
    outputs = keras.layers.Dense(2, name="head", dtype="bfloat16")(inner(hidden))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    return model


def norms(before, after, layer):
    one, other = (
        np.concatenate([np.ravel(v).astype(np.float64) for v in m.get_layer(layer).get_weights()])
        for m in (before, after)
    )
    return np.linalg.norm(one), np.linalg.norm(other), np.linalg.norm(other - one)


def test_files_of_keras_are_compared_layer_by_layer(tmp_path):
    before, after = make_model(), make_model()  # whose layers Keras numbers on
    before.save(tmp_path / "a.keras")
    after.save(tmp_path / "b.keras")
    found = compare(tmp_path / "a.keras", tmp_path / "b.keras")
    assert found.unmatched == []
    by_label = {one.label: one.weights for one in found.layers}
    assert {"inner/deep", "head"} <= set(by_label)
    assert sum(label.startswith("both/") for label in by_label) == 2
    assert found.total.count == before.count_params()
    head = by_label["head"]
    wanted = norms(before, after, "head")
    assert (head.norm_a, head.norm_b, head.change) == pytest.approx(wanted, rel=1e-5)


def test_checkpoints_of_ours_name_their_variables(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="only")])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).random((16, 4), np.float32)
    kr.fit(
        model, x, x[:, :3], epochs=2, batch_size=8, run="named", folder=tmp_path, resume="never",
        show=False, verbose=0,
    )  # fmt: skip
    run = kr.load_run(tmp_path / "named-001")
    first, last = (
        layout.checkpoint_path(run.path, run.checkpoints[number].file) for number in (0, -1)
    )
    (layer,) = compare(first, last).layers
    assert layer.label == "only"
    assert [one.name for one in layer.variables] == ["kernel", "bias"]
    assert layer.weights.norm_b == pytest.approx(
        np.linalg.norm(np.concatenate([np.ravel(one) for one in model.get_weights()])), rel=1e-5
    )
    assert 0 < layer.weights.changed <= 1
