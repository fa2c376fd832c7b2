"""Which runs a resume by itself starts from: those that stopped, and those whose cell broke off behind them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import staged
from stories import STORIES

from kresume_nb.run import codec
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Cell
from kresume_nb.run.run_state import read_state
from kresume_nb.run.writer import lock
from kresume_nb.server.stopped import find_stopped

CELL = Cell(id="train", source="kr.fit(…)", place=1)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Makes a run of the kernel `k1`, taken up at a given time; by default by a cell that broke off."""

    def made(story: str, started: float = 100.0, **fields: Any) -> Path:
        run = staged.written(tmp_path, STORIES[story])
        (run / "checkpoints").mkdir(exist_ok=True)
        for one in read_state(run).summary.checkpoints:
            (run / "checkpoints" / one.file).touch()
        header = read_header(run)
        writer = replace(header.writer, kernel="k1", started=started)
        known = {"cell": CELL, "execution": "first", "execution_complete": False}
        header = replace(header, writer=writer, **(known | fields))
        (run / "run.json").write_text(codec.dumps(header))
        return run

    return made


def ends_at(time: float) -> Callable[[str, float], bool]:
    """A server that saw the kernel `k1` end at that time."""
    return lambda kernel, since: kernel == "k1" and since <= time


def found(run: Path, ended: float = 200.0) -> Any:
    return find_stopped(run, 7.0, ends_at(ended))


def test_a_run_that_nobody_is_behind_any_more(make):
    run = make("killed")
    stopped = found(run)
    assert (stopped.path, stopped.since, stopped.broke_off) == (run, 7.0, False)
    held = lock(run)
    assert found(run) is None, "its process holds its lock"
    held.release()


def test_a_run_that_finished_while_its_cell_did_not(make):
    stopped = found(make("finished"))
    assert stopped.broke_off
    assert stopped.step == 12 * stopped.header.batches


@pytest.mark.parametrize(
    "fields",
    [
        {"execution_complete": True},
        {"execution_failed": True},  # whoever was there knows of it
        {"execution": ""},  # of an older version
    ],
)
def test_not_one_whose_execution_was_settled(make, fields):
    assert found(make("finished", **fields)) is None


def test_not_while_its_kernel_lives(make):
    assert found(make("finished", started=300.0)) is None


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"started": 150.0}, False),  # the cell went on behind it
        ({"started": 50.0}, True),
        ({"started": 150.0, "cell": replace(CELL, id="other")}, True),
    ],
)
def test_only_the_last_training_of_its_cell_speaks_for_it(make, other, expected):
    run = make("finished")
    make("finished", **other)
    assert (found(run) is not None) is expected


def test_not_beside_one_that_stopped_in_the_same_execution(make):
    run = make("finished")
    make("killed", started=50.0)
    assert found(run) is None


def test_neither_one_that_was_stopped_in_order_nor_one_that_is_none(make, tmp_path):
    assert found(make("interrupted")) is None
    assert found(tmp_path / "nothing-001") is None
    run = make("killed")
    (run / "run.json").write_text("{")
    assert found(run) is None
