"""Opens the run that training goes on in: everything that can be refused is refused here.

Until `begin` nothing is written, so a model or data that do not fit leave the folder untouched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
import keras

from kresume_nb.errors import CorruptCheckpointError
from kresume_nb.run import reader, writer
from kresume_nb.run.choice import Choice, Continue, Fork, Known
from kresume_nb.run.records import Epoch, Parent, Position, Writer
from kresume_nb.run.writer import RunWriter
from kresume_nb.train import difference, plan, refusal, restore
from kresume_nb.train.difference import Difference
from kresume_nb.train.plan import Plan
from kresume_nb.train.restore import Found

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
    known: Known | None = None
    """The run to go on in, or that is forked."""
    found: Found | None = None
    fork: bool = False
    difference: Difference = field(default_factory=Difference)
    """What changed since the checkpoint."""
    plan: Plan | None = None
    """What of the checkpoint goes where."""
    held: filelock.BaseFileLock | None = None
    """The lock of a run to go on in; handed on to the writer."""

    def compare(self, model: keras.Model, facts: dict[str, Any]) -> None:
        """Compares model, compilation and data with the checkpoint's, and plans what goes where.

        Raises:
            ArchitectureChangedError, ObjectiveChangedError, DataChangedError: if they differ. A
                fork, which is asked for knowingly, may differ, but for its data in mid-epoch.
        """
        if self.found is None:
            return
        loaded, position = self.found.loaded, self.found.position
        ours = plan.parts_of(model)
        theirs = plan.stored_parts(loaded.state, ours)
        compared = difference.compare(loaded.state["facts"], facts)
        self.difference = plan.with_variables(compared, ours, theirs)
        if not self.fork:
            refused = refusal.refusal(self.difference, loaded.path, self._forkable())
            if refused is not None:
                raise refused
        elif position.batch and self.difference.data:
            raise refusal.mid_epoch_refusal(self.difference, loaded.path, self._forkable())
        self.plan = plan.make(self.difference, ours, theirs, within=position.batch > 0)

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

    def give_up(self) -> None:
        """Lets go of everything."""
        if self.held is not None:
            self.held.release()
            self.held = None
        if self.found is not None:
            self.found.loaded.close()

    @property
    def checkpoint(self) -> Found:
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
        opening.found = restore.find([chosen.candidate])
    elif isinstance(chosen, Continue):
        opening.held = writer.lock(chosen.run.path, PATIENCE)
        try:
            opening.known = chosen.run
            opening.found = restore.find(chosen.candidates)
            if opening.found is None:
                raise CorruptCheckpointError(f"{chosen.run.path} has no checkpoint.")
        except BaseException:
            opening.give_up()
            raise
    return opening
