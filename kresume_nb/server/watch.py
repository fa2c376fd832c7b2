"""Resumes by itself where no page is open: watches kernels, and acts for runs whose switch is on.

Opt-in (`c.KResume.resume_without_page = True`). While a page is connected to a kernel, the page acts.
Nothing is written to the notebook: the training cell's saved output names the run's folder, which a
resume keeps, so that the notebook shows the run complete when it is opened again.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from kresume_nb.run import attempts, codec
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Attempt, ResumeRequest
from kresume_nb.server.cells import CannotRunError, Step, plan
from kresume_nb.server.newest import newest
from kresume_nb.server.stopped import HasEnded, Stopped, find_stopped
from kresume_nb.server.switches import Switches

LOOK_SECONDS = 1.0
READY_SECONDS = 120.0

_HANDED_ON = 3
"""Newest run folders looked at for trainings that follow one whose switch is on."""

PAGE_SECONDS = 5.0
"""A page loses its connection when the kernel dies, and is back about a second after it is there again."""

RESTART_SECONDS = 10.0
"""Jupyter's restarter looks every 3 s. It is not to be raced: of two restarts at once both fail."""


class Watch:
    """Watches the kernels of one server.

    Args:
        app: the `jupyter_server.serverapp.ServerApp`.
        switches: of the user.
        ended: tells of the kernels' ends as far as the server saw them.
        log: where it is told what is done.
    """

    def __init__(self, app: Any, switches: Switches, ended: HasEnded, log: logging.Logger) -> None:
        self._kernels = app.kernel_manager
        self._sessions = app.session_manager
        self._contents = app.contents_manager
        self._switches = switches
        self._ended = ended
        self._log = log
        self._told: set[str] = set()
        self._busy: set[str] = set()
        self._alone: dict[Path, float] = {}
        """Runs that are stopped with no page connected, and since when."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._who = f"server {socket.gethostname()} {os.getpid()}"

    async def run(self) -> None:
        """Looks about once a second, for as long as the server lives."""
        while True:
            try:
                await self._look()
            except Exception:  # noqa: BLE001  # told, and looked again: the server must live
                self._log.exception("kresume_nb: looking for runs to resume failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        on = await asyncio.to_thread(self._on)
        for path, since in on.items():
            stopped = await self._find(path, since)
            if stopped is None:
                self._alone.pop(path, None)
                continue
            kernel = stopped.header.writer.kernel
            if kernel is None or kernel in self._busy or kernel not in self._kernels:
                continue
            if self._kernels._kernel_connections.get(kernel, 0):  # noqa: SLF001  # what its REST API tells
                self._alone.pop(path, None)
                continue  # a page is there: it acts
            if time.monotonic() - self._alone.setdefault(path, time.monotonic()) < PAGE_SECONDS:
                continue  # one may be coming back
            now = time.time()
            one = attempts.decide(stopped.known, step=stopped.step, since=since, now=now)
            if one.kind == "go":
                self._busy.add(kernel)
                task = asyncio.create_task(self._attempt(kernel, stopped, one.number))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif one.kind in ("capped", "failed"):
                self._tell(path, f"no longer resumed by itself: {one.vain} attempts in vain")

    async def _find(self, path: Path, since: float) -> Stopped | None:
        return await asyncio.to_thread(find_stopped, path, since, self._ended)

    def _on(self) -> Mapping[Path, float]:
        """The runs whose switch is on, once it was handed on to what their executions have begun since."""
        for place in {path.parent for path in self._switches.on()}:
            for name in newest(place, place, _HANDED_ON):
                self._switches.inherit(place / name, self._kernels.__contains__)
        return self._switches.on()

    def _tell(self, path: Path, sentence: str) -> None:
        """Once."""
        line = f"kresume_nb: {path.name}: {sentence}"
        if line not in self._told:
            self._told.add(line)
            self._log.warning(line)

    async def _attempt(self, kernel: str, stopped: Stopped, number: int) -> None:
        try:
            cells, notebook = await self._notebook(kernel)
            steps = plan(stopped.header, cells, _relative(stopped.path, notebook))
            made = Attempt(
                number=number,
                by="server",
                who=self._who,
                time=time.time(),
                step=stopped.step,
                checkpoint=stopped.checkpoint,
            )
            path = stopped.path
            if not await asyncio.to_thread(attempts.claim, path, made):
                return
            self._log.info("kresume_nb: resuming %s by itself, attempt %d", path.name, number)
            renewal = asyncio.create_task(_renew(path, made))
            try:
                outcome, detail = await self._execute(kernel, steps, stopped, made)
            except Exception as error:
                closed = replace(made, outcome="died", detail=f"{type(error).__name__}: {error}")
                await asyncio.to_thread(_close, path, closed)
                raise
            finally:
                renewal.cancel()
            # A run that is given back is not written to: no process takes the attempt down.
            if outcome != "resumed" or stopped.broke_off:
                closed = replace(made, outcome=outcome, detail=detail)  # type: ignore[arg-type]
                await asyncio.to_thread(_close, path, closed)
        except CannotRunError as error:
            self._tell(stopped.path, f"not resumed by itself, because {error}")
        except Exception:  # noqa: BLE001  # told: the server must live
            self._log.exception("kresume_nb: resuming %s by itself failed", stopped.path.name)
        finally:
            self._busy.discard(kernel)

    async def _notebook(self, kernel: str) -> tuple[list[Any], Path | None]:
        """The notebook that the kernel belongs to: its cells as they are saved, and where it lies."""
        for session in await self._sessions.list_sessions():
            if (session.get("kernel") or {}).get("id") == kernel:
                try:
                    found = self._contents.get(session["path"], content=True, type="notebook")
                    model = await found if inspect.isawaitable(found) else found
                except HTTPError as error:
                    raise CannotRunError(
                        f"its notebook cannot be read: {error.log_message}"
                    ) from error
                root = getattr(self._contents, "root_dir", None)  # none where contents are no files
                path = None if root is None else Path(root) / session["path"].strip("/")
                return list(model["content"]["cells"]), path
        raise CannotRunError("its notebook is not open in this server")

    async def _alive(self, kernel: str) -> Any:
        """Its manager, once it has a process: Jupyter's restarter makes it, or we do."""
        manager = self._kernels.get_kernel(kernel)
        patience = RESTART_SECONDS if manager.autorestart else 0.0
        deadline = time.monotonic() + patience
        while not await manager.is_alive():
            if time.monotonic() >= deadline:
                await self._kernels.restart_kernel(kernel)
                break
            await asyncio.sleep(0.1)
        return manager

    async def _execute(
        self, kernel: str, steps: list[Step], stopped: Stopped, made: Attempt
    ) -> tuple[str, str]:
        """Runs the cells one after another; what came of it, and in words."""
        died = asyncio.Event()
        manager = await self._alive(kernel)
        client = manager.client()
        client.start_channels()
        self._kernels.add_restart_callback(kernel, died.set, "restart")
        self._kernels.add_restart_callback(kernel, died.set, "dead")
        try:
            await client.wait_for_ready(timeout=READY_SECONDS)
            died.clear()
            # Until here somebody may have made another attempt, or executed the cells by hand.
            if await self._find(stopped.path, stopped.since) is None:
                return "abandoned", "training went on without it"
            for step in steps:
                status = await _run(client, step, stopped.path.name, made, died)
                if status is None:
                    return "died", "the kernel died on the way"
                if status != "ok":
                    who = "the training cell" if step.training else "a set-up cell"
                    return "failed", f"{who} failed: {status}"
            return "resumed", ""
        except RuntimeError as error:  # not ready in time, or gone
            return "died", str(error)
        finally:
            for event in ("restart", "dead"):
                with suppress(KeyError, ValueError):
                    self._kernels.remove_restart_callback(kernel, died.set, event)
            client.stop_channels()


def request_for(step: Step, run: str, made: Attempt) -> ResumeRequest:
    """What the kernel is told with a cell."""
    if not step.training:
        return ResumeRequest(action="setup")
    return ResumeRequest(action="resume", run=run, checkpoint=made.checkpoint, attempt=made.number)


def _relative(run: Path, notebook: Path | None) -> str:
    """The run's folder as outputs of its notebook name it; empty if not known."""
    if notebook is None:
        return ""
    return Path(os.path.relpath(run.resolve(), notebook.parent.resolve())).as_posix()


async def _run(client: Any, step: Step, run: str, made: Attempt, died: asyncio.Event) -> str | None:
    """Executes a cell: `"ok"`, the name of its error, or None if the kernel died."""
    content = {
        "code": step.source,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    metadata = {"cellId": step.id, "kresume": codec.plain(request_for(step, run, made))}
    message = client.session.msg("execute_request", content, metadata=metadata)
    client.shell_channel.send(message)
    ended = asyncio.create_task(died.wait())
    try:
        while True:
            reply = asyncio.create_task(client.get_shell_msg(timeout=None))
            await asyncio.wait({reply, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                reply.cancel()
                return None
            answer = reply.result()
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                told = answer["content"]
                return "ok" if told["status"] == "ok" else str(told.get("ename", told["status"]))
    finally:
        ended.cancel()


async def _renew(path: Path, made: Attempt) -> None:
    while True:
        await asyncio.sleep(attempts.RENEW_SECONDS)
        await asyncio.to_thread(attempts.renew, path, made)


def _close(path: Path, attempt: Attempt) -> None:
    """Unless a process has taken it down: then the journal knows what came of it."""
    if attempt.number not in {one.number for one in read_journal(path).fold.attempts}:
        attempts.close(path, attempt)
