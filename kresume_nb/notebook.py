"""What a kernel knows of the notebook around it: its file, its cells, what the page asked for.

Imports neither Jupyter nor IPython: outside of them every answer is "nothing".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from kresume_nb import execution, notebook_file
from kresume_nb.errors import CorruptRecordError
from kresume_nb.execution import Execution
from kresume_nb.run import codec, whereabouts
from kresume_nb.run.masking import digest, same_source
from kresume_nb.run.records import Cell, ResumeRequest

SECRET_TAG = "kresume-secret"  # noqa: S105  # the name of a tag
"""On a cell whose source is never stored."""


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
    notebook: Path | None = None
    """Of the notebook or script, where it is known."""
    cells: Callable[[], Sequence[Cell]] = tuple
    """The code cells of the notebook as it was saved last."""
    execution: Execution | None = None
    """Of the cell, or of the script."""

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
        if not _within_another(info):
            execution.PROCESS.cell_ran(success=bool(result.success))
        if result.success and info is not None and info.store_history and info.raw_cell.strip():
            secret = _tagged_secret(_metadata(_shell()))
            self.add(_told(Cell(id=getattr(info, "cell_id", None), source=info.raw_cell), secret))

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


def _told(cell: Cell, secret: bool) -> Cell:
    """The cell as it is remembered: of one that is tagged as secret only a digest of its source."""
    return replace(cell, source=digest(cell.source)) if secret else cell


def _tagged_secret(metadata: Mapping[str, Any]) -> bool:
    """Whether the page tells that the cell has the tag; it sends a cell's metadata along."""
    tags = metadata.get("tags")
    return isinstance(tags, list) and SECRET_TAG in tags


def _metadata(shell: Any) -> Mapping[str, Any]:
    """Of the request that the kernel carries out."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    found = (parent or {}).get("metadata")
    return found if isinstance(found, Mapping) else {}


def _key(cell: Cell) -> str:
    return f"id {cell.id}" if cell.id else f"source {cell.source}"


def listen() -> None:
    """Begins to remember cells, if this is an IPython session that does not yet."""
    shell = _shell()
    if shell is None or _log(shell) is not None:
        return
    shell.events.register("post_run_cell", CellLog(_earlier(shell)).post_run_cell)


def _earlier(shell: Any) -> list[str]:
    """Sources of the cells that ran to their end before; IPython 9 tells of which that is so."""
    manager = getattr(shell, "history_manager", None)
    ran = list(getattr(manager, "input_hist_raw", []))
    failed = getattr(manager, "exceptions", {})
    return [ran[at] for at in range(1, len(ran) - 1) if ran[at].strip() and at not in failed]


def context() -> Context:
    """Where we are."""
    shell = _shell()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return _outside(shell)
    parent = kernel.get_parent("shell") or {}
    metadata = parent.get("metadata") or {}
    source = (parent.get("content") or {}).get("code")
    log = _log(shell)
    notebook = _notebook_path(shell)
    saved = cache(lambda: notebook_file.read(notebook, SECRET_TAG))
    cell, setup = None, []
    if source:
        sent = Cell(id=_text(metadata.get("cellId")), source=source)
        sent = notebook_file.located(_told(sent, _tagged_secret(metadata)), lambda: saved().cells)
        # The log knows a cell without an id by what was sent: it is asked before the file's tags count.
        setup = _as_tagged(log.setup(sent), saved().secret) if log is not None else []
        [cell] = _as_tagged([sent], saved().secret)
    folder = notebook.parent if notebook and notebook.parent.is_dir() else Path.cwd()
    key = str((parent.get("header") or {}).get("msg_id"))
    return Context(
        jupyter=True,
        kernel=_kernel_id(kernel),
        file=notebook.name if notebook else None,
        folder=folder,
        cell=cell,
        setup=setup,
        request=_request(metadata),
        lab="deletedCells" in metadata,  # theirs alone send it
        notebook=notebook,
        cells=lambda: saved().cells,
        execution=execution.PROCESS.present(key, told_of_its_end=log is not None),
    )


def _as_tagged(cells: list[Cell], secret: Sequence[str]) -> list[Cell]:
    """The same cells; what the saved notebook tags as secret is told by a digest."""
    return [
        _told(cell, any(same_source(cell.source, source) for source in secret)) for cell in cells
    ]


def _outside(shell: Any) -> Context:
    """In a script, an IPython terminal, or a marimo notebook."""
    marimo = _in_marimo()
    script = _script()
    key: object = None if shell is None else f"terminal {shell.execution_count}"
    if marimo:
        key = _MarimoExecution()
    return Context(
        jupyter=False,
        kernel=None,
        file=script.name if script is not None else None,
        folder=Path.cwd(),
        cell=None,
        setup=[],
        request=None,
        marimo=marimo,
        notebook=script,
        execution=execution.PROCESS.present(key, told_of_its_end=not marimo),
    )


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _within_another(info: Any) -> bool:
    """Whether what ran was no cell of the notebook, but source that a cell had run (`%run`)."""
    kernel = getattr(_shell(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    code = ((parent or {}).get("content") or {}).get("code")
    return code is not None and info is not None and info.raw_cell != code


def _log(shell: Any) -> CellLog | None:
    listeners = shell.events.callbacks.get("post_run_cell", [])
    owners = (getattr(one, "__self__", None) for one in listeners)
    return next((one for one in owners if isinstance(one, CellLog)), None)


def _in_marimo() -> bool:
    asked = getattr(sys.modules.get("marimo"), "running_in_notebook", None)
    return asked is not None and bool(asked())


class _MarimoExecution:
    """The execution of a marimo cell: marimo makes a context object for each."""

    def __init__(self) -> None:
        runtime = sys.modules.get("marimo._runtime.context")
        try:
            self.context = runtime.get_context().execution_context  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001  # not within a cell, or a version that keeps it elsewhere
            self.context = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _MarimoExecution) and self.context is other.context

    __hash__ = None  # type: ignore[assignment]


def _script() -> Path | None:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).absolute() if file else None


def _notebook_path(shell: Any) -> Path | None:
    """Jupyter Server sets the variable for the kernels of notebooks; VS Code has one of its own.

    Where our server extension saw that the notebook was renamed since, it has told the kernel.
    """
    connection = _connection_file(shell.kernel)
    kernel = _kernel_id(shell.kernel)
    if connection is not None and kernel is not None:
        moved = whereabouts.told(connection.parent, kernel)
        if moved is not None and moved.suffix == ".ipynb":
            return moved
    path = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    return Path(path) if path and str(path).endswith(".ipynb") else None


def _kernel_id(kernel: Any) -> str | None:
    """Jupyter names the connection file after the kernel: `kernel-<id>.json`."""
    connection = _connection_file(kernel)
    return connection.stem.removeprefix("kernel-") or None if connection is not None else None


def _connection_file(kernel: Any) -> Path | None:
    application = getattr(kernel, "parent", None)
    name = getattr(application, "connection_file", "") or ""
    return Path(name) if name else None


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
