"""When to save and what to keep: pure decisions, no clocks and no files."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kresume_nb.errors import ArgumentError
from kresume_nb.run.records import Checkpoint, Direction, Policy
from kresume_nb.run.retention import staying


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointing:
    """When `kr.fit` saves checkpoints, and which it keeps.

    Args:
        every_epochs: save when that many epochs have passed; None for not at epochs' ends. Where
            epochs end faster than the disk takes them, training waits for the files that this
            policy keeps; others are not written.
        every_steps: save within an epoch when that many steps have passed; None for not.
        every_seconds: save within an epoch when that much time has passed; `"continuous"` (or 0)
            for at every step that the disk keeps up with; None for not.
        keep_last: how many checkpoints at epochs' ends to keep, and how many within the epoch
            that is being trained; None for all.
        keep_best: how many of the best, by `monitor`, to keep besides.
        monitor: the log that says which is best; None for `val_loss`, or `loss` without
            validation.
        mode: `"min"`, `"max"`, or `"auto"`: decided by Keras' rule when training begins, as in
            `EarlyStopping`, and kept with the run. A monitor of which that cannot tell is refused
            then.

    Raises:
        ArgumentError: naming the argument.

    >>> Checkpointing(every_seconds=30, keep_last=5)  # doctest: +ELLIPSIS
    Checkpointing(every_epochs=1, every_steps=None, every_seconds=30, keep_last=5, ...)
    """

    every_epochs: int | None = 1
    every_steps: int | None = None
    every_seconds: float | Literal["continuous"] | None = 60
    keep_last: int | None = 3
    keep_best: int = 1
    monitor: str | None = None
    mode: Literal["auto", "min", "max"] = "auto"

    def __post_init__(self) -> None:
        for name, least in (("every_epochs", 1), ("every_steps", 1)):
            value = getattr(self, name)
            if value is not None and not (_whole(value) and value >= least):
                raise ArgumentError(_wrong(name, value, "a whole number from 1, or None"))
        seconds = self.every_seconds
        if not (seconds is None or seconds == "continuous" or _from_zero(seconds)):
            expected = "seconds from 0, 'continuous', or None"
            raise ArgumentError(_wrong("every_seconds", seconds, expected))
        last = self.keep_last
        if last is not None and not (_whole(last) and last >= 1):
            raise ArgumentError(_wrong("keep_last", last, "a whole number from 1, or None"))
        if not (_whole(self.keep_best) and self.keep_best >= 0):
            raise ArgumentError(_wrong("keep_best", self.keep_best, "a whole number from 0"))
        if self.monitor is not None and not isinstance(self.monitor, str):
            raise ArgumentError(_wrong("monitor", self.monitor, "the name of a log, or None"))
        if self.mode not in ("auto", "min", "max"):
            raise ArgumentError(_wrong("mode", self.mode, "'auto', 'min' or 'max'"))

    @property
    def record(self) -> Policy:
        """What the run folder says of it."""
        return Policy(
            every_epochs=self.every_epochs,
            every_steps=self.every_steps,
            every_seconds=self._seconds,
            keep_last=self.keep_last,
            keep_best=self.keep_best,
            monitor=self.monitor,
            mode=self.mode,
        )

    @property
    def _seconds(self) -> float | None:
        return 0.0 if self.every_seconds == "continuous" else self.every_seconds

    def monitored(
        self, logs: Mapping[str, float], before: Collection[str] = ()
    ) -> tuple[str, float] | None:
        """The log that decides which checkpoint is best, and its value; None if it is missing.

        Args:
            logs: of the epoch.
            before: names that earlier epochs had. An epoch without validation has no value where
                others have: a `loss` cannot be compared to a `val_loss`.
        """
        names = [self.monitor] if self.monitor else ["val_loss", "loss"]
        name = next((one for one in names if one in logs or one in before), None)
        return None if name is None or name not in logs else (name, logs[name])

    def missing(self, seen: Collection[str], *, validates: bool) -> str | None:
        """What to say where the chosen log never comes; None where it does, or may come yet.

        Args:
            seen: names of the logs of the epochs so far.
            validates: whether there is validation data, which not every epoch may use.
        """
        name = self.monitor
        if name is None or not seen or name in seen:
            return None
        validated = any(one.startswith("val_") for one in seen)
        if name.startswith("val_") and validates and not validated:
            return None
        return (
            f"Checkpointing(monitor={name!r}): no epoch has such a log, so no checkpoint is kept as the "
            f"best. The logs are {', '.join(sorted(seen))}"
        )

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
        return by_steps or (self._seconds is not None and seconds >= self._seconds)

    def due_at_epoch_end(self, epoch: int) -> bool:
        """Whether to save at the end of that epoch (from one)."""
        return self.every_epochs is not None and epoch % self.every_epochs == 0

    def expendable(self, checkpoints: Sequence[Checkpoint]) -> list[str]:
        """Files that the retention rule lets go, of those that there are, oldest first."""
        stays = staying(
            checkpoints,
            keep_last=self.keep_last,
            keep_best=self.keep_best,
            keep_within=self.keep_last,
            mode=self.direction,
        )
        ordered = sorted(checkpoints, key=lambda one: one.position.step)
        return [one.file for one in ordered if one.file not in stays]

    @property
    def direction(self) -> Direction | None:
        """Which way is better, as it was given; None for `auto`."""
        return None if self.mode == "auto" else self.mode


def boundary(batch: int, batches: int | None) -> bool:
    """Whether a snapshot may be taken after that many batches of an epoch.

    After the last one it has to wait for the epoch's end: an epoch cannot be resumed into an empty
    remainder.
    """
    return batch > 0 and (batches is None or batch < batches)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _from_zero(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and value >= 0


def _wrong(name: str, value: object, expected: str) -> str:
    return f"Checkpointing({name}={value!r}) cannot be used. Expected {expected}."
