"""Follows notebooks that are renamed in Jupyter, so that their runs stay theirs and a copy's are the copy's.

A run names its notebook by its path. A rename at a terminal is seen by nobody: whoever has the training cell
then has the runs (`run/ownership.py`). Of one in Jupyter the server hears, and writes the new path into
the runs beside the notebook and tells it to its kernel, which knows the former one only.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from kresume_nb.errors import KResumeError, RunLockedError
from kresume_nb.run import headers, layout, limits, whereabouts
from kresume_nb.run.ownership import recorded_path
from kresume_nb.run.reader import read_header, run_folders
from kresume_nb.run.writer import lock
from kresume_nb.server.ended import EVENTS

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"

PATIENCE = 1.0
"""Seconds within which whoever only looks at a run has let go of its lock."""

_BEGINS = 5.0
"""Seconds within which a process that takes a run up has written its header."""


def watch(app: Any) -> None:
    """Listens to the server's contents and kernels from now on."""
    contents, kernels = app.contents_manager, app.kernel_manager

    async def renamed(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        del logger, schema_id
        root = getattr(contents, "root_dir", None)  # none where contents are no files
        if data.get("action") != "rename" or root is None:
            return
        old, new = (str(data.get(name, "")).strip("/") for name in ("source_path", "path"))
        connections = Path(kernels.connection_dir)
        for session in await app.session_manager.list_sessions():
            path = followed(str(session.get("path", "")).strip("/"), old, new)
            kernel = (session.get("kernel") or {}).get("id")
            if path is not None and kernel is not None:
                with suppress(OSError):  # it begins new runs under the former path
                    whereabouts.tell(connections, kernel, Path(root, path).absolute())
        if old.endswith(".ipynb"):
            await asyncio.to_thread(follow, Path(root, old), Path(root, new))

    async def ended(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        del logger, schema_id
        kernel = data.get("kernel_id")
        if data.get("action") == "shutdown" and isinstance(kernel, str) and kernel not in kernels:
            whereabouts.forget(Path(kernels.connection_dir), kernel)

    app.event_logger.add_listener(schema_id=CONTENTS, listener=renamed)
    app.event_logger.add_listener(schema_id=EVENTS, listener=ended)


def followed(path: str, old: str, new: str) -> str | None:
    """Where a notebook is after a rename; None if it was not concerned. It may be told before or after."""
    if path in (old, new):
        return new
    below = PurePosixPath(path)
    if below.is_relative_to(old):
        return str(PurePosixPath(new) / below.relative_to(old))
    return path if below.is_relative_to(new) else None


def follow(old: Path, new: Path) -> None:
    """Writes a notebook's new path into the runs that lie beside its former one."""
    place = old.parent / layout.FOLDER
    for run in _runs_of(place, old):
        # One that cannot be written keeps a path that is gone, as after a rename at a terminal.
        with suppress(KResumeError, OSError):
            _write(run, Path(os.path.relpath(new, place)).as_posix())


def _runs_of(place: Path, notebook: Path) -> Iterator[Path]:
    recorded = Path(os.path.relpath(notebook, place)).as_posix()
    try:
        folders = run_folders(place)
    except OSError:
        return
    for run in folders:
        with suppress(KResumeError, OSError):
            if recorded_path(read_header(run, limits.HEADER_AT_ONCE)) == recorded:
                yield run


def _write(run: Path, recorded: str) -> None:
    try:
        held = lock(run, patience=PATIENCE)
    except RunLockedError:
        held = None  # trained in this moment: its process has written the header, or is about to
        since = time.time() - read_header(run, limits.HEADER_AT_ONCE).writer.started
        if since < _BEGINS:
            time.sleep(_BEGINS - max(since, 0.0))
    try:
        header = headers.amended(run, notebook_path=recorded)
        if header is not None:
            headers.store(run, header)
    finally:
        if held is not None:
            held.release()
