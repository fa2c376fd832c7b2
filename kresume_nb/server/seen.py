"""`POST kresume/seen`: a page shows a run by itself, and does not need the widget that it was sent.

A page that opens a notebook says so without anybody's click, and a run folder may come from anyone.
So the page writes nothing: this server does, through no link, and only into a run that one of its own
kernels is training at this moment.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.run import atomic, heartbeat, layout, limits
from kresume_nb.run.reader import read_header
from kresume_nb.server.handlers import Handler

_WIDGET = re.compile(r"[0-9A-Za-z_-]{1,100}")


class Seen(Handler):
    """Takes `{"folder": address, "widget": id}`; 409 unless a kernel of this server trains the run."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Leaves the id where the training looks for it."""
        body = self.body()
        address, widget = body.get("folder"), body.get("widget")
        well_formed = isinstance(widget, str) and _WIDGET.fullmatch(widget)
        if not isinstance(address, str) or not isinstance(widget, str) or not well_formed:
            raise HTTPError(400, 'Expected {"folder": an address, "widget": the id of a widget}.')
        run = self.run(address)
        if not await asyncio.to_thread(self._is_trained_here, run):
            raise HTTPError(409, f"No kernel of this server trains {run.name}.")
        path = run / layout.SEEN
        await asyncio.to_thread(atomic.write, path, widget.encode(), durable=False)
        self.finish({})

    def _is_trained_here(self, run: Path) -> bool:
        age = heartbeat.age(run)
        if age is None or age > heartbeat.SILENT_SECONDS:
            return False
        kernel = read_header(run, limits.HEADER_AT_ONCE).writer.kernel
        return kernel is not None and kernel in self.kernel_manager
