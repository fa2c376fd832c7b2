"""What a kernel knows of the notebook around it: its file, its cells, what the page asked for.

Imports neither Jupyter nor IPython: outside of them every answer is "nothing".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import codec
from kresume_nb.run.records import Cell, ResumeRequest


@dataclass(frozen=True, slots=True)
class Context:
    """Where a call of `fit` was made."""

    jupyter: bool
    """Whether a Jupyter front end shows what is displayed."""
    kernel: str | None
    file: str | None
    """File name of the notebook or script."""
    folder: Path
    """The notebook's folder, or the working directory."""
    cell: Cell | None
    setup: list[Cell]
    request: ResumeRequest | None
    lab: bool = False
    """Whether JupyterLab or Notebook sent the cell: a page of theirs can have our extension."""
    marimo: bool = False
    """Whether a marimo notebook is what runs."""

    @property
    def stem(self) -> str:
        """What a run is named after if it is given no name."""
        return Path(self.file).stem if self.file else "run"


class CellLog:
    """Remembers which cells ran, by listening to IPython; lives in its list of listeners."""

    def __init__(self, earlier: list[str]) -> None:
        self._cells: dict[str, Cell] = {
            f"source {source}": Cell(id=None, source=source) for source in earlier
        }
        self._trained: dict[str, int] = {}

    def post_run_cell(self, result: Any) -> None:
        """IPython's event: a cell has run."""
        info = result.info
        if result.success and info is not None and info.store_history and info.raw_cell.strip():
            self.add(Cell(id=getattr(info, "cell_id", None), source=info.raw_cell))

    def add(self, cell: Cell) -> None:
        """A cell ran to its end. Run again, it keeps its place and takes its newer source."""
        self._cells[_key(cell)] = cell

    def setup(self, training: Cell) -> list[Cell]:
        """Cells that ran before the training cell, which is about to train."""
        first = self._trained.setdefault(_key(training), len(self._cells))
        return [
            Cell(id=cell.id, source=cell.source, late=number >= first)
            for number, (key, cell) in enumerate(self._cells.items())
            if key != _key(training)
        ]


def _key(cell: Cell) -> str:
    return f"id {cell.id}" if cell.id else f"source {cell.source}"


def listen() -> None:
    """Begins to remember cells, if this is an IPython session that does not yet."""
    shell = _shell()
    if shell is None or _log(shell) is not None:
        return
    manager = getattr(shell, "history_manager", None)
    earlier = [one for one in list(getattr(manager, "input_hist_raw", []))[1:-1] if one.strip()]
    shell.events.register("post_run_cell", CellLog(earlier).post_run_cell)


def context() -> Context:
    """Where we are."""
    shell = _shell()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return Context(
            jupyter=False,
            kernel=None,
            file=_script(),
            folder=Path.cwd(),
            cell=None,
            setup=[],
            request=None,
            marimo=_in_marimo(),
        )
    parent = kernel.get_parent("shell") or {}
    metadata = parent.get("metadata") or {}
    source = (parent.get("content") or {}).get("code")
    cell = Cell(id=_text(metadata.get("cellId")), source=source) if source else None
    log = _log(shell)
    notebook = _notebook_path(shell)
    folder = notebook.parent if notebook and notebook.parent.is_dir() else Path.cwd()
    return Context(
        jupyter=True,
        kernel=_kernel_id(kernel),
        file=notebook.name if notebook else None,
        folder=folder,
        cell=cell,
        setup=log.setup(cell) if log is not None and cell is not None else [],
        request=_request(metadata),
        lab="deletedCells" in metadata,  # theirs alone send it
    )


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _log(shell: Any) -> CellLog | None:
    listeners = shell.events.callbacks.get("post_run_cell", [])
    owners = (getattr(one, "__self__", None) for one in listeners)
    return next((one for one in owners if isinstance(one, CellLog)), None)


def _in_marimo() -> bool:
    asked = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return asked is not None and bool(asked())


def _script() -> str | None:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).name if file else None


def _notebook_path(shell: Any) -> Path | None:
    """Jupyter Server sets the variable for the kernels of notebooks; VS Code has one of its own."""
    path = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    return Path(path) if path and str(path).endswith(".ipynb") else None


def _kernel_id(kernel: Any) -> str | None:
    """Jupyter names the connection file after the kernel: `kernel-<id>.json`."""
    application = getattr(kernel, "parent", None)
    name = Path(getattr(application, "connection_file", "") or "").stem
    return name.removeprefix("kernel-") or None


def _request(metadata: Mapping[str, Any]) -> ResumeRequest | None:
    data = metadata.get("kresume")
    if not isinstance(data, Mapping):
        return None
    try:
        return codec.decode(ResumeRequest, data)
    except CorruptRecordError:
        return None  # not ours


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
