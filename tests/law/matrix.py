"""Tries every combination on every backend and prints what was found as a table in Markdown.

    python tests/law/matrix.py [kills] [part of a name …]

Each combination is trained unbroken, and killed and resumed after `kills` steps (3 unless given)
that are drawn from a seed. `make matrix` runs it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).parent))
from harness import Law, Trial
from scenarios import BACKENDS
from scenarios.cells import Cell, cells


def main(kills: int, parts: list[str]) -> int:
    chosen = [one for one in cells() if all(part in str(one) for part in parts)]
    failed: list[str] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        law = Law(Path(folder))
        try:
            verdicts = {
                cell: _judge(law, cell, kills, failed) for cell in _begun(law, chosen, kills)
            }
        finally:
            law.close()
    print(table(verdicts))
    seconds = time.monotonic() - began
    print(f"\n{len(chosen)} combinations, {kills} kills each, {seconds:.0f} s.", file=sys.stderr)
    for one in failed:
        print(one, file=sys.stderr)
    return 1 if failed else 0


def _trials(cell: Cell, kills: int) -> list[Trial]:
    return [Trial(cell, (step,)) for step in cell.points(kills)] if cell.supported else []


def _begun(law: Law, chosen: list[Cell], kills: int) -> list[Cell]:
    for cell in chosen:
        for trial in _trials(cell, kills):
            law.submit(trial)
    return chosen


def _judge(law: Law, cell: Cell, kills: int, failed: list[str]) -> str:
    print(f"{cell} …", file=sys.stderr, flush=True)
    if not cell.supported:
        return f"not supported ({cell.unsupported})" if cell.unsupported else "not supported"
    found = set()
    for trial in _trials(cell, kills):
        try:
            found.add(law.judge(trial))
        except AssertionError as error:
            failed.append(f"{trial}: {error}")
            return "**differs**"
    found -= {"exact"} if len(found) > 1 else set()
    return ", ".join("exact" if one == "exact" else f"approximate ({one})" for one in sorted(found))


def table(verdicts: dict[Cell, str]) -> str:
    """Rows are combinations, columns backends; what the base entry would be is left blank."""
    rows: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for cell, verdict in verdicts.items():
        rows[cell.source, cell.model, cell.callbacks][cell.backend] = verdict
    lines = [
        f"| data | model | callbacks | {' | '.join(BACKENDS)} |",
        "| --- | --- | --- | " + " | ".join("---" for _ in BACKENDS) + " |",
    ]
    for names, found in rows.items():
        cells_of_row = [*(_words(one) for one in names), *(found.get(one, "") for one in BACKENDS)]
        lines.append(f"| {' | '.join(cells_of_row)} |")
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    sys.exit(main(numbers[0] if numbers else 3, [one for one in sys.argv[1:] if not one.isdigit()]))
