"""The sign of life of a process that trains: the time of the run's `heartbeat`, renewed every 2 s."""

from __future__ import annotations

import time
from pathlib import Path

from kresume_nb.run import files, layout

SILENT_SECONDS = 10.0
"""Seconds after which a heartbeat that stands still has lost its process."""


def age(run: Path) -> float | None:
    """Seconds since a run's last sign of life; None if there is none."""
    try:
        return max(0.0, time.time() - files.info(run / layout.HEARTBEAT).st_mtime)
    except OSError:
        return None
