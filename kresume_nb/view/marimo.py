"""A run's output in a marimo notebook, which shows widgets and has no bundles of MIME types."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kresume_nb.run.fold import Fold
from kresume_nb.run.records import Control
from kresume_nb.view.display import made_widget

if TYPE_CHECKING:
    from kresume_nb.view.widget import TrainingWidget


class MarimoDisplay:
    """The output of one call of `fit`. What a cell's last expression shows comes in its place.

    Args:
        run: the run folder.
        ask: takes what is asked in the widget to the training.
    """

    def __init__(self, run: Path, ask: Callable[[Control], bool]) -> None:
        self._run = run
        self._ask = ask
        self._widget: TrainingWidget | None = None

    def show(self) -> None:
        """Shows the panel, as training begins."""
        self._widget = made_widget(self._run, self._ask)
        if self._widget is not None:
            marimo: Any = sys.modules["marimo"]
            marimo.output.append(self._widget)

    def finish(self, _: Fold) -> None:
        """The panel stays; the widget says all there is to say."""
        if self._widget is not None:
            self._widget.finish()
