"""All that a training leaves, as values by name that can be compared bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

GROUPS = (
    "weights",
    "seeds",
    "optimizer",
    "metrics",
    "History",
    "steps",
    "callbacks",
    "model attributes",
    "random streams",
)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one training left.

    Args:
        arrays: values of variables, by (group, name).
        texts: everything else, as text that is equal where the values are.
        findings: of the resume report: verdict, what, detail.
        checkpoint: file that the training went on from; empty if it never did.
    """

    arrays: dict[tuple[str, str], Any]
    texts: dict[tuple[str, str], str]
    findings: list[tuple[str, str, str]]
    checkpoint: str = ""
    steps: int = 0

    def write(self, path: Path) -> None:
        """Writes two files, `path` with `.json` and with `.npz`."""
        kinds = {}
        stored = {}
        for number, ((group, name), value) in enumerate(self.arrays.items()):
            kinds[str(number)] = [group, name, str(value.dtype)]
            stored[str(number)] = (
                value.view(f"u{value.dtype.itemsize}") if value.dtype.kind == "V" else value
            )
        np.savez(path.with_suffix(".npz"), **stored)
        text = json.dumps(
            {
                "arrays": kinds,
                "texts": [[*key, value] for key, value in self.texts.items()],
                "findings": self.findings,
                "checkpoint": self.checkpoint,
                "steps": self.steps,
            }
        )
        path.with_suffix(".json").write_text(text)


def read(path: Path) -> Outcome:
    """What `Outcome.write` wrote."""
    data = json.loads(path.with_suffix(".json").read_text())
    with np.load(path.with_suffix(".npz")) as stored:
        arrays = {
            (group, name): stored[number] for number, (group, name, _) in data["arrays"].items()
        }
    return Outcome(
        arrays,
        {(group, name): value for group, name, value in data["texts"]},
        [tuple(one) for one in data["findings"]],
        data["checkpoint"],
        data["steps"],
    )
