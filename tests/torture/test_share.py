"""A share of `make torture`: little of everything, with the same luck each time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

for folder in ("crash", "browser", "torture"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
import torture
import verdict

pytestmark = pytest.mark.crash

SHARES = {
    "kills": 9,
    "power": 8,
    "refusals": 12,
    "damage": 4,
    "folders": 4,
    "hdf5": 5,
    "configurations": 20,
}


@pytest.mark.parametrize("part", torture.PARTS)
def test_a_share_of_the_torture(part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = torture.run(verdict.Plan(20261128, SHARES[part], tmp_path / part), [part])
    assert all(row.tried for row in rows)
    assert not [lost for row in rows for lost in row.lost]


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
