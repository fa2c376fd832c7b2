"""A share of `make torture`: little of everything, with the same luck each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
for folder in ("crash", "browser", "torture"):
    sys.path.insert(0, str(TESTS / folder))
import below
import torture
import verdict

pytestmark = pytest.mark.crash

SHARES = {
    "kills": 9,
    "power": 8,
    "refusals": 12,
    "below": 6,
    "damage": 2,
    "folders": 4,
    "hdf5": 5,
    "configurations": 20,
}


@pytest.mark.parametrize("part", torture.PARTS)
def test_a_share_of_the_torture(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if part == "below":
        _needs_a_compiler(tmp_path)
    rows = torture.run(verdict.Plan(20261128, SHARES[part], tmp_path / part), [part])
    assert all(row.tried for row in rows)
    assert not [lost for row in rows for lost in row.lost]


def _needs_a_compiler(folder):
    try:
        return below.library(folder)
    except verdict.NotTriedError as error:
        pytest.skip(str(error))


REFUSED = """
import errno, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import h5py
from shim import Below
shim = Below(Path(sys.argv[2]), (int(sys.argv[3]), 10**6, errno.EIO))
shim.install()
try:
    h5py.File(Path(sys.argv[2]) / "a.h5", "w").close()
except OSError as error:
    print(error)
print(*shim.calls, sep="\\n")
"""


@pytest.mark.parametrize("first", [1, 3])
def test_what_a_library_in_c_writes_is_refused(first, tmp_path):
    shim = _needs_a_compiler(tmp_path)
    place = tmp_path / "place"
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(TESTS / "crash"), str(place), str(first)],
        capture_output=True,
        text=True,
        env=os.environ | {"LD_PRELOAD": str(shim)},
        timeout=60,
        check=False,
    )
    assert f"open {place}/a.h5" in done.stdout
    assert "Input/output error" in done.stdout


def test_a_part_that_cannot_be_tried_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert torture.run(verdict.Plan(7, 1, tmp_path / "x"), ["below"]) == []
    assert "below: NOT TRIED: refusals below Python need" in capsys.readouterr().out


def test_a_loss_is_counted_and_told(capsys):
    row = verdict.Row("nothing at all")
    row.judge("one", lambda: None)
    row.judge("another", lambda: 1 / 0)
    plan = verdict.Plan(7, 2, Path("nowhere"))
    assert (row.tried, row.survived) == (2, 1)
    assert "LOST by nothing at all: another: ZeroDivisionError" in capsys.readouterr().out
    assert verdict.table([row], plan).splitlines()[-1].split("|")[2:-1] == [
        f"{2:>9} "[1:],
        f"{1:>10} "[1:],
        f"{1:>7} "[1:],
    ]
