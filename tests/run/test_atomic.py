from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from kresume_nb.run import atomic


@pytest.fixture
def calls(monkeypatch):
    """The calls that make a file durable, in order."""
    made = []

    def watch(name, real):
        def call(target, *rest, **folders):
            where = Path(f"/proc/self/fd/{target}" if isinstance(target, int) else target)
            called = where.readlink().name if isinstance(target, int) else where.name
            made.append((name, re.sub(r"\.[0-9a-f]{8}\.", ".*.", called)))
            return real(target, *rest, **folders)

        return call

    for name in ("fsync", "replace", "rename", "unlink"):
        monkeypatch.setattr(os, name, watch(name, getattr(os, name)))
    return made


def test_a_file_is_fsynced_renamed_and_its_folder_fsynced_in_this_order(tmp_path, calls):
    atomic.write(tmp_path / "run.json", b"new")
    assert calls == [
        ("fsync", "run.json.*.tmp"),
        ("replace", "run.json.*.tmp"),
        ("fsync", tmp_path.name),
    ]
    assert (tmp_path / "run.json").read_bytes() == b"new"


def test_what_can_be_derived_again_is_not_fsynced(tmp_path, calls):
    atomic.write(tmp_path / "history.json", b"new", durable=False)
    assert calls == [("replace", "history.json.*.tmp")]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), ValueError("x"), KeyboardInterrupt()]
)
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(error, tmp_path):
    target = tmp_path / "run.json"
    target.write_bytes(b"old")

    def attempt():
        with atomic.replacing(target) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        attempt()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("run.json", b"old")]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_system_call_leaves_the_old_file_and_nothing_else(call, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    target = tmp_path / "run.json"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="Input/output error"):
        atomic.write(target, b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("run.json", b"old")]


def test_the_target_is_the_old_file_until_the_block_ends(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with atomic.replacing(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_a_file_that_is_gone_is_removed_without_complaint(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert atomic.remove(tmp_path / "a") is True
    assert atomic.remove(tmp_path / "a") is False


def test_only_temporaries_are_cleared_away(tmp_path):
    for name in ("a.keras", "a.keras.tmp", "a.keras.h5.tmp", "tmp", "keep.tmp"):
        (tmp_path / name).write_bytes(b"")
    removed = atomic.remove_temporaries(tmp_path, keep=lambda path: path.name == "keep.tmp")
    assert sorted(path.name for path in removed) == ["a.keras.h5.tmp", "a.keras.tmp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.keras", "keep.tmp", "tmp"]
