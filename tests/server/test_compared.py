"""Runs to compare, asked of a real server."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import comparisons

GOLDEN = Path(__file__).parents[1] / "golden"


def test_a_run_comes_in_one_answer(server, ask):
    shutil.copytree(GOLDEN / "finished", server.root / "kresume_runs" / "net-001")
    status, found = ask("compared?run=kresume_runs/net-001")
    assert status == 200
    assert found["key"] == "kresume_runs/net-001"
    assert found["header"]["name"]
    assert len(found["history"]["loss"]) == len(found["summary"]["epoch"])
    assert found["thinned"] == 0


def test_a_long_run_comes_thinned(server, ask):
    plan = comparisons.Plan(base="long", epochs=6000, metrics=("loss",), every=1000)
    run = comparisons.written(server.root / "kresume_runs", plan)
    status, found = ask(f"compared?run=kresume_runs/{run.name}")
    assert status == 200
    assert found["thinned"] == 6000
    assert len(found["summary"]["epoch"]) < 2000
    assert found["summary"]["epoch"][-1] == 6000


def test_what_cannot_be_read_is_told_and_what_is_not_there_is_not_found(server, ask):
    broken = server.root / "kresume_runs" / "broken-001"
    broken.mkdir(parents=True)
    (broken / "run.json").write_text("{")
    status, found = ask("compared?run=kresume_runs/broken-001")
    assert status == 200
    assert found["summary"] is None
    assert "run.json" in found["problem"]
    assert ask("compared?run=kresume_runs/nothing-001")[0] == 404
    assert ask("compared?run=../outside")[0] == 404
    assert ask("compared?run=kresume_runs/net-001", token="")[0] == 403
