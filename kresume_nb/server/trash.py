"""`POST kresume/trash`: a run goes the way of every file that a page deletes, if nobody writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.errors import PinnedRunError
from kresume_nb.run.marks import read_marks
from kresume_nb.run.writer import lock
from kresume_nb.server.handlers import Handler


class Trash(Handler):
    """Takes `{"folder": address}`; to the system's trash, unless the server is told to do without."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Deletes, or says why not."""
        address = self.body().get("folder")
        if not isinstance(address, str):
            raise HTTPError(400, 'Expected {"folder": "kresume_runs/mnist-001"}.')
        check_deletable(self.run(address))
        contents: Any = self.contents_manager  # an asynchronous one, or one that is not
        await ensure_async(contents.delete(address.strip("/")))
        self.finish({})


def check_deletable(run: Path) -> None:
    """Returns if a run may be deleted.

    Raises:
        PinnedRunError: if a person pinned it, or its marks cannot be read.
        RunLockedError: if a process writes it.
    """
    if read_marks(run).pinned:
        raise PinnedRunError(f"{run.name} is pinned. Unpin it to delete it.")
    lock(run).release()
