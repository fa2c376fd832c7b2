"""`resume="ask"`: asks whether, and from where, an unfinished run goes on.

In a notebook the question stands in the cell's output while the kernel waits within the cell.
Messages of the page do not reach a kernel that is busy, files do: the page answers with files in the
run folder, and the kernel looks for them. Where no page shows itself, or where nobody can be asked,
training goes on from the newest checkpoint, which loses nothing.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kresume_nb.errors import CorruptRecordError
from kresume_nb.notebook import Context
from kresume_nb.run import atomic, codec, files, limits, resume_choice
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import Ask, AskReply, Point, Position, ResumeRequest
from kresume_nb.run.resume_choice import StoredRun

COUNTDOWN = 15.0
"""Seconds after which a page that nobody touches answers by itself."""

_PATIENCE = 2.0
"""Seconds in which a page must show itself."""

_PATIENCE_WITH_LAB = 6.0
"""The same where JupyterLab sent the cell, whose page most likely is only slow."""

_SLACK = 10.0
"""Seconds that a page may be late: its tab may be in the background."""

_MOST = 20
"""Checkpoints offered, the newest."""

_STALE = 3600.0
_ASK = re.compile(r"ask-.*\.json")
_LOOK_EVERY = 0.05


class ResumePrompt:
    """Asks where an unfinished run is to go on, whoever there is to answer.

    Args:
        context: where `fit` was called.
        tell: how a run stands, in a line.
        show: displays data by MIME type, and returns a handle with `update`; None if nothing is to
            be displayed.
    """

    def __init__(
        self,
        context: Context,
        tell: Callable[[str, Fold], str],
        show: Callable[[dict[str, Any]], Any] | None,
    ) -> None:
        self._context, self._tell, self._show = context, tell, show
        self.handle: Any = None
        """Of the output that the question stood in, for whatever is to stand there afterwards."""

    def __call__(self, run: StoredRun) -> ResumeRequest:
        """The answer.

        Raises:
            KeyboardInterrupt: if somebody interrupts it; nothing has changed on disk.
        """
        told = self._tell(run.path.name, run.fold)
        if not self._context.jupyter:
            return at_terminal(run, told)
        cell = self._context.cell
        if self._show is None or cell is None or cell.id is None:  # papermill names no cell
            return nobody(run)
        patience = _PATIENCE_WITH_LAB if self._context.lab else _PATIENCE
        question = Question(run, self._context.folder, told, self._show, patience=patience)
        try:
            return question.ask()
        finally:
            self.handle = question.handle


def nobody(run: StoredRun) -> ResumeRequest:
    """The answer where nobody can be asked."""
    return ResumeRequest(action="resume", run=run.path.name)


def at_terminal(run: StoredRun, told: str) -> ResumeRequest:
    """Asks on standard input, if a person sits there.

    Args:
        told: how the run stands.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        return nobody(run)
    points = resume_choice.points(run)[:_MOST]
    lines = [f"kresume_nb: {told}."]
    for number, one in enumerate(points, 1):
        how = "resume" if number == 1 else "fork"
        lines.append(f"  {number:2}  {how} from {place(one.position)}{_losses(one)}")
    prompt = "\n".join([*lines, "Resume from the first? [Y/n = start over/number] "])
    while True:
        try:
            answer = input(prompt).strip().lower()
        except EOFError:
            return nobody(run)
        found = _understood(answer, run, points)
        if found is not None:
            return found
        prompt = f"Expected y, n or a number from 1 to {len(points)}. Received: {answer!r}. "


def _understood(answer: str, run: StoredRun, points: list[Point]) -> ResumeRequest | None:
    if answer in ("n", "no"):
        return ResumeRequest(action="new")
    if answer in ("", "y", "yes"):
        return nobody(run)
    if not answer.isdecimal() or not 1 <= int(answer) <= len(points):
        return None
    number = int(answer)
    return ResumeRequest(
        action="resume" if number == 1 else "fork",
        run=run.path.name,
        checkpoint=points[number - 1].checkpoint,
    )


class Question:
    """The question in a notebook.

    Args:
        run: the unfinished run.
        folder: the notebook's, which the page knows.
        told: how the run stands.
        show: displays data by MIME type, and returns a handle with `update`.
        seconds: of the countdown.
        patience: seconds in which a page must show itself.
    """

    def __init__(
        self,
        run: StoredRun,
        folder: Path,
        told: str,
        show: Callable[[dict[str, Any]], Any],
        *,
        seconds: float = COUNTDOWN,
        patience: float = _PATIENCE,
    ) -> None:
        self._run, self._told = run, told
        self._patience = patience
        self._show = show
        fold = run.fold
        self._ask = Ask(
            id=secrets.token_hex(8),
            run=run.path.name,
            folder=Path(os.path.relpath(run.path, folder)).as_posix(),
            status=fold.status,
            position=fold.position,
            epochs=fold.epochs,
            batches=fold.batches,
            points=resume_choice.points(run)[:_MOST],
            seconds=seconds,
            created=time.time(),
        )
        self._file = run.path / f"ask-{self._ask.id}.json"
        self._reply = re.compile(rf"ask-{self._ask.id}-[0-9a-z]{{1,32}}\.json")
        self.handle: Any = None

    def ask(self) -> ResumeRequest:
        """Waits for the answer; leaves no file behind.

        Raises:
            KeyboardInterrupt: if somebody interrupts it.
        """
        said = "going on from the newest checkpoint"
        try:
            _remove_stale(self._run.path)
            atomic.write(self._file, codec.dumps(self._ask).encode(), durable=False)
            text = f"{self._told}. Resume?"
            self.handle = self._show({Ask.mime: codec.plain(self._ask), "text/plain": text})
            answer = self._wait() or nobody(self._run)
            said = _said(answer, self._ask.points)
        except OSError:  # a folder that cannot be written is told of when training begins
            return nobody(self._run)
        except KeyboardInterrupt:
            said = "interrupted while it asked where to resume from"
            raise
        finally:
            self._withdraw()
            if self.handle is not None:
                self.handle.update({"text/plain": f"kresume_nb: {said}"}, raw=True)
        return answer

    def _wait(self) -> ResumeRequest | None:
        deadline = time.monotonic() + self._patience
        touched = time.monotonic()
        while time.monotonic() < deadline:
            for reply in self._replies():
                if reply.action != "waiting":
                    return ResumeRequest(
                        action=reply.action,
                        run=None if reply.action == "new" else self._ask.run,
                        checkpoint=reply.checkpoint,
                    )
                deadline = time.monotonic() + max(0.0, min(reply.patience, _STALE)) + _SLACK
            if time.monotonic() - touched > 1:
                files.touch(self._file)  # so that a page knows that somebody waits
                touched = time.monotonic()
            time.sleep(_LOOK_EVERY)
        return None

    def _replies(self) -> list[AskReply]:
        """Of the pages, each read once; oldest first."""
        found = []
        for path in self._reply_files():
            try:
                reply = codec.decode(AskReply, codec.read(path, limits.REPLY))
            except (CorruptRecordError, OSError):
                continue  # not whole yet, or not one of ours
            finally:
                with suppress(OSError):
                    atomic.remove(path)
            if reply.id == self._ask.id:
                found.append(reply)
        return sorted(found, key=lambda one: one.time)

    def _reply_files(self) -> list[Path]:
        there = files.names(self._run.path)
        return [self._run.path / name for name in there if self._reply.fullmatch(name)]

    def _withdraw(self) -> None:
        with suppress(OSError):
            for path in [self._file, *self._reply_files()]:
                atomic.remove(path)


def place(at: Position) -> str:
    """`epoch 7`, `epoch 7, batch 24`, `the start`."""
    if at.epoch == 0 and at.batch == 0:
        return "the start"
    return f"epoch {at.epoch}" + (f", batch {at.batch}" if at.batch else "")


def _losses(point: Point) -> str:
    return "".join(f"  {name} {value:.4g}" for name, value in list(point.logs.items())[:3])


def _said(answer: ResumeRequest, points: list[Point]) -> str:
    if answer.action == "new":
        return "starting over in a new run"
    chosen = [one for one in points if one.checkpoint == answer.checkpoint] or points[:1]
    where = place(chosen[0].position) if chosen else "the newest checkpoint"
    verb = "resuming" if answer.action == "resume" else "forking"
    return f"{verb} {answer.run} from {where}"


def _remove_stale(folder: Path) -> None:
    """What a kernel left that was killed while it asked."""
    for name in files.names(folder):
        if _ASK.match(name):
            with suppress(OSError):
                if time.time() - files.info(folder / name).st_mtime > _STALE:
                    atomic.remove(folder / name)
