"""`GET kresume/changes`: checkpoints side by side, which a page cannot read for itself.

Reading hundreds of megabytes takes a while, so it is done in a thread, one request at a time, and
the newest answers are remembered: a checkpoint never changes once it has its name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.run import layout
from kresume_nb.run.kept import is_kept, kept
from kresume_nb.run.records import ChangeSeries, CheckpointRef
from kresume_nb.server.handlers import Handler

_MOST = 64
"""Answers that are remembered; each is some kilobytes."""

Stamp = tuple[str, int, int]


class Answers:
    """The newest answers, by what was asked and how the files stood then."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[tuple[Any, ...], Any] = {}
        self._turn = asyncio.Lock()

    async def get(self, key: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        """The answer; worked out in a thread if it is not known."""
        async with self._turn:
            if key not in self._known:
                self._known[key] = await asyncio.to_thread(work)
                if len(self._known) > self._most:
                    del self._known[next(iter(self._known))]
            self._known[key] = self._known.pop(key)
            return self._known[key]


class _Changes(Handler):
    """What these routes have in common."""

    @property
    def answers(self) -> Answers:
        """Those of this server."""
        known: Answers = self.settings.setdefault("kresume_changes", Answers())
        return known

    def checkpoint(self, which: str) -> tuple[CheckpointRef, Path]:
        """The checkpoint that arguments name: `a=work/kresume_runs/mnist-001&a_file=epoch-0007.keras`.

        Raises:
            HTTPError: 404 if there is no such file.
        """
        run, file = self.get_query_argument(which), self.get_query_argument(f"{which}_file")
        folder = self.folder(run)
        if not is_kept(folder, file):
            raise HTTPError(404, f"{run!r} does not keep a checkpoint {file!r}.")
        return CheckpointRef(run=run.strip("/"), file=file), layout.checkpoint_path(folder, file)


class Changes(_Changes):
    """`?a=RUN&a_file=FILE&b=RUN&b_file=FILE`: what became of each layer from `a` to `b`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `Changes`; with a `Histogram` if `variable` names one."""
        from kresume_nb.weights import changes

        (ref_a, a), (ref_b, b) = self.checkpoint("a"), self.checkpoint("b")
        variable = self.get_query_argument("variable", None)
        key = (ref_a, ref_b, variable, _stamp(a), _stamp(b))
        if variable is not None:
            self.answer(await self.answers.get(key, lambda: changes.histogram(a, b, variable)))
            return
        self.answer(await self.answers.get(key, lambda: changes.compare(a, b, (ref_a, ref_b))))


class Series(_Changes):
    """`?run=RUN`: how each layer moved from one kept checkpoint to the next."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with a `ChangeSeries`."""
        name = self.get_query_argument("run").strip("/")
        run = self.folder(name)
        found = sorted((run / layout.CHECKPOINTS).glob("*.keras"))
        key = (name, *(_stamp(path) for path in found))
        self.answer(await self.answers.get(key, lambda: _series(run, name)))


def _series(run: Path, name: str) -> ChangeSeries:
    from kresume_nb.weights.series import series

    return series(run, kept(run), name)


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return path.name, stat.st_mtime_ns, stat.st_size
