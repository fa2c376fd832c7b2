"""The Jupyter Server extension: what a page cannot do with files alone, or not fast enough.

Optional everywhere: a page that gets no answer at `kresume/about` does without. It reads run folders,
and never imports Keras or the write side (`train/`); a test holds that. Every route asks for the
server's own authentication, and serves folders below the server's root only (`places.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.utils import url_path_join

from kresume_nb.run import sources
from kresume_nb.server import ended, renames
from kresume_nb.server.attempts import Attempts
from kresume_nb.server.auto import Auto
from kresume_nb.server.changes import Changes, Series
from kresume_nb.server.compared import ComparedRoute
from kresume_nb.server.ended import EndedRoute
from kresume_nb.server.handlers import About
from kresume_nb.server.listing import Runs
from kresume_nb.server.newest import Newest
from kresume_nb.server.prune import Prune
from kresume_nb.server.seen import Seen
from kresume_nb.server.settings import KResume
from kresume_nb.server.switches import Switches
from kresume_nb.server.there import ThereRoute
from kresume_nb.server.trash import Trash
from kresume_nb.server.watch import Watch

ROUTES: tuple[tuple[str, type[Any]], ...] = (
    ("about", About),
    ("runs", Runs),
    ("newest", Newest),
    ("trash", Trash),
    ("prune", Prune),
    ("compared", ComparedRoute),
    ("changes", Changes),
    ("changes/series", Series),
    ("auto", Auto),
    ("attempts", Attempts),
    ("ended", EndedRoute),
    ("seen", Seen),
    ("there", ThereRoute),
)
"""Below `kresume/` in the server's base address."""


def load(app: Any) -> None:
    """Adds the routes to a Jupyter Server (`jupyter_server.serverapp.ServerApp`)."""
    settings = app.web_app.settings
    chosen = KResume(config=app.config)
    unattended = chosen.resume_without_page
    if not chosen.keep_sources:
        sources.keep(False)  # kernels inherit the server's environment
    switches = Switches(
        Path(jupyter_data_dir()) / "kresume_nb" / "resume-by-itself.json", unattended=unattended
    )
    settings["kresume_switches"] = switches
    deaths = ended.watch(app)
    renames.watch(app)
    if unattended:
        watch = Watch(app, switches, deaths.has_ended, app.log)
        app.io_loop.add_callback(watch.run)
    base = settings["base_url"]
    app.web_app.add_handlers(
        ".*$", [(url_path_join(base, "kresume", route), handler) for route, handler in ROUTES]
    )
