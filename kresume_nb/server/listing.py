"""`GET kresume/runs`: the runs in a folder, or all below it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.run import layout
from kresume_nb.run.reader import run_folders
from kresume_nb.run.records import RunRow, RunRows
from kresume_nb.run.row import read_row
from kresume_nb.run.search import Found, find_runs
from kresume_nb.server.handlers import Handler

_MOST = 10_000
"""Rows that are remembered."""

_SETTLED = 5.0
"""Seconds without a change after which a row may be remembered: times of files are coarse."""

Signature = tuple[tuple[int, int] | None, ...]


class RowCache:
    """Rows by their folder, for as long as no file that they tell of changes.

    A page asks every few seconds, and of a thousand runs one or two train.
    """

    def __init__(self) -> None:
        self._rows: dict[Path, tuple[Signature, RunRow]] = {}

    def row(self, run: Path, folder: str) -> RunRow:
        """The row of a run, read anew if its files changed."""
        signature = _signature(run)
        known = self._rows.get(run)
        if known is not None and known[0] == signature and known[1].folder == folder:
            return known[1]
        row = read_row(run, folder)
        newest = max((one[0] for one in signature if one is not None), default=0)
        self._rows.pop(run, None)
        # A run that trains has an age, and its size grows: it is read each time.
        if row.status != "running" and time.time() - newest / 1e9 > _SETTLED:
            self._rows[run] = (signature, row)
            if len(self._rows) > _MOST:
                del self._rows[next(iter(self._rows))]
        return row


def _signature(run: Path) -> Signature:
    names = (layout.HEADER, layout.HISTORY, layout.JOURNAL, layout.MARKS, layout.CHECKPOINTS)
    return tuple(_stamp(run / name) for name in names)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


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
        cache: RowCache = self.settings.setdefault("kresume_rows", RowCache())
        place = self.place(address)
        self.answer(await asyncio.to_thread(_list, place, address, below is not None, cache))


def _list(place: Path, address: str, deep: bool, cache: RowCache) -> RunRows:
    found = find_runs(place) if deep else Found(run_folders(place), complete=True)
    rows = []
    for run in found.runs:
        parts = [*([address] if address else []), *run.relative_to(place).parts]
        rows.append(cache.row(run, "/".join(parts)))
    return RunRows(rows=rows, complete=found.complete)
