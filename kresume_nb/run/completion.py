"""Notes in run folders of how the execution which trained them came to its end."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from kresume_nb.errors import KResumeError
from kresume_nb.run import files, headers
from kresume_nb.run.run_state import read_state
from kresume_nb.run.writer import lock


def mark(runs: Sequence[Path], execution: str) -> None:
    """Marks all of them as complete if all of them are finished; else none.

    Args:
        runs: trained or given back by one execution.
        execution: its id.
    """
    try:
        there = _there(runs)
        if all(read_state(run).summary.status == "finished" for run in there):
            for run in there:
                _write(run, execution=execution, execution_complete=True, execution_failed=False)
    except (KResumeError, OSError) as error:
        warnings.warn(
            f"kresume_nb: {error}. Run again, this cell gives back what it has trained instead of "
            "training it anew; pass resume='never' to train it anew.",
            stacklevel=2,
        )


def mark_failed(runs: Sequence[Path]) -> None:
    """Marks them as trained by an execution that an error or the stop button ended.

    Args:
        runs: finished by one execution, or given back.
    """
    with suppress(KResumeError, OSError):  # the page then offers to go on once the kernel is gone
        for run in _there(runs):
            _write(run, execution_failed=True)


def _there(runs: Sequence[Path]) -> list[Path]:
    return [run for run in runs if files.is_run(run)]  # others were deleted


def _write(run: Path, **fields: Any) -> None:
    header = headers.amended(run, **fields)
    if header is None:
        return
    held = lock(run)
    try:
        headers.store(run, header)
    finally:
        held.release()
