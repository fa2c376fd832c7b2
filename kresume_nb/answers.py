"""What the widget of a comparison may ask its kernel, read from the run folders as they stand then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run import heartbeat, layout
from kresume_nb.run.compared import read_compared
from kresume_nb.run.downsampling import downsample
from kresume_nb.run.readable_checkpoints import is_readable
from kresume_nb.run.records import CheckpointRef, CompareAsk, Compared
from kresume_nb.worker import checkpoints
from kresume_nb.worker.process import Worker


class Answers:
    """Reads for a widget what its page asks, as it stands then: of the runs it compares only."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = frozenset(keys)
        self._worker = Worker()

    def answer(self, ask: CompareAsk) -> tuple[Any, bool]:
        """The record that is asked for; of a run, also whether it lost its process.

        Raises:
            RunNotFoundError: if it is not in this comparison, or keeps no such checkpoint.
            KResumeError: if a checkpoint is damaged.
        """
        if ask.what in ("run", "whole"):
            run = read_compared(self._path(ask.run))
            return run if ask.what == "whole" else downsample(run), _is_lost(run)
        if ask.what == "series":
            path = self._path(ask.run)
            return checkpoints.series(self._worker, path, ask.run), False
        if ask.a is None or ask.b is None:
            raise RunNotFoundError(f"{ask.what} needs two checkpoints. Received: fewer.")
        a, b = self._file(ask.a), self._file(ask.b)
        if ask.what == "histogram":
            return checkpoints.histogram(self._worker, a, b, ask.variable), False
        return checkpoints.compare(self._worker, a, b, (ask.a, ask.b)), False

    def _path(self, key: str) -> Path:
        if key not in self._keys:
            raise RunNotFoundError(f"There is no run {key!r} in this comparison.")
        return Path(key)

    def _file(self, ref: CheckpointRef) -> Path:
        path = self._path(ref.run)
        if not is_readable(path, ref.file):
            raise RunNotFoundError(f"{path.name} does not keep a checkpoint {ref.file!r}.")
        return layout.checkpoint_path(path, ref.file)


def _is_lost(run: Compared) -> bool:
    if run.summary is None or run.summary.status != "running":
        return False
    age = heartbeat.age(Path(run.key))
    return age is not None and age > heartbeat.SILENT_SECONDS  # Never beaten: nobody can tell.
