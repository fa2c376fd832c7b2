from __future__ import annotations

import errno
import io
import json
import os
import resource
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run.container import ContainerWriter
from kresume_nb.run.records import Position
from kresume_nb.train.checkpoint import keras_file
from kresume_nb.train.checkpoint.keras_file import Loaded
from kresume_nb.train.checkpoint.snapshot import all_variables
from kresume_nb.train.keras_compat import keras_private

HERE = Position(epoch=1, batch=0, step=4)
OPEN = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", "-1"
sys.modules["kresume_nb"] = None  # importing it raises
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
variables = [*model.weights, *model.optimizer.variables]
x = np.linspace(-1, 1, 20, dtype="float32").reshape(4, 5)
arrays = [*(np.array(one) for one in variables), model.predict(x, verbose=0)]
np.savez(sys.argv[2], *arrays)
"""


def test_keras_alone_opens_it_and_finds_every_bit(small_model, snapshotter, data, tmp_path):
    model = small_model(keras.optimizers.Adam(0.01, use_ema=True))
    for _ in range(3):
        model.train_on_batch(*data)
    file = tmp_path / "epoch-0001.keras"
    keras_file.write(snapshotter(model).take(HERE), file)
    subprocess.run(
        [sys.executable, "-c", OPEN, str(file), str(tmp_path / "out.npz")],
        check=True,
        env=dict(os.environ),
    )
    x = np.linspace(-1, 1, 20, dtype="float32").reshape(4, 5)
    expected = [np.array(one) for one in (*model.weights, *model.optimizer.variables)]
    expected.append(model.predict(x, verbose=0))
    with np.load(tmp_path / "out.npz") as found:
        assert len(found.files) == len(expected)
        for name, value in zip(found.files, expected, strict=True):
            np.testing.assert_array_equal(found[name], value, strict=True)


def test_it_holds_what_a_saved_model_holds_and_ours_besides(small_model, snapshotter, tmp_path):
    model = small_model()
    model.save(tmp_path / "keras.keras")
    size = keras_file.write(snapshotter(model).take(HERE), tmp_path / "ours.keras")
    with (
        zipfile.ZipFile(tmp_path / "keras.keras") as theirs,
        zipfile.ZipFile(tmp_path / "ours.keras") as ours,
    ):
        extra = set(ours.namelist()) - set(theirs.namelist())
        assert set(theirs.namelist()) <= set(ours.namelist())
        assert all(name.startswith("kresume/") for name in extra)
        assert json.loads(ours.read("config.json")) == json.loads(theirs.read("config.json"))
    assert size == (tmp_path / "ours.keras").stat().st_size
    assert sorted(one.name for one in tmp_path.iterdir()) == ["keras.keras", "ours.keras"]


def test_it_holds_the_files_of_layers(snapshotter, tmp_path):
    words = keras.layers.TextVectorization(output_sequence_length=2)
    words.adapt(["a cat", "a dog"])
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Embedding(9, 2)(words(inputs))))
    model.compile("sgd", "mse", run_eagerly=True)
    batch = keras.KerasTensor((1,), "string"), keras.KerasTensor((1, 2, 1))
    keras_private.build(model, lambda: batch)
    keras_file.write(snapshotter(model).take(HERE), tmp_path / "ours.keras")
    model.save(tmp_path / "keras.keras")
    with (
        zipfile.ZipFile(tmp_path / "keras.keras") as theirs,
        zipfile.ZipFile(tmp_path / "ours.keras") as ours,
    ):
        for name in theirs.namelist():
            if name.startswith("assets/"):
                assert ours.read(name) == theirs.read(name)
        assert set(theirs.namelist()) <= set(ours.namelist())
    loaded = keras.saving.load_model(tmp_path / "ours.keras")
    assert loaded.layers[1].get_vocabulary() == words.get_vocabulary()


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "bfloat16", "float16"])
def test_every_variable_comes_back_bit_equal(policy, snapshotter, data, tmp_path):
    keras.utils.set_random_seed(2)
    options = {"dtype": policy}
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(4, **options),
            keras.layers.Dropout(0.3, **options),
            keras.layers.Dense(1, **options),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
    keras_private.build(model, lambda: data)
    model.train_on_batch(*data)
    keras_file.write(snapshotter(model).take(HERE), tmp_path / "a.keras")
    expected = [np.array(one) for one in all_variables(model)]
    for variable in all_variables(model):
        variable.assign(keras.ops.zeros_like(variable))
    with Loaded(tmp_path / "a.keras") as loaded:
        stored = loaded.state["variables"]
        for variable, one, value in zip(all_variables(model), stored, expected, strict=True):
            found = loaded.variable(one)
            assert (found.dtype, found.shape) == (value.dtype, value.shape)
            assert found.tobytes() == value.tobytes()
            variable.assign(found)
    for variable, value in zip(all_variables(model), expected, strict=True):
        assert np.array(variable).tobytes() == value.tobytes()
    again = keras.saving.load_model(tmp_path / "a.keras")
    for one, other in zip(again.weights, model.weights, strict=True):
        assert np.array(one).tobytes() == np.array(other).tobytes()


@pytest.mark.parametrize("member", ["metadata.json", "kresume/state.json"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    member, small_model, snapshotter, tmp_path, monkeypatch
):
    snapshot = snapshotter(small_model()).take(HERE)
    file = tmp_path / "epoch-0001.keras"
    file.write_bytes(b"old")
    real = ContainerWriter.add

    def full(self, name, data):
        if name == member:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, name, data)

    monkeypatch.setattr(ContainerWriter, "add", full)
    with pytest.raises(OSError, match="No space left"):
        keras_file.write(snapshot, file)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(file.name, b"old")]


def test_a_file_that_cannot_grow_any_more_leaves_the_old_one(small_model, snapshotter, tmp_path):
    """The kernel refuses to let files grow beyond a limit: a real error, in the middle of HDF5's writes."""
    snapshot = snapshotter(small_model()).take(HERE)
    file = tmp_path / "epoch-0001.keras"
    size = keras_file.write(snapshot, file)
    file.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in [*range(0, size, 500), size - 1]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                keras_file.write(snapshot, file)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        found = [(one.name, one.read_bytes()) for one in tmp_path.iterdir()]
        assert found == [(file.name, b"old")]
        assert h5py.h5f.get_obj_count(types=h5py.h5f.OBJ_FILE) == 0, (
            "HDF5 holds on to a file that it could not close"
        )
    assert keras_file.write(snapshot, file) == size


def test_a_weights_file_that_is_none_is_corrupt(tmp_path):
    with (tmp_path / "a.keras").open("wb") as file, ContainerWriter(file) as container:
        container.add("model.weights.h5", b"not HDF5 at all")
        container.add("kresume/state.json", b'{"schema": 1}')
    with pytest.raises(CorruptCheckpointError, match=r"model\.weights\.h5"):
        Loaded(tmp_path / "a.keras")


def test_a_variable_that_is_missing_is_named(small_model, snapshotter, tmp_path):
    keras_file.write(snapshotter(small_model()).take(HERE), tmp_path / "a.keras")
    with (
        Loaded(tmp_path / "a.keras") as loaded,
        pytest.raises(CorruptCheckpointError, match="lacks 'layers/gone/vars/0'"),
    ):
        loaded.variable({"group": "layers/gone", "key": "0", "dtype": "float32"})


@pytest.mark.parametrize("storage", ["external", "virtual"])
def test_weights_that_lie_in_another_file_are_never_read(
    storage, small_model, snapshotter, tmp_path
):
    """HDF5 would read them, and bytes of a foreign file would become weights."""
    secret, file = tmp_path / "secret", tmp_path / "epoch-0001.keras"
    keras_file.write(snapshotter(small_model()).take(HERE), file)
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = io.BytesIO(members["model.weights.h5"])
    with h5py.File(content, "r+") as h5:
        names = []
        h5.visititems(lambda name, one: names.append(name) if hasattr(one, "shape") else None)
        name = next(one for one in names if h5[one].shape)
        shape, dtype = h5[name].shape, h5[name].dtype
        del h5[name]
        if storage == "external":
            secret.write_bytes(bytes(4096))
            h5.create_dataset(name, shape, dtype, external=[(str(secret), 0, 4096)])
        else:
            layout = h5py.VirtualLayout(shape, dtype)
            layout[:] = h5py.VirtualSource(str(secret), "x", shape, dtype)
            h5.create_virtual_dataset(name, layout)
    members["model.weights.h5"] = content.getvalue()
    with zipfile.ZipFile(file, "w") as archive:  # with the right CRC-32
        for member, data in members.items():
            archive.writestr(member, data)
    with pytest.raises(CorruptCheckpointError, match=name):
        Loaded(file)
