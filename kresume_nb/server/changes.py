"""`GET kresume/changes`: checkpoints side by side, which a page cannot read for itself.

Reading hundreds of megabytes takes a while, and HDF5 of a stranger may hang or end whoever reads it,
so a worker does it, one request at a time. The newest answers are remembered: a checkpoint never
changes once it has its name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.run import files, layout
from kresume_nb.run.readable_checkpoints import is_readable
from kresume_nb.run.reader import checkpoint_files
from kresume_nb.run.records import CheckpointRef
from kresume_nb.server.handlers import Handler
from kresume_nb.worker import checkpoints
from kresume_nb.worker.process import Worker

_MOST = 64
"""Answers that are remembered; each is some kilobytes."""

Stamp = tuple[str, int, int]


class Answers:
    """The newest answers, by what was asked and how the files stood then."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[tuple[Any, ...], str] = {}

    def get(self, key: tuple[Any, ...], work: Callable[[], str]) -> str:
        """The answer; worked out if it is not known. To be called in one thread at a time."""
        if key not in self._known:
            self._known[key] = work()
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        self._known[key] = self._known.pop(key)
        return self._known[key]


class _Changes(Handler):
    """What these routes have in common."""

    async def answer_once(self, key: tuple[Any, ...], work: Callable[[Worker], str]) -> None:
        """Sends the answer of that key, which a worker works out if it is not known."""
        known: Answers = self.settings.setdefault("kresume_changes", Answers())
        text = await self.ask(
            "checkpoints", lambda worker: known.get(key, lambda: work(worker)).encode()
        )
        await self.send_long(text)

    def checkpoint(self, which: str) -> tuple[CheckpointRef, Path]:
        """The checkpoint that arguments name: `a=work/kresume_runs/mnist-001&a_file=epoch-0007.keras`.

        Raises:
            HTTPError: 404 if there is no such file.
        """
        run, file = self.get_query_argument(which), self.get_query_argument(f"{which}_file")
        folder = self.folder(run)
        if not is_readable(folder, file):
            raise HTTPError(404, f"{run!r} does not keep a checkpoint {file!r}.")
        return CheckpointRef(run=run.strip("/"), file=file), layout.checkpoint_path(folder, file)


class Changes(_Changes):
    """`?a=RUN&a_file=FILE&b=RUN&b_file=FILE`: what became of each layer from `a` to `b`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `Changes`; with a `Histogram` if `variable` names one."""
        (ref_a, a), (ref_b, b) = self.checkpoint("a"), self.checkpoint("b")
        variable = self.get_query_argument("variable", None)
        key = (ref_a, ref_b, variable, _stamp(a), _stamp(b))
        if variable is not None:
            await self.answer_once(
                key, lambda worker: checkpoints.histogram_text(worker, a, b, variable)
            )
            return
        refs = (ref_a, ref_b)
        await self.answer_once(key, lambda worker: checkpoints.compare_text(worker, a, b, refs))


class Series(_Changes):
    """`?run=RUN`: how each layer moved from one kept checkpoint to the next."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with a `ChangeSeries`."""
        name = self.get_query_argument("run").strip("/")
        run = self.folder(name)
        found = sorted(checkpoint_files(run))
        key = (name, *(_stamp(path) for path in found))
        await self.answer_once(key, lambda worker: checkpoints.series_text(worker, run, name))


def _stamp(path: Path) -> Stamp:
    stat = files.info(path)
    return path.name, stat.st_mtime_ns, stat.st_size
