"""Pictures of the compare view: few runs and many, two of them, checkpoints, narrow and dark."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import comparisons
import lab
from album import Album, begun, theme

FAMILY = ["adam-001", "sgd-001", "rmsprop-001", "adam-002", "adam-003"]
PICTURES: dict[str, tuple[list[str], int, dict[str, Any]]] = {
    "compare-5-runs": (FAMILY, 1300, {}),
    "compare-2-runs": (FAMILY[:2], 1300, {}),
    "compare-50-runs": ([f"sweep-{number:03}" for number in range(1, 51)], 1300, {}),
    "compare-narrow": (FAMILY, 420, {}),
    "compare-checkpoints": (
        FAMILY[:1],
        1300,
        {
            "checkpoints": [
                {"run": "kresume_runs/adam-001", "file": "epoch-0005.keras"},
                {"run": "kresume_runs/adam-001", "file": "epoch-0020.keras"},
            ]
        },
    ),
}
"""By name: the runs, the width, and what else the command is given."""


def take(chromium: Any, album: Album) -> None:
    """Each light and dark."""
    wanted = album.on_both_grounds(PICTURES)
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        adam, *_ = comparisons.family(root / "kresume_runs")
        comparisons.with_weights(adam)
        comparisons.fifty(root / "kresume_runs")
        with lab.Lab(root) as server:
            for name, runs, width, more, dark in wanted:
                context = chromium.new_context(viewport={"width": width + 100, "height": 2000})
                page = context.new_page()
                begun(page, server)
                theme(page, dark)
                page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
                page.evaluate(
                    "args => void window.jupyterapp.commands.execute('kresume:compare', args)",
                    {"runs": [f"kresume_runs/{run}" for run in runs], **more},
                )
                view = page.locator(".kr-Compare[data-complete=true]")
                view.wait_for()
                album.take(view, name)
                context.close()
