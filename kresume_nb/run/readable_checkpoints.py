"""Which checkpoints of a run a page may have read: files of its own that lie there, and no links."""

from __future__ import annotations

from pathlib import Path

from kresume_nb.run import files, layout
from kresume_nb.run.records import Checkpoint
from kresume_nb.run.run_state import read_state


def readable(run: Path) -> list[Checkpoint]:
    """Those that the journal names, oldest first."""
    return [one for one in read_state(run).summary.checkpoints if is_readable(run, one.file)]


def is_readable(run: Path, file: str) -> bool:
    """Whether that is a file of the run, and no link to something else.

    Raises:
        ArgumentError: if it is not the name of a checkpoint.
    """
    return files.is_file(layout.checkpoint_path(run, file))
