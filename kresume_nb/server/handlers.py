"""What all routes have in common: authentication, folders that are checked, answers in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from kresume_nb.errors import KResumeError, RunNotFoundError
from kresume_nb.run import codec, layout
from kresume_nb.run.records import SCHEMA
from kresume_nb.server.places import OutsideRootError, os_path


class Handler(APIHandler):
    """A route of ours. Errors of this package become an answer that says what happened."""

    auth_resource = "contents"
    """Who may read files may read what runs say."""

    def folder(self, path: str) -> Path:
        """The folder on disk that an address of the Contents API names.

        Raises:
            HTTPError: 404 if it is outside of the server's root, hidden, or not there.
        """
        found = self.place(path)
        if not found.is_dir():
            raise HTTPError(404, f"There is no folder {path!r}.")
        return found

    def run(self, path: str) -> Path:
        """The run folder that an address names.

        Raises:
            HTTPError: as `folder`.
            RunNotFoundError: if the folder is no run.
        """
        found = self.folder(path)
        if layout.split_name(found.name) is None or not (found / layout.HEADER).is_file():
            raise RunNotFoundError(f"{found.name} is not a run folder: it has no {layout.HEADER}")
        return found

    def place(self, path: str) -> Path:
        """Where that folder is or would be.

        Raises:
            HTTPError: 404 if it is outside of the server's root, or hidden.
        """
        root = getattr(self.contents_manager, "root_dir", None)
        if root is None:
            raise HTTPError(404, "The server's contents are not files on this machine.")
        try:
            return os_path(path, Path(root), hidden=self.contents_manager.allow_hidden)
        except OutsideRootError as error:
            raise HTTPError(404, str(error)) from error

    def answer(self, record: Any) -> None:
        """Sends a record as JSON, NaN and infinities as the codec writes them."""
        self.finish(codec.dumps(record))

    def write_error(self, status_code: int, **options: Any) -> None:
        """Tornado's hook: our own errors are the caller's news, not the server's accident."""
        error = options.get("exc_info", (None, None, None))[1]
        if isinstance(error, KResumeError):
            self.set_status(409)
            self.set_header("Content-Type", "application/json")
            self.finish({"message": str(error), "reason": type(error).__name__})
            return
        super().write_error(status_code, **options)


class About(Handler):
    """`GET kresume/about`: that the extension is there, and which layout of runs it reads."""

    @authenticated
    @authorized
    def get(self) -> None:
        """Answers."""
        self.finish({"schema": SCHEMA})
