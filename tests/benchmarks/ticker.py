"""A Jupyter Server extension that measures how long the server's loop and the interpreter stand still."""

from __future__ import annotations

import asyncio
import json
import threading
import time

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated

_PAUSE = 0.002


class Late:
    """The longest that something came too late, since it was last asked."""

    def __init__(self) -> None:
        self.loop = self.thread = 0.0

    async def tick(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_PAUSE)
            self.loop = max(self.loop, time.perf_counter() - began - _PAUSE)

    def watch(self) -> None:
        while True:
            began = time.perf_counter()
            time.sleep(_PAUSE)
            self.thread = max(self.thread, time.perf_counter() - began - _PAUSE)

    def take(self) -> dict[str, float]:
        taken = {"loop": 1000 * self.loop, "interpreter": 1000 * self.thread}
        self.loop = self.thread = 0.0
        return taken


class TickerHandler(JupyterHandler):
    """Answers with milliseconds, and begins anew."""

    @authenticated
    def get(self) -> None:
        self.finish(json.dumps(self.settings["late"].take()))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "ticker"}]


def _load_jupyter_server_extension(app) -> None:
    late = app.web_app.settings["late"] = Late()
    threading.Thread(target=late.watch, daemon=True).start()
    app.io_loop.add_callback(lambda: asyncio.ensure_future(late.tick()))
    base = app.web_app.settings["base_url"].rstrip("/")
    app.web_app.add_handlers(".*$", [(f"{base}/ticker", TickerHandler)])
