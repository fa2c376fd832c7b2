from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from kresume_nb.run.records import Checkpoint, Position
from kresume_nb.weights.changes import compare
from kresume_nb.weights.series import series

KERNEL = "layers/dense/vars/0"


def checkpoint(epoch):
    return Checkpoint(
        time=0.0,
        file=f"epoch-{epoch:04d}.keras",
        position=Position(epoch=epoch, batch=0, step=4 * epoch),
        bytes=1,
        seconds=0.1,
        monitor=None,
        value=None,
    )


@pytest.fixture
def run(write, tmp_path):
    """A run folder with four checkpoints, and their events; the third is damaged."""
    (tmp_path / "checkpoints").mkdir()
    random = np.random.default_rng(0)
    kernel = random.standard_normal((30, 20), np.float32)
    events = [checkpoint(number) for number in (1, 2, 3, 4)]
    for number, event in enumerate(events):
        moved = kernel + np.float32(0.1 * number)
        arrays = {KERNEL: moved, "layers/dense_1/vars/0": kernel}
        write(f"checkpoints/{event.file}", arrays, {"layers/dense": "in"})
    (tmp_path / "checkpoints" / events[2].file).write_bytes(b"damaged")
    return tmp_path, events


def test_each_layer_has_its_way_from_checkpoint_to_checkpoint(run):
    folder, events = run
    found = series(folder, events, "r")
    assert found.files == ["epoch-0001.keras", "epoch-0002.keras", "epoch-0004.keras"]
    assert [one.epoch for one in found.positions] == [1, 2, 4]
    assert [one.file for one in found.damaged] == ["epoch-0003.keras"]
    moving, still = found.layers
    assert (moving.label, still.label) == ("in", "dense_1")
    files = [folder / "checkpoints" / one for one in found.files]
    for number in (0, 1):
        of_two = compare(Path(files[number]), Path(files[number + 1])).layers[0].weights
        assert moving.relative[number] == pytest.approx(of_two.relative)
        assert moving.norm[number + 1] == pytest.approx(of_two.norm_b)
    assert still.relative == [0.0, 0.0]
    assert moving.dead == [0, 0, 0]


def test_a_layer_that_a_checkpoint_lacks_is_not_a_number_there(run, write):
    folder, events = run
    arrays = {KERNEL: np.ones((30, 20), np.float32)}
    write(f"checkpoints/{events[0].file}", arrays)
    found = series(folder, events, "r")
    other = next(one for one in found.layers if one.path == "layers/dense_1")
    assert [math.isnan(one) for one in other.norm] == [True, False, False]
    assert [math.isnan(one) for one in other.relative] == [True, False]


def test_a_run_without_checkpoints_has_an_empty_series(tmp_path):
    found = series(tmp_path, [], "r")
    assert (found.files, found.layers) == ([], [])
