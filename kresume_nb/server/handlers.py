"""What all routes have in common: authentication, folders that are checked, answers in JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from kresume_nb.errors import CorruptRecordError, KResumeError, RunNotFoundError
from kresume_nb.run import codec, files, layout
from kresume_nb.run.reader import is_folder
from kresume_nb.run.records import SCHEMA
from kresume_nb.server.places import OutsideRootError, os_path
from kresume_nb.worker.process import Worker

_PIECE = 2**18
"""Bytes that are sent in one go."""

_TOLD = (KResumeError, OSError)
"""A file that cannot be read or written is no accident of the server's, either."""

Result = TypeVar("Result")
Work = Callable[[Worker], Result]


class Handler(APIHandler):
    """A route of ours. Errors of this package become an answer that says what happened."""

    auth_resource = "contents"
    """Who may read files may read what runs say."""

    gone = False
    """Whether the page that asks closed the connection."""
    _at_work: Worker | None = None

    def folder(self, path: str) -> Path:
        """The folder on disk that an address of the Contents API names.

        Raises:
            HTTPError: 404 if it is outside of the server's root, hidden, or not there.
        """
        found = self.place(path)
        if not is_folder(found):
            raise HTTPError(404, f"There is no folder {path!r}.")
        return found

    def run(self, path: str) -> Path:
        """The run folder that an address names.

        Raises:
            HTTPError: as `folder`.
            RunNotFoundError: if the folder is no run.
        """
        found = self.folder(path)
        if layout.split_name(found.name) is None or not files.is_run(found):
            raise RunNotFoundError(f"{found.name} is not a run folder: it has no {layout.HEADER}")
        return found

    def place(self, path: str) -> Path:
        """Where that folder is or would be.

        Raises:
            HTTPError: 404 if it is outside of the server's root, or hidden.
        """
        try:
            return os_path(path, self.root(), hidden=self.contents_manager.allow_hidden)
        except OutsideRootError as error:
            raise HTTPError(404, str(error)) from error

    def root(self) -> Path:
        """The server's own folder.

        Raises:
            HTTPError: 404 if its contents are not files.
        """
        root = getattr(self.contents_manager, "root_dir", None)
        if root is None:
            raise HTTPError(404, "The server's contents are not files on this machine.")
        return Path(root)

    def body(self) -> dict[str, Any]:
        """The body of the request, which must be a JSON object.

        Raises:
            HTTPError: 400 if it is none.
        """
        try:
            found = codec.parse(self.request.body) if self.request.body.strip() else {}
        except CorruptRecordError as error:
            raise HTTPError(400, f"Expected a JSON object. Received: {error}") from error
        return found

    async def ask(self, kind: Literal["records", "checkpoints"], work: Work[Result]) -> Result:
        """What a worker makes of the request, in a thread. It is killed if the page goes away.

        Args:
            kind: whose turn: at most one request of each kind is at work.
            work: asks the worker.
        """
        workers: dict[str, tuple[asyncio.Lock, Worker]] = self.settings.setdefault(
            "kresume_workers", {}
        )
        turn, worker = workers.setdefault(kind, (asyncio.Lock(), Worker()))
        async with turn:
            if self.gone:
                raise HTTPError(499, "The page is gone.")
            self._at_work = worker
            try:
                return await asyncio.to_thread(work, worker)
            finally:
                self._at_work = None

    def on_connection_close(self) -> None:
        """Tornado's hook: nobody waits for the answer any more."""
        super().on_connection_close()
        self.gone = True
        if self._at_work is not None:
            self._at_work.kill()

    def compute_etag(self) -> str | None:
        """Tornado's hook: no digest of tens of megabytes on the server's loop; nobody asks for it."""
        return None

    def answer(self, record: Any) -> None:
        """Sends a record as JSON, NaN and infinities as the codec writes them."""
        self.send_text(codec.dumps(record))

    def send_text(self, text: str) -> None:
        """Sends JSON."""
        self.finish(text)

    async def send_long(self, text: bytes) -> None:
        """Sends JSON that may be long, a piece at a time: others have their turn on the loop between."""
        self.set_header("Content-Length", str(len(text)))
        rest = memoryview(text)
        for start in range(0, len(text), _PIECE):
            self.write(bytes(rest[start : start + _PIECE]))
            await self.flush()
            await asyncio.sleep(0)  # a page that takes all at once would not let anybody in
        self.finish()

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Tornado's hook: a line for what the caller is told anyway, the stack for an accident."""
        if isinstance(value, _TOLD):
            # As Python writes a text: a name from a stranger's folder begins no line of the log.
            self.log.warning("%s %s: %r", self.request.method, self.request.path, str(value))
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **options: Any) -> None:
        """Tornado's hook: our own errors are the caller's news, not the server's accident."""
        error = options.get("exc_info", (None, None, None))[1]
        if isinstance(error, _TOLD):
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
