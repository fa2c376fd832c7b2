"""How a run stands and what its epochs brought, without its steps.

`history.json` tells all that if it was written from the whole journal, which its summary says by the
journal's length. Else (training was killed, or goes on right now) the journal is folded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kresume_nb.errors import CorruptRecordError, NewerSchemaError
from kresume_nb.run import codec, files, layout, limits
from kresume_nb.run.migrations import migrate
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Summary


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of a run at epochs' ends."""

    summary: Summary
    history: dict[str, list[float]]
    """Metrics, as in `History.history`."""

    @property
    def last(self) -> dict[str, float]:
        """The metrics of the last epoch."""
        number = self.summary.epoch[-1] if self.summary.epoch else None
        return {
            name: values[-1]
            for name, values in self.history.items()
            if values and self.summary.lacking.get(name, [number])[-1] == number
        }


@dataclass(frozen=True, slots=True)
class _Columns:
    logs: dict[str, list[float]]


def read_state(run: Path) -> RunState:
    """The state of the run in that folder.

    Raises:
        CorruptRecordError: if the journal is none.
        OSError: if it cannot be read.
    """
    return _from_history(run) or _from_journal(run)


def read_history(run: Path) -> RunState:
    """What `history.json` tells: all there is, if its summary's `journal` is the journal's length.

    Raises:
        FileNotFoundError: if there is none yet.
        CorruptRecordError: if it cannot be read; the message names it.
        NewerSchemaError: if a newer version wrote it.
    """
    path = run / layout.HISTORY
    document = codec.read(path, limits.HISTORY)
    try:
        said = document.pop("kresume", None)
        summary = codec.decode(Summary, migrate(said if isinstance(said, dict) else {}, path))
        history = codec.decode(_Columns, {"logs": document}).logs
    except CorruptRecordError as error:
        raise CorruptRecordError(f"{path}: {error}") from error
    return RunState(replace(summary, name=run.name), history)


def _from_history(run: Path) -> RunState | None:
    try:
        size = files.info(run / layout.JOURNAL).st_size
        found = read_history(run)
    except (OSError, CorruptRecordError, NewerSchemaError):
        return None  # derived: the journal has it all; `run.json` tells whether a newer version wrote it
    return found if found.summary.journal == size else None


def _from_journal(run: Path) -> RunState:
    fold = read_journal(run, keep_steps=False).fold
    return RunState(fold.summary(run.name), fold.history())
