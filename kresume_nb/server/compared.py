"""`GET kresume/compared`: a run as a comparison shows it, in one answer and no larger than it need be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.run import codec
from kresume_nb.run.compared import read_compared
from kresume_nb.run.thinned import thinned
from kresume_nb.server.handlers import Handler


class ComparedRoute(Handler):
    """`?run=RUN`: its header, how it stands and its metrics, thinned if it is long."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `Compared`."""
        name = self.get_query_argument("run").strip("/")
        folder = self.folder(name)
        # One at a time: Python reads two no faster than one, and the first comes earlier so.
        turn: asyncio.Lock = self.settings.setdefault("kresume_comparing", asyncio.Lock())
        async with turn:
            text = await asyncio.to_thread(_read, folder, name)
        self.finish(text)


def _read(folder: Path, name: str) -> str:
    return codec.dumps(replace(thinned(read_compared(folder)), key=name))
