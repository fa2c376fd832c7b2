"""A comparison as a Jupyter widget, for front ends without the extension: VS Code, Colab and others.

The page asks for a few runs at a time, and for checkpoints when somebody looks. What Jupyter's server
drops of the runs, because it comes faster than it lets pass, the page asks for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from kresume_nb.errors import CorruptRecordError, KResumeError
from kresume_nb.run import codec
from kresume_nb.run.records import CompareAnswer, CompareAsk


class Answers(Protocol):
    """Who reads runs and checkpoints for a widget."""

    def answer(self, ask: CompareAsk) -> tuple[Any, bool]:
        """The record that is asked for; of a run, also whether it lost its process."""


class CompareWidget(anywidget.AnyWidget):
    """The compare view in any front end that shows Jupyter widgets. `Comparison.widget` makes one.

    Args:
        keys: of the runs, in order.
        answers: takes what the page asks.
    """

    _esm = Path(__file__).parents[1] / "static" / "compare.js"

    folders = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The runs' keys."""

    def __init__(self, keys: Sequence[str], answers: Answers) -> None:
        super().__init__(folders=list(keys))
        self._answers = answers
        self.on_msg(self._received)

    def _received(self, _: Any, content: Any, __: Any) -> None:
        """A message of the page; one that is none of ours is passed over."""
        if not isinstance(content, Mapping) or content.get("type") != CompareAsk.type:
            return
        try:
            ask = codec.decode(CompareAsk, content)
        except CorruptRecordError as error:
            self.log.warning("kresume_nb: a widget sent what is no message: %s", error)
            return
        try:
            found, lost = self._answers.answer(ask)
            said = CompareAnswer(id=ask.id, answer=codec.dumps(found), lost=lost)
        except (KResumeError, OSError) as error:
            said = CompareAnswer(id=ask.id, problem=str(error))
        self.send(codec.plain(said))
