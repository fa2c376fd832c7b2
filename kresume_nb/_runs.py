"""Runs on disk, for people: list them, open one, draw it, load its model."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kresume_nb import averages, notebook
from kresume_nb.errors import (
    CorruptCheckpointError,
    CorruptRecordError,
    ModelNotReadyError,
    NewerSchemaError,
    RunNotFoundError,
)
from kresume_nb.run import files, layout
from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import Journal, candidates, read_header, read_journal, run_folders
from kresume_nb.run.records import Checkpoint, Header, Parent, Status
from kresume_nb.run.report import Report
from kresume_nb.run.run_state import RunState, read_state
from kresume_nb.view.display import bundle, told

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure


class Run:
    """A run as it stood in its folder when it was opened.

    How it stands is read at once; its training steps, of which there may be millions, when they are
    first asked for.

    >>> run = kr.load_run("mnist")  # doctest: +SKIP
    >>> run.history["loss"][-1]  # doctest: +SKIP
    0.0213
    """

    __slots__ = ("_journal", "header", "path", "standing")

    def __init__(self, path: Path, header: Header, standing: RunState) -> None:
        self.path = path
        """The run folder."""
        self.header = header
        """What was started, where and on what."""
        self.standing = standing
        """What happened at epochs' ends."""
        self._journal: Journal | None = None

    @property
    def fold(self) -> Fold:
        """What the journal says."""
        return self._read().fold

    @property
    def torn(self) -> int:
        """Journal lines that a kill left incomplete; they were passed over."""
        return self._read().torn

    def _read(self) -> Journal:
        if self._journal is None:
            self._journal = read_journal(self.path)
        return self._journal

    @property
    def name(self) -> str:
        """The run folder's name, as in `mnist-001`."""
        return self.path.name

    @property
    def status(self) -> Status:
        """`running` (or killed: files cannot tell), `finished`, `interrupted` or `failed`."""
        return self.standing.summary.status

    @property
    def history(self) -> dict[str, list[float]]:
        """Per metric its value at each epoch, as in `History.history`."""
        return {name: list(values) for name, values in self.standing.history.items()}

    @property
    def steps(self) -> dict[str, list[float]]:
        """Training steps in columns: `step`, `epoch`, `batch`, `learning_rate`, and each log."""
        return self.fold.steps()

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Those kept, oldest first; their files lie in `path / "checkpoints"`."""
        return list(self.standing.summary.checkpoints)

    @property
    def parent(self) -> Parent | None:
        """The run and checkpoint that this one was forked from."""
        return self.header.parent

    @property
    def report(self) -> Report:
        """What became of each piece of state at the newest resume; empty if there was none."""
        return Report(tuple(self.fold.findings))

    def plot(self, *, width: float = 7.0) -> Figure:
        """Loss and learning rate as a matplotlib figure.

        Args:
            width: inches; 3.4 fits a column of a paper.
        """
        from kresume_nb.view import figures

        return figures.figure(self.fold, self.name, width=width)

    def frame(self, what: Literal["epochs", "steps"] = "epochs") -> Any:
        """The run as a `pandas.DataFrame`: a row an epoch, or a step.

        Raises:
            MissingPandasError: if pandas is not installed. It is no dependency of this package.

        >>> kr.load_run("mnist").frame()["val_loss"].idxmin()  # doctest: +SKIP
        7
        """
        from kresume_nb.view import frames

        if what == "steps":
            return frames.of_steps(self.steps)
        return frames.of_epochs(self.standing.summary, self.standing.history)

    def load_model(
        self,
        epoch: int | None = None,
        custom_objects: Mapping[str, Any] | None = None,
        weights: averages.Weights | None = None,
    ) -> keras.Model:
        """The model of a checkpoint, compiled, with its optimizer's state.

        No code from the file is run: classes and functions of your own are taken from this session.

        Args:
            epoch: after how many epochs; default: the newest checkpoint.
            custom_objects: your own classes and functions by name, as in
                `keras.saving.load_model`; those that are registered with Keras need not be named.
            weights: of an optimizer with `use_ema`: `"averaged"` gives the averages, which `fit`
                ends with, `"raw"` the weights that training goes on with. Default: raw, and a
                warning that there are averages.

        Raises:
            ArgumentError: if averages are asked for and there are none.
            RunNotFoundError: if no such checkpoint is kept.
            MissingObjectsError: naming what the file needs and this session lacks; also if it holds
                no model, since Keras could not serialize it (`load_weights` needs none).
            UnsafeModelError: if the file holds code (a lambda).
            CorruptCheckpointError: if the file is damaged, its weights do not lie plainly in it, or its
                configuration makes a model that they do not belong to.

        >>> kr.load_run("mnist").load_model(7, custom_objects={"Gate": Gate})  # doctest: +SKIP
        """
        import keras

        from kresume_nb import claims, needs

        path = self._checkpoint(epoch)
        config = needs.check(path, custom_objects or {}, epoch)
        _verify(path)
        claims.check(path, config, custom_objects or {})
        try:
            model = keras.saving.load_model(path, custom_objects=custom_objects, safe_mode=True)
        except Exception as error:
            raise CorruptCheckpointError(
                f"{path}: Keras cannot make the model of it: {type(error).__name__}: {error}"
            ) from error
        averages.choose(model, weights, f"{self.name}, {path.name},")
        return model

    def load_weights(
        self, model: keras.Model, epoch: int | None = None, skip_mismatch: bool = False
    ) -> None:
        """Puts the weights of a checkpoint into a model of yours, which needs no `get_config`.

        No class or function of the file is looked up. The model must have its weights, as one that was
        called on a batch has; an optimizer that has its slots gets their values, too.

        Args:
            model: made as the notebook makes it.
            epoch: after how many epochs; default: the newest checkpoint.
            skip_mismatch: leave out layers whose weights have another shape or number, with a warning,
                as in `keras.Model.load_weights`.

        Raises:
            RunNotFoundError: if no such checkpoint is kept.
            ModelNotReadyError: if the model has no weights yet.
            CorruptCheckpointError: if the file is damaged, or its weights do not lie plainly in it.
            ValueError: if layers do not fit and are not to be left out.

        >>> model = make_model()  # doctest: +SKIP
        >>> kr.load_run("gan").load_weights(model, epoch=7)  # doctest: +SKIP
        """
        if not model.weights:
            raise ModelNotReadyError(
                f"The model {model.name!r} has no weights yet, so there is nothing to put those of "
                f"{self.name} into. Call it on a batch first, as in model(x[:1])."
            )
        path = self._checkpoint(epoch)
        _verify(path)
        built, optimizer = model.built, getattr(model, "optimizer", None)
        model.built = True  # one without `call` never is, for Keras
        if optimizer is not None and not optimizer.built:
            model.optimizer = None  # it has no slots to put anything into
        try:
            model.load_weights(path, skip_mismatch=skip_mismatch)
        finally:
            model.built = built
            if optimizer is not None:
                model.optimizer = optimizer

    def _checkpoint(self, epoch: int | None) -> Path:
        """The newest, or the one after that many epochs."""
        found = [
            one
            for one in candidates(self.path, self.fold)
            if epoch is None or (one.position.epoch == epoch and one.position.batch == 0)
        ]
        if not found:
            wanted = "any checkpoint" if epoch is None else f"a checkpoint after {epoch} epochs"
            kept = ", ".join(one.file for one in self.checkpoints) or "none"
            raise RunNotFoundError(f"{self.name} does not keep {wanted}. Kept: {kept}.")
        return found[0].path

    def __repr__(self) -> str:
        return f"<Run {told(self.standing.summary, self.standing.last)}>"

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


def readable_runs(folder: Path) -> Iterator[Run]:
    """The runs of a folder that can be read; the others are named in warnings."""
    for path in run_folders(folder):
        try:
            yield open_run(path)
        except (CorruptRecordError, NewerSchemaError, OSError) as error:
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
    return open_run(find_run(path_or_name))


def find_run(path_or_name: str | os.PathLike[str]) -> Path:
    """The folder of one run, as `load_run` takes it.

    Raises:
        RunNotFoundError: if there is no such run.
    """
    path = Path(path_or_name).expanduser()
    if files.is_run(path):
        return path.resolve()
    place = _place(None)
    names = [one.name for one in run_folders(place)]
    wanted = str(path_or_name)
    matching = [one for one in names if one == wanted or layout.split_name(one)[0] == wanted]  # type: ignore[index]
    if not matching:
        raise RunNotFoundError(
            f"There is no run {wanted!r}: not a run folder, nor in {place}, which holds "
            f"{', '.join(names) or 'none'}."
        )
    return place / matching[-1]


def open_run(path: Path) -> Run:
    """The run in that folder."""
    return Run(path, read_header(path), read_state(path))


def _verify(path: Path) -> None:
    """Reads a checkpoint in a process of its own, before Keras does in this one."""
    from kresume_nb.worker import checkpoints
    from kresume_nb.worker.process import Worker

    with Worker() as worker:
        checkpoints.verify(worker, path)


def _place(folder: str | os.PathLike[str] | None) -> Path:
    return (
        Path(folder).expanduser()
        if folder is not None
        else notebook.context().folder / layout.FOLDER
    )


def _row(run: Run) -> tuple[str, str, str, str]:
    summary = run.standing.summary
    return (
        run.name,
        run.status,
        f"{summary.position.epoch} of {summary.epochs}",
        ", ".join(f"{name} {value:.4g}" for name, value in run.standing.last.items()),
    )
