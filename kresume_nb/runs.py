"""Runs on disk, for people: list them, open one, draw it, load its model."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kresume_nb import notebook
from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunNotFoundError
from kresume_nb.run import layout
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import candidates, read_header, read_journal, run_folders
from kresume_nb.run.records import Checkpoint, Header, Parent, Status
from kresume_nb.run.report import Report
from kresume_nb.view.display import bundle, sentence

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands in its folder at the moment of opening.

    >>> run = kr.load_run("mnist")  # doctest: +SKIP
    >>> run.history["loss"][-1]  # doctest: +SKIP
    0.0213
    """

    path: Path
    """The run folder."""
    header: Header
    """What was started, where and on what."""
    fold: Fold
    """What the journal says."""
    torn: int
    """Journal lines that a kill left incomplete; they were passed over."""

    @property
    def name(self) -> str:
        """The run folder's name, as in `mnist-001`."""
        return self.path.name

    @property
    def status(self) -> Status:
        """`running` (or killed: files cannot tell), `finished`, `interrupted` or `failed`."""
        return self.fold.status

    @property
    def history(self) -> dict[str, list[float]]:
        """Per metric its value at each epoch, as in `History.history`."""
        return self.fold.history()

    @property
    def steps(self) -> dict[str, list[float]]:
        """Training steps in columns: `step`, `epoch`, `batch`, `learning_rate`, and each log."""
        return self.fold.steps()

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Those kept, oldest first; their files lie in `path / "checkpoints"`."""
        return list(self.fold.checkpoints)

    @property
    def parent(self) -> Parent | None:
        """The run and checkpoint that this one was forked from."""
        return self.header.parent

    @property
    def report(self) -> Report:
        """What became of each piece of state at the newest resume; empty if there was none."""
        start = self.fold.start
        return Report(tuple(start.findings) if start is not None else ())

    def plot(self) -> Figure:
        """Loss and learning rate as a matplotlib figure."""
        from kresume_nb.view import figures

        return figures.figure(self.fold, self.name)

    def load_model(
        self, epoch: int | None = None, custom_objects: Mapping[str, Any] | None = None
    ) -> keras.Model:
        """The model of a checkpoint, compiled, with its optimizer's state.

        No code from the file is run: classes and functions of your own are taken from this session.

        Args:
            epoch: after how many epochs; default: the newest checkpoint.
            custom_objects: your own classes and functions by name, as in
                `keras.saving.load_model`; those that are registered with Keras need not be named.

        Raises:
            RunNotFoundError: if no such checkpoint is kept.
            MissingObjectsError: naming what the file needs and this session lacks.
            UnsafeModelError: if the file holds code (a lambda).

        >>> kr.load_run("mnist").load_model(7, custom_objects={"Gate": Gate})  # doctest: +SKIP
        """
        import keras

        from kresume_nb import needs

        found = [
            one
            for one in candidates(self.path, self.fold)
            if epoch is None or (one.position.epoch == epoch and one.position.batch == 0)
        ]
        if not found:
            wanted = "any checkpoint" if epoch is None else f"a checkpoint after {epoch} epochs"
            kept = ", ".join(one.file for one in self.checkpoints) or "none"
            raise RunNotFoundError(f"{self.name} does not keep {wanted}. Kept: {kept}.")
        needs.check(found[0].path, custom_objects or {}, epoch)
        return keras.saving.load_model(found[0].path, custom_objects=custom_objects)

    def __repr__(self) -> str:
        return f"<Run {sentence(self.name, self.fold)}>"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The panel, where the extension can draw it; a picture and a line of text elsewhere."""
        from kresume_nb.view import figures

        del options  # IPython's include and exclude: it filters by itself
        return {
            **bundle(self.path, notebook.context().folder),
            "image/png": figures.png(self.plot()),
            "text/plain": repr(self),
        }


class RunList(Sequence[Run]):
    """Runs of a folder, oldest first; shown as a table in notebooks."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs = runs

    def __getitem__(self, index: Any) -> Any:
        return RunList(self._runs[index]) if isinstance(index, slice) else self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._runs)) or "no runs"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("run", "status", "epochs", "last values"))
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _row(run)) + "</tr>"
            for run in self._runs
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def runs(folder: str | os.PathLike[str] | None = None) -> RunList:
    """The runs of a folder.

    A run that cannot be read (damaged, or written by a newer version) is named in a warning and
    left out.

    Args:
        folder: default `kresume_runs` beside the notebook.
    """
    return RunList(list(readable_runs(_place(folder))))


def readable_runs(folder: Path, *, keep_steps: bool = True) -> Iterator[Run]:
    """The runs of a folder that can be read; the others are named in warnings."""
    for path in run_folders(folder):
        try:
            yield open_run(path, keep_steps=keep_steps)
        except (CorruptRecordError, NewerSchemaError) as error:
            warnings.warn(f"kresume_nb: {path.name} is left out: {error}", stacklevel=2)


def load_run(path_or_name: str | os.PathLike[str]) -> Run:
    """One run, by the path of its folder or by its name.

    Args:
        path_or_name: `"mnist-002"`, or `"mnist"` for the newest of that name, in `kresume_runs`
            beside the notebook; or any path.

    Raises:
        RunNotFoundError: if there is no such run.
        NewerSchemaError: if a newer kresume_nb wrote it.
    """
    path = Path(path_or_name)
    if (path / layout.HEADER).is_file():
        return open_run(path.resolve())
    place = _place(None)
    names = [one.name for one in run_folders(place)]
    wanted = str(path_or_name)
    matching = [one for one in names if one == wanted or layout.split_name(one)[0] == wanted]  # type: ignore[index]
    if not matching:
        raise RunNotFoundError(
            f"There is no run {wanted!r}: not a run folder, nor in {place}, which holds "
            f"{', '.join(names) or 'none'}."
        )
    return open_run(place / matching[-1])


def open_run(path: Path, *, keep_steps: bool = True) -> Run:
    """The run in that folder.

    Args:
        keep_steps: False leaves the training steps out, which a list of runs does not need.
    """
    journal = read_journal(path, keep_steps=keep_steps)
    return Run(path, read_header(path), journal.fold, journal.torn)


def _place(folder: str | os.PathLike[str] | None) -> Path:
    return Path(folder) if folder is not None else notebook.context().folder / layout.FOLDER


def _row(run: Run) -> tuple[str, str, str, str]:
    last = run.fold.rows[-1].logs if run.fold.rows else {}
    return (
        run.name,
        run.status,
        f"{run.fold.position.epoch} of {run.fold.epochs}",
        ", ".join(f"{name} {value:.4g}" for name, value in last.items()),
    )
