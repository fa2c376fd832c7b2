"""How kernels ended, as far as the server knows: a memory of observations, without Jupyter.

A kernel keeps its id when it is restarted, so one id may have ended several times. What is not
known is left open: nothing here guesses.
"""

from __future__ import annotations

import signal
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from kresume_nb.run.records import Death

_MOST_KERNELS = 500
_MOST_DEATHS = 20
"""Remembered of one kernel: one that dies at once is restarted a few times."""


@dataclass
class _Kernel:
    kills: int | None
    """What the system's counter said when its process began."""
    alive: bool = True
    replaced: bool = False
    """Whether the process that is there took a dead one's place, and no restart was told yet."""
    deaths: list[Death] = field(default_factory=list)


class Deaths:
    """Remembers.

    Args:
        now: the clock.
        kills: how many processes the system has killed here for want of memory, if it tells
            (`memory.oom_kills`).
        named: whether the system's log names a process as killed for want of memory
            (`memory.log_names`).
    """

    def __init__(
        self,
        now: Callable[[], float],
        kills: Callable[[], int | None],
        named: Callable[[int], bool],
    ) -> None:
        self._now = now
        self._kills = kills
        self._named = named
        self._counted = 0
        self._kernels: OrderedDict[str, _Kernel] = OrderedDict()

    def began(self, kernel: str) -> None:
        """A process was started under that id."""
        known = self._kernels.pop(kernel, None) or _Kernel(kills=None)
        known.replaced = not known.alive
        known.alive = True
        known.kills = self._kills()
        self._kernels[kernel] = known
        while len(self._kernels) > _MOST_KERNELS:
            self._kernels.popitem(last=False)

    def died(self, kernel: str, pid: int | None, status: int | None) -> None:
        """Its process is gone, and nobody had asked for that."""
        memory = status == -signal.SIGKILL and self._out_of_memory(kernel, pid)
        self._add(kernel, Death(time=self._now(), status=status, asked=None, memory=memory))

    def asked(self, kernel: str, action: Literal["restart", "shutdown"]) -> None:
        """Somebody ended it; or, if it had died, it was restarted.

        Some versions of Jupyter tell a shutdown and a start before the restart that they are part of.
        """
        known = self._kernels.get(kernel)
        if known is None:
            return
        if known.alive and not known.replaced:
            self._add(kernel, Death(time=self._now(), status=None, asked=action, memory=False))
        elif action == "restart" and known.deaths[-1].asked is not None:
            known.deaths[-1] = replace(known.deaths[-1], asked=action)
        if action == "restart":
            self.began(kernel)
            known.replaced = False

    def first_after(self, kernel: str, time: float) -> Death | None:
        """How the process ended that was behind that id at that time."""
        known = self._kernels.get(kernel)
        return next((one for one in known.deaths if one.time >= time), None) if known else None

    def has_ended(self, kernel: str, time: float) -> bool:
        """Whether the process ended that was behind that id at that time."""
        return self.first_after(kernel, time) is not None

    def _add(self, kernel: str, death: Death) -> None:
        known = self._kernels.setdefault(kernel, _Kernel(kills=None))
        known.alive = False
        known.deaths = [*known.deaths, death][-_MOST_DEATHS:]

    def _out_of_memory(self, kernel: str, pid: int | None) -> bool:
        """The counter grew while it lived, and no other kernel's end accounts for that."""
        if pid is not None and self._named(pid):
            return True
        now, known = self._kills(), self._kernels.get(kernel)
        if now is None or known is None or known.kills is None:
            return False
        grown = now > max(known.kills, self._counted)
        self._counted = max(self._counted, now)
        return grown
