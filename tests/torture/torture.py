"""`make torture`: all that can happen to a run folder, tried often, and what was lost by it.

    SEED=7 COUNT=1000 PARTS=kills,hdf5 python tests/torture/torture.py

`SEED` makes every random choice (default: drawn, and printed), `COUNT` is the number of SIGKILLs
(default 500); the other numbers grow with it. A loss is printed with what was done; the exit code is
then 1. A share of it is a test (`test_share.py`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

TESTS = Path(__file__).parents[1]
for folder in ("crash", "browser", "torture"):
    sys.path.insert(0, str(TESTS / folder))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import below
import configurations
import damage
import folders
import hdf5_inputs
import kills
from verdict import NotTriedError, Part, Plan, Row, table, timed

PARTS: dict[str, Part] = {
    "kills": kills.kills,
    "power": kills.power,
    "refusals": kills.refusals,
    "below": below.below,
    "damage": damage.damage,
    "folders": folders.folders,
    "hdf5": hdf5_inputs.hdf5,
    "configurations": configurations.configurations,
}


def run(plan: Plan, parts: list[str]) -> list[Row]:
    """Carries the parts out; tells each when it is done."""
    rows: list[Row] = []
    for name in parts:
        part, _, piece = name.partition(":")
        try:
            done = timed(PARTS[part], replace(plan, piece=piece))
        except NotTriedError as error:
            print(f"    {name}: NOT TRIED: {error}", flush=True)
            continue
        rows += done
        for row in done:
            print(f"{row.what}: {row.tried:,} tried, {len(row.lost):,} lost", flush=True)
        print(f"    {name}: {done[0].seconds:.0f} s", flush=True)
    return rows


def main() -> int:
    """Prints the table; 1 if anything was lost."""
    drawn = int.from_bytes(os.urandom(3), "big")
    seed, count = int(os.environ.get("SEED") or drawn), int(os.environ.get("COUNT") or 500)
    parts = [one for one in os.environ.get("PARTS", "").split(",") if one] or list(PARTS)
    print(f"SEED={seed} COUNT={count} PARTS={','.join(parts)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="kresume-torture-") as folder:
        plan = Plan(seed, count, Path(folder))
        rows = run(plan, parts)
    print(f"\n{table(rows, plan)}")
    return 1 if any(row.lost for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
