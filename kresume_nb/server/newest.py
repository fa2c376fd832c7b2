"""`GET kresume/newest`: the run folders in a folder, last changed first.

Jupyter's own listing of a folder costs the server half a millisecond of its only thread for each
thing in it; a banner looks every few seconds.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.run import layout
from kresume_nb.run.records import RunFolders
from kresume_nb.server.handlers import Handler
from kresume_nb.server.places import leads_out

_MOST = 20


class Newest(Handler):
    """`?folder=kresume_runs`: the newest twenty in that folder."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `RunFolders`; a folder that is not there has none."""
        place, root = self.place(self.get_query_argument("folder")), self.root()
        self.answer(RunFolders(names=await asyncio.to_thread(newest, place, root)))


def newest(folder: Path, root: Path, most: int = _MOST) -> list[str]:
    """Names of the run folders in which something was last made, renamed or deleted.

    Those that are links out of the root are left out.
    """
    found = []
    with suppress(OSError, ValueError), os.scandir(folder) as entries:
        for one in entries:
            with suppress(OSError):  # gone in this moment
                if not layout.split_name(one.name) or not one.is_dir():
                    continue
                if not (one.is_symlink() and leads_out(Path(one.path), root)):
                    found.append((one.stat().st_mtime_ns, one.name))
    return [name for _, name in sorted(found, reverse=True)[:most]]
