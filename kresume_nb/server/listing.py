"""`GET kresume/runs`: the runs in a folder, or all below it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.errors import WorkerError
from kresume_nb.run import codec, files, layout
from kresume_nb.run.reader import run_names
from kresume_nb.run.row import unreadable
from kresume_nb.run.search import Found, find_runs
from kresume_nb.server.handlers import Handler
from kresume_nb.server.places import leads_out
from kresume_nb.worker.process import Worker

_MOST = 10_000
"""Rows that are remembered."""

_SETTLED = 5.0
"""Seconds without a change after which a row may be remembered: times of files are coarse."""

_AT_ONCE = 100
_SECONDS = 10.0
"""Which a worker may take for that many rows, or for one that it could not read with others."""


class Rows:
    """Rows by their folder, for as long as no file that they tell of changes.

    A page asks every few seconds, and of a thousand runs one or two train. Rows are kept as the text
    that is sent, and read by a worker: a bad run costs its own row only.

    Everything that is kept is text, and runs are gone through some at a time: thousands of paths and
    tuples that live at once have Python's garbage collector go through all that the server holds, which
    stops its loop for a third of a second.

    Args:
        worker: reads them.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._known: dict[str, tuple[str, str, str]] = {}

    def texts(
        self, runs: Iterable[tuple[str, str]], gone: Callable[[], bool] = lambda: False
    ) -> list[str]:
        """The rows as JSON (`RunRow`), read anew of runs whose files changed.

        Args:
            runs: of each its folder, and its address.
            gone: whether nobody waits for the answer any more.
        """
        texts: list[str] = []
        rest = iter(runs)
        while part := list(islice(rest, _AT_ONCE)):
            texts += self._some(part, gone)
        return texts

    def _some(self, part: Sequence[tuple[str, str]], gone: Callable[[], bool]) -> list[str]:
        found: dict[str, str] = {}
        signatures: dict[str, str] = {}
        for run, address in part:
            signatures[run] = _signature(Path(run))
            known = self._known.get(run)
            if known is not None and known[:2] == (signatures[run], address):
                found[run] = known[2]
        missing = [one for one in part if one[0] not in found]
        if missing:
            for (run, address), line in zip(missing, self._read(missing, gone), strict=True):
                found[run] = line[1:]
                # A run that trains has an age, and its size grows: it is read each time.
                if not line.startswith("r"):
                    self._remember(run, signatures[run], address, line[1:])
        return [found[run] for run, _ in part]

    def _read(self, part: Sequence[tuple[str, str]], gone: Callable[[], bool]) -> list[str]:
        """Of each run a line of the worker's task `rows`."""
        try:
            return self._worker.ask("rows", seconds=_SECONDS, runs=part).split("\n")
        except WorkerError as error:
            if gone():
                raise
            if len(part) > 1:
                return [line for one in part for line in self._read([one], gone)]
            ((run, address),) = part
            return ["-" + codec.dumps(unreadable(Path(run), address, str(error)))]

    def _remember(self, run: str, signature: str, address: str, text: str) -> None:
        newest = int(signature.partition(" ")[0])
        self._known.pop(run, None)
        if time.time() - newest / 1e9 > _SETTLED:
            self._known[run] = (signature, address, text)
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]


def _signature(run: Path) -> str:
    """How the files of a run stand: when the newest was changed, in nanoseconds, and all of them."""
    names = (layout.HEADER, layout.HISTORY, layout.JOURNAL, layout.MARKS, layout.CHECKPOINTS)
    stamps = files.stamps(run, names)
    newest = max((one[0] for one in stamps if one is not None), default=0)
    return f"{newest} {stamps}"


class Runs(Handler):
    """`?folder=kresume_runs` lists that folder; `?below=` searches all that is below one.

    A folder that is not there has no runs: beside most notebooks there is none, which is no error.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `RunRows`."""
        below = self.get_query_argument("below", None)
        address = (below if below is not None else self.get_query_argument("folder")).strip("/")
        place, root = self.place(address), self.root()

        def work(worker: Worker) -> bytes:
            rows: Rows = self.settings.setdefault("kresume_rows", Rows(worker))
            return _list(place, root, address, below is not None, rows, lambda: self.gone)

        await self.send_long(await self.ask("records", work))


def _list(  # what one request is about
    place: Path, root: Path, address: str, deep: bool, rows: Rows, gone: Callable[[], bool]
) -> bytes:
    found = find_runs(place) if deep else Found(_within(place), complete=True)
    texts = ",".join(rows.texts(_addresses(place, root, address, found.runs), gone))
    complete = "true" if found.complete else "false"
    return f'{{"rows":[{texts}],"complete":{complete}}}'.encode()


def _within(place: Path) -> list[str]:
    return [os.path.join(place, name) for name in run_names(place)]  # noqa: PTH118


def _addresses(
    place: Path, root: Path, address: str, runs: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Of each run its address; those that are links out of the server's root are left out.

    The place itself lies within; to follow each of thousands that are no links takes half a second.
    """
    start, before = len(os.path.join(place, "")), f"{address}/" if address else ""  # noqa: PTH118
    for run in runs:
        if not (os.path.islink(run) and leads_out(Path(run), root)):  # noqa: PTH114
            yield run, before + run[start:].replace(os.sep, "/")
