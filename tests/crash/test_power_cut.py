"""A power cut after any system call: what was not fsynced is gone (`disk.py`)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from disk import WAYS, Disk, build

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def recorded(sessions):
    """Where a session worked, and the calls that it made."""
    assert sessions.run("power") == 0
    return str(sessions.root("power")), sessions.calls("power")


@pytest.mark.parametrize("way", WAYS)
def test_a_power_cut_after_any_system_call(way, recorded, check_folder, tmp_path):
    root, calls = recorded
    disk, told, resumed_at = Disk(root), -1, set()
    for number, one in enumerate(calls):
        disk.apply(one)
        told = max([told, *map(int, one.get("told", []))])
        target = tmp_path / "after"
        build(disk.files(way), root, target)
        try:
            at = check_folder(target, told, pruned_may_be_gone=True)
        except BaseException as error:
            error.add_note(f"power cut after call {number}: {one['call']} {one['path']}")
            raise
        resumed_at.add(at.step if at else None)
        shutil.rmtree(target)
    assert resumed_at == {None, 2, 4, 6, 8, 10, 12}


def test_the_model_is_the_disk_when_everything_was_synced(recorded, sessions, tmp_path):
    root, calls = recorded
    disk = Disk(root)
    for one in calls:
        disk.apply(one)
    build(disk.files("names at once"), root, tmp_path / "all")
    for path in sorted((tmp_path / "all").rglob("*")):
        real = Path(root) / path.relative_to(tmp_path / "all")
        assert real.exists()
        if path.name in ("journal.jsonl", "history.json", "run.json") or path.suffix == ".keras":
            assert path.read_bytes() == real.read_bytes()
    assert len(list((tmp_path / "all").rglob("*"))) == len(list(Path(root).rglob("*")))
