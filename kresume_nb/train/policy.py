"""When to save and what to keep: pure decisions, no clocks and no files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kresume_nb.errors import ArgumentError
from kresume_nb.run.monitored import greater_is_better
from kresume_nb.run.records import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointing:
    """When `kr.fit` saves checkpoints, and which it keeps.

    Args:
        every_epochs: save when that many epochs have passed; None for not at epochs' ends. When
            epochs end faster than the disk takes them, the newest waiting snapshot replaces an
            older one.
        every_steps: save within an epoch when that many steps have passed; None for not.
        every_seconds: save within an epoch when that much time has passed; None for not.
        keep_last: how many checkpoints at epochs' ends to keep, and how many within the epoch
            that is being trained.
        keep_best: how many of the best, by `monitor`, to keep besides.
        monitor: the log that says which is best; None for `val_loss`, or `loss` without
            validation.
        mode: `"min"`, `"max"`, or `"auto"`: decided by the name of the log.

    Raises:
        ArgumentError: naming the argument.

    >>> Checkpointing(every_seconds=30, keep_last=5)  # doctest: +ELLIPSIS
    Checkpointing(every_epochs=1, every_steps=None, every_seconds=30, keep_last=5, ...)
    """

    every_epochs: int | None = 1
    every_steps: int | None = None
    every_seconds: float | None = 60
    keep_last: int = 3
    keep_best: int = 1
    monitor: str | None = None
    mode: Literal["auto", "min", "max"] = "auto"

    def __post_init__(self) -> None:
        for name, least in (("every_epochs", 1), ("every_steps", 1)):
            value = getattr(self, name)
            if value is not None and not (_whole(value) and value >= least):
                raise ArgumentError(_wrong(name, value, "a whole number from 1, or None"))
        seconds = self.every_seconds
        if seconds is not None and not (_number(seconds) and seconds >= 0):
            raise ArgumentError(_wrong("every_seconds", seconds, "seconds from 0, or None"))
        if not (_whole(self.keep_last) and self.keep_last >= 1):
            raise ArgumentError(_wrong("keep_last", self.keep_last, "a whole number from 1"))
        if not (_whole(self.keep_best) and self.keep_best >= 0):
            raise ArgumentError(_wrong("keep_best", self.keep_best, "a whole number from 0"))
        if self.mode not in ("auto", "min", "max"):
            raise ArgumentError(_wrong("mode", self.mode, "'auto', 'min' or 'max'"))

    def monitored(self, logs: dict[str, float]) -> tuple[str, float] | None:
        """The log that decides which checkpoint is best, and its value; None if it is missing."""
        names = [self.monitor] if self.monitor else ["val_loss", "loss"]
        return next(((name, logs[name]) for name in names if name in logs), None)

    def due_in_epoch(self, *, steps: int, before: int, seconds: float) -> bool:
        """Whether to save within an epoch.

        Args:
            steps: steps done since the run began.
            before: the same at the batch boundary before this one.
            seconds: since the last snapshot.
        """
        by_steps = self.every_steps is not None and (
            steps // self.every_steps > before // self.every_steps
        )
        return by_steps or (self.every_seconds is not None and seconds >= self.every_seconds)

    def due_at_epoch_end(self, epoch: int) -> bool:
        """Whether to save at the end of that epoch (from one)."""
        return self.every_epochs is not None and epoch % self.every_epochs == 0

    def expendable(self, checkpoints: Sequence[Checkpoint]) -> list[str]:
        """Files that the retention rule lets go, of those that there are."""
        ordered = sorted(checkpoints, key=lambda one: one.position.step)
        ends = [one for one in ordered if one.position.batch == 0]
        newest_end = ends[-1].position.step if ends else -1
        within = [one for one in ordered if one.position.step > newest_end]
        kept = {one.file for one in (*ends[-self.keep_last :], *within[-self.keep_last :])}
        kept |= {one.file for one in self._best(ends)}
        return [one.file for one in ordered if one.file not in kept]

    def _best(self, ends: list[Checkpoint]) -> list[Checkpoint]:
        valued = [one for one in ends if one.value is not None and not math.isnan(one.value)]
        sign = -1.0 if self._greater(valued[-1].monitor if valued else None) else 1.0
        # Of equals the earliest: it is the one that an early stop would go back to.
        ranked = sorted(valued, key=lambda one: (sign * (one.value or 0.0), one.position.step))
        return ranked[: self.keep_best]

    def _greater(self, monitor: str | None) -> bool:
        return greater_is_better(monitor) if self.mode == "auto" else self.mode == "max"


def boundary(batch: int, batches: int | None) -> bool:
    """Whether a snapshot may be taken after that many batches of an epoch.

    After the last one it has to wait for the epoch's end: an epoch cannot be resumed into an empty
    remainder.
    """
    return batch > 0 and (batches is None or batch < batches)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(name: str, value: object, expected: str) -> str:
    return f"Checkpointing({name}={value!r}) cannot be used. Expected {expected}."
