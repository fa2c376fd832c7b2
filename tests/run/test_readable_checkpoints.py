from __future__ import annotations

import shutil

import pytest

from kresume_nb.errors import ArgumentError
from kresume_nb.run.readable_checkpoints import is_readable, readable


@pytest.fixture
def run(golden, tmp_path):
    """A run that names three checkpoints, of which two are there."""
    path = shutil.copytree(golden / "finished", tmp_path / "net-001")
    (path / "checkpoints").mkdir(exist_ok=True)
    for epoch in (1, 2):
        (path / "checkpoints" / f"epoch-000{epoch}.keras").write_bytes(b"weights")
    return path


def test_those_are_kept_that_are_named_and_there(run):
    assert [one.file for one in readable(run)] == ["epoch-0001.keras", "epoch-0002.keras"]


def test_a_link_is_not_kept_wherever_it_leads(run, tmp_path):
    place = run / "checkpoints"
    (place / "epoch-0002.keras").rename(tmp_path / "away.keras")
    (place / "epoch-0002.keras").symlink_to(tmp_path / "away.keras")
    (place / "epoch-0003.keras").symlink_to(place / "epoch-0001.keras")
    assert [one.file for one in readable(run)] == ["epoch-0001.keras"]
    (place / "epoch-0004.keras").symlink_to("epoch-0004.keras")
    assert not is_readable(run, "epoch-0004.keras")


def test_in_a_folder_that_a_link_leads_to_files_are_the_runs_own(run, tmp_path):
    (tmp_path / "linked").symlink_to(tmp_path)
    assert is_readable(tmp_path / "linked" / run.name, "epoch-0001.keras")
    elsewhere = tmp_path / "elsewhere"
    (run / "checkpoints").rename(elsewhere)
    (run / "checkpoints").symlink_to(elsewhere)
    assert not is_readable(run, "epoch-0001.keras")


def test_a_path_is_no_name_of_a_checkpoint(run):
    with pytest.raises(ArgumentError, match=r"run\.json"):
        is_readable(run, "../run.json")
