"""Deletes checkpoints of a run that nobody writes, and says so in its journal."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from kresume_nb.run import atomic, codec, files, layout
from kresume_nb.run.marks import read_marks
from kresume_nb.run.reader import read_header, read_journal
from kresume_nb.run.records import Pruned
from kresume_nb.run.retention import Fate, Rule, decide
from kresume_nb.run.run_state import read_state
from kresume_nb.run.writer import lock


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule makes of the checkpoints of a run."""

    run: Path
    fates: list[Fate]

    @property
    def going(self) -> list[Fate]:
        """Those that go."""
        return [one for one in self.fates if not one.stays]

    @property
    def bytes(self) -> int:
        """That become free."""
        return sum(one.checkpoint.bytes for one in self.going)


def plan(run: Path, rule: Rule) -> Plan:
    """What would go; nothing is changed.

    Raises:
        CorruptRecordError: if header or marks cannot be read: then nothing may go.
        NewerSchemaError: if a newer version wrote the run.
        RunNotFoundError: if it is no run.
    """
    read_header(run)
    return Plan(run, decide(read_state(run).summary, read_marks(run), rule))


def prune(run: Path, rule: Rule) -> Plan:
    """Deletes what the rule lets go; returns what it came to.

    The rule is applied anew while the run is locked: what went on since a preview counts. The
    journal says what goes before it goes; a kill in between leaves a file that no list names.

    Raises:
        RunLockedError: if a process writes the run: its own retention rule keeps it tidy.
        RunFolderError: if it cannot be written.
    """
    held = lock(run)
    try:
        decided = plan(run, rule)
        files = [one.checkpoint.file for one in decided.going]
        if files:
            _append(run, Pruned(time=time.time(), files=files))
            for name in files:
                atomic.remove(layout.checkpoint_path(run, name))
            _derive(run)
        return decided
    finally:
        held.release()


def _append(run: Path, event: Pruned) -> None:
    line = codec.dumps(event).encode() + b"\n"
    with files.changing(run / layout.JOURNAL) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line  # ends the line that a kill left torn
        file.seek(0, os.SEEK_END)
        file.write(line)
        atomic.sync(file)


def _derive(run: Path) -> None:
    """Rewrites `history.json`, which lists checkpoints, too."""
    fold = read_journal(run, keep_steps=False).fold
    size = files.info(run / layout.JOURNAL).st_size
    document = {**fold.history(), "kresume": fold.summary(run.name, size)}
    atomic.write(run / layout.HISTORY, codec.dumps(document).encode())
