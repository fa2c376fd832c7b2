"""`kresume/auto`: the switch "resume by itself" of a run."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.server.handlers import Handler
from kresume_nb.server.switches import Switches


class Auto(Handler):
    """`GET ?folder=…` tells how the switch of a run stands; `POST {folder, on}` turns it."""

    @property
    def _switches(self) -> Switches:
        found: Switches = self.settings["kresume_switches"]
        return found

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with an `AutoSwitch`."""
        run = self.folder(self.get_query_argument("folder"))
        await asyncio.to_thread(self._switches.inherit, run, self.kernel_manager.__contains__)
        self.answer(await asyncio.to_thread(self._switches.get, run))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Turns it, and answers as `GET`."""
        body = self.body()
        folder, on = body.get("folder"), body.get("on")
        if not isinstance(folder, str) or not isinstance(on, bool):
            raise HTTPError(400, 'Expected {"folder": an address, "on": true or false}.')
        run = self.folder(folder)
        self.answer(await asyncio.to_thread(lambda: self._switches.set(run, on=on)))
