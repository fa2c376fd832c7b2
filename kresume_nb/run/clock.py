"""Seconds of training: wall time without dead time and pauses, the twin of `runs/clock.ts`.

Time never goes back, whatever the computer's clock does. The epochs of a fork that were copied from
its parent count with their own durations, and the fork's time comes after them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kresume_nb.run.records import Controlled, End, Epoch, JournalEvent, Start, Steps


@dataclass(slots=True)
class Clock:
    """Takes the events of one run in order."""

    ends: dict[int, float] = field(default_factory=dict)
    """Per epoch the seconds of training when it had ended, validation included."""
    _now: float = 0.0
    _started: bool = False
    _began: float = 0.0
    """When the process that trains began."""
    _before: float = 0.0
    """Seconds of training by the processes before it, less the pauses of this one."""
    _inherited: float = 0.0
    _updated: float = 0.0
    _paused_at: float | None = None

    def take(self, event: JournalEvent) -> None:
        """Takes the next event."""
        match event:
            case Start():
                self._begin(event)
            case Steps():
                self._reach(event.time)
            case Epoch():
                if event.inherited:
                    self._inherited += max(0.0, event.seconds)
                    self._now = max(self._now, self._inherited)
                else:
                    self._reach(event.time)
                self.ends[event.epoch] = self._now
            case Controlled(done=True):
                if event.action == "pause" and self._paused_at is None:
                    self._paused_at = event.time
                elif event.action in ("continue", "stop"):
                    self._go_on(event.time)
            case End():
                self._go_on(event.time)
            case _:
                pass
        self._updated = event.time

    def _begin(self, event: Start) -> None:
        if self._started:
            self._before += max(0.0, self._updated - self._began)
        self._started, self._began, self._paused_at = True, event.time, None
        if event.resumed:
            self._reach(event.time)

    def _reach(self, time: float) -> None:
        # In this order: the page computes the same, to the last bit.
        self._now = max(self._now, self._inherited + time + (self._before - self._began))

    def _go_on(self, time: float) -> None:
        if self._paused_at is not None:
            self._before -= max(0.0, time - self._paused_at)
            self._paused_at = None
