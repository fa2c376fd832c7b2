"""Opens the run that training goes on in: everything that can be refused is refused here.

Until `begin` nothing is written, so a model or data that do not fit leave the folder untouched.
"""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
import keras

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import codec, reader, writer
from kresume_nb.run.records import Epoch, Parent, Position, Writer
from kresume_nb.run.resume_choice import Choice, Continue, Fork, GiveBack, StoredRun
from kresume_nb.run.writer import RunWriter
from kresume_nb.train.checkpoint import newest
from kresume_nb.train.checkpoint.newest import FoundCheckpoint
from kresume_nb.train.resume import assignment, describe, difference, refusal, report
from kresume_nb.train.resume.assignment import Assignment
from kresume_nb.train.resume.difference import Difference
from kresume_nb.train.state.all_callbacks import CallbackStates

PATIENCE = 0.5
"""A server that resumes runs by itself looks once a second whether a lock is free."""


@dataclass(slots=True)
class Opening:
    """A run about to be trained: a new one, one to go on in, or a fork.

    Args:
        place: folder of run folders.
        base: name that a new run is numbered under.
    """

    place: Path
    base: str
    known: StoredRun | None = None
    """The run to go on in, or that is forked."""
    found: FoundCheckpoint | None = None
    fork: bool = False
    difference: Difference = field(default_factory=Difference)
    """What changed since the checkpoint."""
    plan: Assignment | None = None
    """What of the checkpoint goes where."""
    held: filelock.BaseFileLock | None = None
    """The lock of a run to go on in; handed on to the writer."""
    incomplete: bool = False
    """The model lacks variables yet (`building.py`), so it was not compared with the checkpoint."""
    to_its_end: bool = False
    """Only the checkpoint at the run's end will do: it is to be given back."""

    def is_same_call(
        self,
        model: keras.Model,
        callbacks: Sequence[keras.callbacks.Callback],
        facts: dict[str, Any],
        asked: dict[str, Any],
        *,
        retry: bool = False,
    ) -> bool:
        """Whether the run is of a call like this one: arguments, model and data without a difference.

        Versions and devices may differ. Of Keras' own callbacks the settings count, of others the
        class.

        Args:
            facts: of this call.
            asked: its arguments.
            retry: it is one that failed a moment ago: callbacks and epochs may differ, too.
        """
        if self.known is None or self.found is None or self.incomplete:
            return False
        if self.to_its_end and self.found.position != self.known.fold.position:
            return False
        before, present = self.known.header.fit, codec.parse(codec.dumps(describe.plain(asked)))
        free = {"callbacks", "epochs"} if retry else set()
        if any(
            before.get(key, value) != value for key, value in present.items() if key not in free
        ):
            return False
        state = self.found.loaded.state
        then, now = state["facts"], codec.parse(codec.dumps(facts))
        ours = assignment.parts_of(model)
        theirs = assignment.stored_parts(state, ours)
        found = assignment.with_variables(difference.compare(then, now), ours, theirs)
        surroundings = difference.of_environment(then, now)
        harmless = [
            one for one in found.harmless if one not in surroundings and one.what not in free
        ]
        if found.wrong or harmless or self._rate_differs(then, now):
            return False
        return retry or not CallbackStates(callbacks).made_otherwise(state["callbacks"])

    def _rate_differs(self, then: dict[str, Any], now: dict[str, Any]) -> bool:
        old, new = (
            describe.learning_rate(one.get("training", {}).get("compile", {}))
            for one in (then, now)
        )
        # A model that was trained in this kernel may have any rate that training gave it.
        seen = {row.learning_rate for row in self.rows}
        return old != new and report.learning_rate(old, new, math.nan, seen).present is not None

    def compare(self, model: keras.Model, facts: dict[str, Any]) -> None:
        """Compares model, compilation and data with the checkpoint's, and plans what goes where.

        Raises:
            ArchitectureChangedError, ObjectiveChangedError, DataChangedError: if they differ. A
                fork, which is asked for knowingly, may differ, but for its data in mid-epoch.
        """
        if self.found is None or self.incomplete:
            return
        loaded, position = self.found.loaded, self.found.position
        ours = assignment.parts_of(model)
        theirs = assignment.stored_parts(loaded.state, ours)
        by = loaded.state.get("writer") or {}
        compared = difference.compare(
            loaded.state["facts"],
            facts,
            same_kernel=(by.get("pid"), by.get("host")) == (os.getpid(), socket.gethostname()),
        )
        self.difference = assignment.with_variables(compared, ours, theirs)
        if not self.fork:
            refused = refusal.refusal(self.difference, loaded.path, self._forkable())
            if refused is not None:
                raise refused
        elif position.batch and self.difference.data:
            raise refusal.mid_epoch_refusal(self.difference, loaded.path, self._forkable())
        self.plan = assignment.make(self.difference, ours, theirs, within=position.batch > 0)

    def _forkable(self) -> list[int]:
        """Numbers of epochs after which a checkpoint is kept."""
        if self.known is None:
            return []
        found = reader.candidates(self.known.path, self.known.fold)
        return [one.position.epoch for one in found if one.position.batch == 0]

    def begin(self) -> RunWriter:
        """Makes the folder of a new run, or takes up the old one, for writing."""
        if self.held is None or self.known is None:
            path = writer.new_folder(self.place, self.base)
            self.held = writer.lock(path)
        else:
            path = self.known.path
        held, self.held = self.held, None
        return RunWriter(path, held)

    def close(self) -> None:
        """Lets go of everything."""
        if self.held is not None:
            self.held.release()
            self.held = None
        if self.found is not None:
            self.found.loaded.close()

    @property
    def run(self) -> StoredRun:
        """The run to go on in, to give back or to fork, where there is one."""
        if self.known is None:
            raise RuntimeError("a new run has none to go on in")
        return self.known

    @property
    def broken_execution(self) -> str | None:
        """Of the run to go on in or to give back: the execution that has not come to its end."""
        if self.known is None or self.fork or self.known.header.execution_complete:
            return None
        return self.known.header.execution or None

    @property
    def checkpoint(self) -> FoundCheckpoint:
        """The checkpoint to go on from, where there is one."""
        if self.found is None:
            raise RuntimeError("a new run has no checkpoint to go on from")
        return self.found

    @property
    def epochs_before(self) -> int:
        """Epochs that had been asked for."""
        return self.known.fold.epochs if self.known is not None else 0

    @property
    def position(self) -> Position | None:
        """Where training goes on; None at the beginning."""
        return self.found.position if self.found is not None else None

    @property
    def facts(self) -> dict[str, Any] | None:
        """What the checkpoint says of its data."""
        return self.found.loaded.state["facts"] if self.found is not None else None

    @property
    def rows(self) -> list[Epoch]:
        """The epochs up to there."""
        if self.known is None or self.position is None:
            return []
        return [row for row in self.known.fold.rows if row.epoch <= self.position.epoch]

    @property
    def processes(self) -> list[Writer]:
        """Those that have trained this run; for a fork, none."""
        return reader.processes(self.known.path) if self.known is not None and not self.fork else []

    @property
    def parent(self) -> Parent | None:
        """What a fork says of its origin."""
        if not self.fork or self.known is None or self.found is None:
            return self.known.header.parent if self.known is not None else None
        return Parent(
            run=self.known.path.name,
            checkpoint=self.found.loaded.path.name,
            epoch=self.found.position.epoch,
        )

    @property
    def stopped(self) -> bool:
        """Whether a callback had ended the run at this checkpoint."""
        return self.found is not None and bool(self.found.loaded.state["stopped"])


def open_run(chosen: Choice, place: Path, base: str) -> Opening:
    """Opens what was chosen and finds the newest good checkpoint.

    Raises:
        RunLockedError: if another process writes the run.
        CorruptCheckpointError: if none of its checkpoints can be read.
    """
    opening = Opening(place, base)
    if isinstance(chosen, Fork):
        opening.known, opening.fork = chosen.run, True
        opening.found = newest.find([chosen.candidate])
    elif isinstance(chosen, GiveBack):
        opening.known, opening.to_its_end = chosen.run, True
        with suppress(CorruptCheckpointError):  # then it is not given back
            opening.found = newest.find(chosen.candidates)
    elif isinstance(chosen, Continue):
        opening.held = writer.lock(chosen.run.path, PATIENCE)
        try:
            opening.known = chosen.run
            opening.found = newest.find(chosen.candidates)
            if opening.found is None:
                raise CorruptCheckpointError(f"{chosen.run.path} has no checkpoint.")
        except BaseException:
            opening.close()
            raise
    return opening
