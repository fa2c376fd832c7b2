from __future__ import annotations

import zipfile

import h5py
import ml_dtypes
import numpy as np
import pytest

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run.container import WEIGHTS
from kresume_nb.weights.archive import Weights
from kresume_nb.weights.blocks import Reader

KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4)


def all_of(file, path):
    return np.concatenate([block[0].copy() for block in Reader((file,), (file.variables[path],))])


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"]
)
def test_numbers_of_every_type_are_read(write, dtype):
    array = (np.arange(200_000) % 3).astype(dtype)
    with Weights(write("a.keras", {"layers/dense/vars/0": array})) as file:
        assert file.variables["layers/dense/vars/0"].dtype == dtype
        assert np.array_equal(all_of(file, "layers/dense/vars/0"), array)


def test_bfloat16_is_read(write):
    array = np.linspace(-3, 3, 1001).astype(ml_dtypes.bfloat16)
    with Weights(write("a.keras", {"layers/dense/vars/0": array})) as file:
        read = all_of(file, "layers/dense/vars/0")
    assert read.dtype == np.float32
    assert np.array_equal(read, array.astype(np.float32))


def test_layers_have_the_names_that_the_model_gave_them(write):
    arrays = {
        "layers/sequential/layers/dense_1/vars/0": KERNEL,
        "blocks/dense/vars/0": KERNEL,
    }
    names = {"layers/sequential": "encoder", "layers/sequential/layers/dense_1": "head"}
    with Weights(write("a.keras", arrays, names)) as file:
        found = {one.layer: (one.label, one.name) for one in file.variables.values()}
    assert found == {
        "layers/sequential/layers/dense_1": ("encoder/head", "0"),
        "blocks/dense": ("blocks/dense", "0"),
    }


def test_states_of_optimizers_and_random_generators_are_no_weights(write):
    arrays = {
        "layers/dropout/seed_generator/vars/0": np.zeros(2, np.uint32),
        "layers/dense/vars/0": KERNEL,
        "optimizer/vars/0": np.zeros((), np.int64),
    }
    with Weights(write("a.keras", arrays)) as file:
        assert list(file.variables) == ["layers/dense/vars/0"]


def packed(h5):
    h5.create_dataset("layers/x/vars/0", data=KERNEL, compression="gzip")


def soft(h5):
    h5["layers/x"] = h5py.SoftLink("/layers/dense")


def elsewhere(h5):
    h5["layers/x"] = h5py.ExternalLink("/etc/passwd", "/")


def beside(h5):
    h5.create_dataset(
        "layers/x/vars/0", (4,), "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
    )


def endless(h5):
    h5["layers/dense/again"] = h5["layers"]


def claims(h5):
    h5.create_dataset("layers/x/vars/0", (2**40, 2**10), "f4")


@pytest.mark.parametrize("edit", [packed, soft, elsewhere, beside, endless, claims])
def test_what_keras_never_writes_is_refused(write, edit):
    path = write("a.keras", {"layers/dense/vars/0": KERNEL}, edit=edit)
    with pytest.raises(CorruptCheckpointError, match=r"a\.keras cannot be read as a checkpoint"):
        Weights(path)


def test_a_packed_archive_is_refused(write):
    path = write("a.keras", {"layers/dense/vars/0": KERNEL}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(CorruptCheckpointError, match="packed"):
        Weights(path)


def test_a_file_cut_anywhere_is_refused_or_reads_the_same(write):
    path = write("a.keras", {"layers/dense/vars/0": KERNEL})
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptCheckpointError):
            Weights(path)


def test_bytes_flipped_anywhere_never_do_more_than_change_numbers(write):
    path = write("a.keras", {"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": KERNEL[0]})
    whole = bytearray(path.read_bytes())
    refused = 0
    for place in range(0, len(whole), 11):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        try:
            with Weights(path) as file:
                for one in file.variables:
                    all_of(file, one)
        except CorruptCheckpointError:
            refused += 1
    assert refused > 0


def test_a_file_that_shrinks_while_it_is_read_is_damaged(write):
    path = write("a.keras", {"layers/dense/vars/0": np.zeros(100_000, np.float32)})
    with Weights(path) as file:
        with path.open("r+b") as cut:
            cut.truncate(50_000)
        with pytest.raises(CorruptCheckpointError, match="ends within"):
            all_of(file, "layers/dense/vars/0")


def test_an_archive_without_weights_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(CorruptCheckpointError, match=WEIGHTS):
        Weights(tmp_path / "a.keras")
