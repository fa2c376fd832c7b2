"""A run's output in a notebook, in every form that some front end can show.

Our MIME type for JupyterLab and Notebook with the extension, which prefers it to all others; a
widget's view for those without; a picture and text for pages that run nothing, GitHub's for example.

A widget's view goes before a picture wherever widgets are known, and without its kernel it says
"model not found" and nothing else. So the view is there only while the run trains, and only until a
page says that it has our extension (`lookout.py`): what a notebook keeps of a run that has ended, or
was killed under such a page, is its picture. That comes early and again from time to time.
"""

from __future__ import annotations

import base64
import os
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kresume_nb.run import codec
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import Bundle, Control, Summary
from kresume_nb.view import figures
from kresume_nb.view.extension_detector import ExtensionDetector
from kresume_nb.view.pictures import Pictures

if TYPE_CHECKING:
    from kresume_nb.view.widget import TrainingWidget

_MOST_METRICS = 8
_LONGEST = 60
"""Characters of a metric's name."""
_VIEW = "application/vnd.jupyter.widget-view+json"


class Display:
    """The output of one call of `fit`.

    Args:
        run: the run folder.
        folder: the notebook's, which the page knows.
        handle: of an output to take over; default: a new one.
        ask: takes what is asked in the widget to the training.
    """

    def __init__(
        self,
        run: Path,
        folder: Path,
        handle: Any = None,
        ask: Callable[[Control], bool] | None = None,
    ) -> None:
        self._run = run
        self._folder = folder
        self._handle = handle
        self._ask = ask
        self._widget: TrainingWidget | None = None
        self._text = (
            f"{run.name}: training began. Its panel needs JupyterLab or Jupyter widgets; "
            f"kr.load_run({run.name!r}) shows how it stands."
        )
        self._picture: bytes | None = None
        self._pictures = Pictures(run, self._update)
        self._lookout: ExtensionDetector | None = None
        self._one = threading.Lock()
        """Pictures and the lookout have threads of their own."""

    def show(self) -> None:
        """Shows the panel, as training begins."""
        self._widget = made_widget(self._run, self._ask)
        if self._handle is None:
            self._handle = show(self._data())
        else:
            self._handle.update(self._data(), raw=True)
        self._pictures.start()
        if self._widget is not None:
            self._lookout = ExtensionDetector(self._run, self._widget.model_id, self._seen)
            self._lookout.start()

    def finish(self, fold: Fold) -> None:
        """Puts the final picture in the widget's place; our extension shows the panel as before."""
        if self._handle is None:
            return
        self._pictures.stop()
        if self._lookout is not None:
            self._lookout.stop()
        if self._widget is not None:
            self._widget.finish()
            self._widget = None
        self._update(fold, figures.png(figures.figure(fold, self._run.name)))

    def _seen(self) -> None:
        """A page shows the run without the widget. Called from the lookout's thread."""
        with self._one:
            widget, self._widget = self._widget, None
            self._handle.update(self._data(), raw=True)
        if widget is not None:
            widget.finish()
            widget.close()

    def _update(self, fold: Fold, picture: bytes) -> None:
        with self._one:
            self._text = sentence(self._run.name, fold)
            self._picture = picture
            self._handle.update(self._data(), raw=True)

    def _data(self) -> dict[str, Any]:
        data = bundle(self._run, self._folder) | {"text/plain": self._text}
        if self._picture is not None:
            data["image/png"] = base64.b64encode(self._picture).decode()
        if self._widget is not None:
            data[_VIEW] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self._widget.model_id,
            }
        return data


def made_widget(run: Path, ask: Callable[[Control], bool] | None) -> TrainingWidget | None:
    """The widget of a run; None, and a warning, where widgets cannot be made."""
    try:
        from kresume_nb.view.widget import TrainingWidget

        return TrainingWidget(run, ask=ask)
    except (ImportError, OSError) as error:
        warnings.warn(
            f"kresume_nb: no widget of {run.name} for front ends without our extension: {error}. "
            "Training goes on.",
            stacklevel=2,
        )
        return None


def show(data: dict[str, Any]) -> Any:
    """Displays data by MIME type; returns the handle that replaces it."""
    from IPython.display import display

    shown: Any = display
    return shown(data, raw=True, display_id=True)


def bundle(run: Path, folder: Path) -> dict[str, Any]:
    """Our MIME type's data for a run: its name and where it lies, nothing that grows."""
    relative = Path(os.path.relpath(run, folder)).as_posix()
    return {Bundle.mime: codec.plain(Bundle(run=run.name, folder=relative))}


def sentence(name: str, fold: Fold) -> str:
    """How a run stands, in a line."""
    return told(fold.summary(name), fold.rows[-1].logs if fold.rows else {})


def told(summary: Summary, last: Mapping[str, float]) -> str:
    """The same of what stands in `history.json`.

    Args:
        summary: of the run.
        last: metrics of its last epoch.
    """
    at = summary.position
    done = f"epoch {at.epoch} of {summary.epochs}"
    if at.batch:
        done += f", batch {at.batch}" + (f" of {summary.batches}" if summary.batches else "")
    some = list(last.items())[:_MOST_METRICS]
    values = ", ".join(f"{metric[:_LONGEST]} {value:.4g}" for metric, value in some)
    if len(last) > len(some):
        values += f" and {len(last) - len(some)} more"
    status = summary.status if summary.status != "running" else "running or stopped"
    return f"{summary.name}: {status} at {done}" + (f" ({values})" if values else "")
