"""A run's output in a notebook: our MIME type for JupyterLab, a picture and text for all others."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from kresume_nb.run import codec
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import Bundle
from kresume_nb.view import figures


class Display:
    """The output of one call of `fit`.

    Args:
        run: the run folder.
        folder: the notebook's, which the page knows.
        handle: of an output to take over; default: a new one.
    """

    def __init__(self, run: Path, folder: Path, handle: Any = None) -> None:
        self._run = run
        self._folder = folder
        self._handle = handle

    def show(self) -> None:
        """Shows the panel, as training begins."""
        text = f"{self._run.name} is training. Its panel needs JupyterLab with kresume_nb."
        if self._handle is None:
            self._handle = show(self._data(text))
        else:
            self._handle.update(self._data(text), raw=True)

    def finish(self, fold: Fold) -> None:
        """Puts the final picture beside it, for GitHub, nbconvert and other front ends."""
        if self._handle is not None:
            picture = figures.png(figures.figure(fold, self._run.name))
            data = self._data(sentence(self._run.name, fold))
            data["image/png"] = base64.b64encode(picture).decode()
            self._handle.update(data, raw=True)

    def _data(self, text: str) -> dict[str, Any]:
        return bundle(self._run, self._folder) | {"text/plain": text}


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
    at = fold.position
    done = f"epoch {at.epoch} of {fold.epochs}"
    if at.batch:
        done += f", batch {at.batch} of {fold.batches}"
    values = ", ".join(
        f"{metric} {value:.4g}"
        for metric, value in (fold.rows[-1].logs if fold.rows else {}).items()
    )
    status = fold.status if fold.status != "running" else "running or stopped"
    return f"{name}: {status} at {done}" + (f" ({values})" if values else "")
