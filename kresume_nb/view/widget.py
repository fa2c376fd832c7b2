"""The panel as a Jupyter widget, for front ends without the extension: VS Code, Colab and others.

The same views as in JupyterLab, fed over the widget's comm. A page can miss what is sent before its
code has loaded, and many kernels read no messages while a cell runs, so it could not ask again. That
is why the beginning of a run travels as the widget's state (`head`), which every page gets whenever
it comes; what follows are messages, each with the number of its first line.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from kresume_nb.errors import CorruptRecordError, RunNotFoundError
from kresume_nb.run import codec, files, layout, limits
from kresume_nb.run.records import Control, Heard, Lines, Reopen, Wish
from kresume_nb.view.feed import Feed

_HEAD_BYTES = 32 * 2**10
_HEAD_SECONDS = 10.0
"""For so long and so much the state grows: until then every page should have loaded its code."""
_HEADER_BYTES = 256 * 2**10


class _HasPath(Protocol):
    @property
    def path(self) -> Path: ...


class TrainingWidget(anywidget.AnyWidget):
    """The live panel of a run, in any front end that shows Jupyter widgets.

    `kr.fit` shows one by itself where the JupyterLab extension cannot. Made by hand, it follows any
    run on this machine, trained by whatever process.

    Args:
        run: what `kr.load_run` gives, or the path of a run folder.
        ask: takes what is asked in the widget to the training, and tells whether there is one.

    Raises:
        RunNotFoundError: if it is no run folder.

    >>> kr.TrainingWidget(kr.load_run("mnist"))  # doctest: +SKIP
    """

    _esm = Path(__file__).parents[1] / "static" / "widget.js"

    name = traitlets.Unicode().tag(sync=True)
    folder = traitlets.Unicode().tag(sync=True)
    header = traitlets.Unicode().tag(sync=True)
    """The text of `run.json`."""
    head = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The first lines of the journal."""

    def __init__(
        self,
        run: _HasPath | str | os.PathLike[str],
        *,
        ask: Callable[[Control], bool] | None = None,
    ) -> None:
        path = Path(run) if isinstance(run, str | os.PathLike) else run.path
        super().__init__(name=path.name, folder=str(path), header=_header(path))
        self._ask = ask
        self._head_bytes = 0
        self._head_until = time.monotonic() + _HEAD_SECONDS
        self._feed = Feed(path, self._pass_on)
        self.on_msg(self._received)
        self._feed.follow()

    def finish(self) -> None:
        """The run has ended: returns when the page was sent all of it, or soon."""
        self._feed.finish()

    def _pass_on(self, piece: Lines) -> None:
        """A piece of the journal, to the page. Called from the feed's thread."""
        size = sum(map(len, piece.lines))
        fits = self._head_bytes + size <= _HEAD_BYTES and time.monotonic() < self._head_until
        if piece.lines and fits and piece.first == len(self.head):
            self._head_bytes += size
            self.head = [*self.head, *piece.lines]
        else:
            if piece.lines and piece.first >= len(self.head):
                self._head_until = 0.0  # what comes later must not stand before this
            self.send(codec.plain(piece))

    def _received(self, _: Any, content: Any, __: Any) -> None:
        """A message of the page; one that is none of ours is passed over."""
        try:
            kind = content.get("type") if isinstance(content, Mapping) else None
            if kind == Reopen.type:
                message = codec.decode(Reopen, content)
                self.send(codec.plain(Heard(id=message.id, taken=True)))
                self._feed.reopen(message.first)
            elif kind == Wish.type:
                control = codec.decode(Wish, content).control
                taken = self._ask is not None and self._ask(control)
                self.send(codec.plain(Heard(id=control.id, taken=taken)))
        except CorruptRecordError as error:
            self.log.warning("kresume_nb: a widget sent what is no message: %s", error)


def _header(run: Path) -> str:
    """The text of `run.json`; nothing if it is too long to travel along."""
    path = run / layout.HEADER
    try:
        text = files.read(path, limits.HEADER).decode()
    except FileNotFoundError:
        raise RunNotFoundError(f"{run} is not a run folder: it has no {layout.HEADER}") from None
    return text if len(text) <= _HEADER_BYTES else ""
