"""Checkpoints side by side, asked of a real server."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kresume_nb.server.changes import Answers

GOLDEN = Path(__file__).parents[1] / "golden"
KERNEL = "layers/dense/vars/0"
TWO = "changes?a=kresume_runs/net-001&a_file=epoch-0001.keras&b=kresume_runs/net-001&b_file="


@pytest.fixture(scope="module", autouse=True)
def run(server):
    """A golden run with the checkpoints that its journal names; one of them damaged."""
    folder = server.root / "kresume_runs" / "net-001"
    shutil.copytree(GOLDEN / "finished", folder)
    (folder / "checkpoints").mkdir()
    for number in (1, 2):
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            h5[KERNEL] = np.full((3, 2), number, np.float32)
        path = folder / "checkpoints" / f"epoch-000{number}.keras"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model.weights.h5", content.getvalue())
    (folder / "checkpoints" / "epoch-0003.keras").write_bytes(b"damaged")
    return folder


def test_two_checkpoints_are_compared(ask):
    status, found = ask(f"{TWO}epoch-0002.keras")
    assert status == 200
    assert found["a"] == {"run": "kresume_runs/net-001", "file": "epoch-0001.keras"}
    (layer,) = found["layers"]
    assert (layer["label"], layer["weights"]["relative"]) == ("dense", 1.0)
    assert layer["weights"]["cosine"] == pytest.approx(1.0)


def test_a_histogram_is_made_on_demand(ask):
    status, found = ask(f"{TWO}epoch-0002.keras&variable={KERNEL}")
    assert status == 200
    assert (sum(found["a"]), sum(found["b"])) == (6, 6)
    assert ask(f"{TWO}epoch-0002.keras&variable=nothing")[0] == 409


def test_the_series_of_a_run_passes_damage_over_and_says_so(ask):
    status, found = ask("changes/series?run=kresume_runs/net-001")
    assert status == 200
    assert found["files"] == ["epoch-0001.keras", "epoch-0002.keras"]
    assert found["layers"][0]["relative"] == [1.0]
    assert [one["file"] for one in found["damaged"]] == ["epoch-0003.keras"]


def test_a_damaged_checkpoint_is_an_answer_in_words(ask):
    status, said = ask(f"{TWO}epoch-0003.keras")
    assert (status, said["reason"]) == (409, "CorruptCheckpointError")
    assert "epoch-0003.keras" in said["message"]


@pytest.mark.parametrize(
    ("file", "status"),
    [("epoch-0009.keras", 404), ("../../run.json", 409), ("..%2F..%2Frun.json", 409)],
)
def test_nothing_but_checkpoints_is_read(ask, file, status):
    assert ask(f"{TWO}{file}")[0] == status


def test_a_link_is_no_checkpoint(ask, run):
    (run / "checkpoints" / "epoch-0007.keras").symlink_to(run / "checkpoints" / "epoch-0001.keras")
    assert ask(f"{TWO}epoch-0007.keras")[0] == 404


def test_nobody_without_the_token_reads_weights(ask):
    assert ask(f"{TWO}epoch-0002.keras", token="another")[0] == 403  # noqa: S106


def test_answers_are_worked_out_once_and_the_oldest_are_forgotten():
    asked = []

    answers = Answers(most=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert answers.get((key,), lambda key=key: asked.append(key) or key) == key
    assert asked == ["a", "b", "c", "b"]
