"""Checkpoints written array by array, as Keras lays them out."""

from __future__ import annotations

import io
import zipfile

import h5py
import numpy as np
import pytest


@pytest.fixture
def write(tmp_path):
    """Writes `{path: array}` to a `.keras` file; `names` are those of the layers, by group."""

    def written(name, arrays, names=None, edit=None, compression=zipfile.ZIP_STORED):
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            for path, array in arrays.items():
                dataset = h5.create_dataset(path, data=np.asarray(array))
                if np.asarray(array).dtype.name == "bfloat16":
                    dataset.attrs["dtype"] = "bfloat16"
            for group, label in (names or {}).items():
                h5.require_group(f"{group}/vars").attrs["name"] = label
            if edit is not None:
                edit(h5)
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", content.getvalue())
        return path

    return written
