"""`GET kresume/ended`: what this server saw of a kernel's end, and when it and the machine began.

The seam is Jupyter Server's own: it emits an event for each start, restart and shutdown of a kernel,
and calls back before it replaces a kernel that died. At that moment the process' exit status is there.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.run.records import Ended
from kresume_nb.server import memory
from kresume_nb.server.deaths import Deaths
from kresume_nb.server.handlers import Handler

EVENTS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
_SETTING = "kresume_nb_deaths"


def watch(app: Any) -> Deaths:
    """Listens to the server's kernels from now on; what it hears is in what it returns."""
    deaths = Deaths(time.time, memory.oom_kills, memory.log_names)
    app.web_app.settings[_SETTING] = (deaths, time.time())
    manager = app.kernel_manager
    listened: set[str] = set()

    def died(kernel: str) -> None:
        process = getattr(getattr(manager.get_kernel(kernel), "provisioner", None), "process", None)
        # Provisioners of other systems (a cluster's, for example) have no process here.
        deaths.died(kernel, getattr(process, "pid", None), getattr(process, "returncode", None))

    async def listener(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        del logger, schema_id
        kernel, action = data.get("kernel_id"), data.get("action")
        if kernel is None or data.get("status") != "success":
            return
        if action == "start":
            deaths.began(kernel)
            if kernel not in listened and kernel in manager:
                listened.add(kernel)
                manager.add_restart_callback(kernel, lambda: died(kernel), "restart")
        elif action in ("restart", "shutdown"):
            deaths.asked(kernel, action)
            if kernel not in manager:
                listened.discard(kernel)

    app.event_logger.add_listener(schema_id=EVENTS, listener=listener)
    return deaths


class EndedRoute(Handler):
    """Takes `kernel`, an id, and `since`, when the run's process took it up."""

    auth_resource = "kernels"

    @authenticated
    @authorized
    def get(self) -> None:
        """Answers."""
        try:
            since = float(self.get_query_argument("since"))
        except ValueError as error:
            raise HTTPError(400, "Expected since=<seconds since 1970>.") from error
        deaths, started = self.settings[_SETTING]
        self.answer(
            Ended(
                host=socket.gethostname(),
                started=started,
                booted=booted(),
                death=deaths.first_after(self.get_query_argument("kernel", ""), since),
            )
        )


def booted(stat: Path = Path("/proc/stat")) -> float | None:
    """When the machine was switched on; None where the system does not tell."""
    try:
        lines = stat.read_text().splitlines()
    except OSError:
        return None
    return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), None)
