"""The Jupyter Server extension: what a page cannot do with files alone, or not fast enough.

Optional everywhere: a page that gets no answer at `kresume/about` does without. It reads run folders,
and never imports Keras or the write side (`train/`); a test holds that. Every route asks for the
server's own authentication, and serves folders below the server's root only (`places.py`).
"""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join

from kresume_nb.server.changes import Changes, Series
from kresume_nb.server.handlers import About
from kresume_nb.server.listing import Runs
from kresume_nb.server.trash import Trash

ROUTES: tuple[tuple[str, type[Any]], ...] = (
    ("about", About),
    ("runs", Runs),
    ("trash", Trash),
    ("changes", Changes),
    ("changes/series", Series),
)
"""Below `kresume/` in the server's base address."""


def load(app: Any) -> None:
    """Adds the routes to a Jupyter Server (`jupyter_server.serverapp.ServerApp`)."""
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(
        ".*$", [(url_path_join(base, "kresume", route), handler) for route, handler in ROUTES]
    )
