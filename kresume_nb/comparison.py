"""`kr.compare`: runs side by side, in a notebook and in scripts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kresume_nb import notebook
from kresume_nb._runs import Run, find_run
from kresume_nb.errors import ArgumentError, RunNotFoundError
from kresume_nb.run import codec, layout
from kresume_nb.run.compared import read_compared
from kresume_nb.run.reader import run_folders
from kresume_nb.run.records import (
    Changes,
    CheckpointRef,
    CompareAxis,
    CompareBundle,
    Compared,
    CompareView,
)
from kresume_nb.view import comparison_texts as texts
from kresume_nb.view import frames
from kresume_nb.view.compare.code import CellChange, code
from kresume_nb.view.compare.facts import Fact, facts
from kresume_nb.view.compare.labels import distinct, labels
from kresume_nb.view.compare.lineage import Node, parents, tree
from kresume_nb.view.compare.metrics import Metric, first_metric, metrics
from kresume_nb.view.compare.table import Row, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from kresume_nb.view.compare_widget import CompareWidget

_MOST = 50

Asked = Run | str | os.PathLike[str]


def compare(*runs: Asked) -> Comparison:
    """Runs side by side: curves on a common axis, a table, what differs, and checkpoints.

    A run that cannot be read, or that still trains, is shown for what it is.

    Args:
        runs: up to 50, each as `kr.load_run` returns it, or by name or path as it takes them. One
            alone is compared with the runs beside it that it was forked from, or that were forked
            from it.

    Raises:
        RunNotFoundError: if there is no such run.
        ArgumentError: if there are none, or too many.

    >>> kr.compare("adam", "sgd").plot("val_accuracy", x="time")  # doctest: +SKIP
    """
    found = [one.path if isinstance(one, Run) else find_run(one) for one in runs]
    if len(found) == 1:
        found = family(found[0])
    if not 1 <= len(found) <= _MOST:
        raise ArgumentError(
            f"kr.compare takes 1 to {_MOST} runs. Received: {len(found)}. Choose some, as in "
            "kr.compare(*kr.runs()[-5:])."
        )
    return Comparison([read_compared(path) for path in found])


class Comparison:
    """Runs side by side. `kr.compare` makes one; in a notebook it shows itself."""

    def __init__(self, runs: Sequence[Compared]) -> None:
        self.runs = distinct(runs)
        """What was read of each: header, summary and history, or why it could not be."""

    @property
    def labels(self) -> dict[str, str]:
        """By the path of each run's folder its name here, which no other run has."""
        return labels(self.runs)

    @property
    def metrics(self) -> list[Metric]:
        """All metrics, those first that all runs have."""
        return metrics(self.runs)

    @property
    def metric(self) -> str:
        """The metric that the table tells, and that is drawn first."""
        return first_metric(self.metrics)

    @property
    def table(self) -> Table:
        """How each run stands, its best and final value, and what it was trained with."""
        return Table(self.runs, self.metric)

    @property
    def differences(self) -> Differences:
        """The arguments, settings, data, versions and cells in which they differ."""
        return Differences(self.runs)

    @property
    def lineage(self) -> Lineage:
        """Which was forked from which."""
        return Lineage(self.runs)

    def checkpoints(self, a: Any, b: Any) -> CheckpointComparison:
        """Two checkpoints, layer by layer (`kresume_nb/weights` says what each figure means).

        Args:
            a: a run of this comparison by its label, for its newest checkpoint; `(label, 7)` for
                the one after 7 epochs, `(label, "step-00000312.keras")` for one by its file's name;
                or the path of any `.keras` file.
            b: the same.

        Raises:
            RunNotFoundError: if there is no such checkpoint.
            CorruptCheckpointError: if one is damaged.

        >>> kr.compare("adam", "sgd").checkpoints(("adam-001", 1), "adam-001")  # doctest: +SKIP
        """
        from kresume_nb.worker.checkpoints import compare
        from kresume_nb.worker.process import Worker

        (ref_a, path_a), (ref_b, path_b) = self._checkpoint(a), self._checkpoint(b)
        with Worker() as worker:
            return CheckpointComparison(compare(worker, path_a, path_b, (ref_a, ref_b)))

    def _checkpoint(self, asked: Any) -> tuple[CheckpointRef, Path]:
        if isinstance(asked, tuple) and len(asked) == 2:
            name, which = asked
        else:
            name, which = asked, None
            path = Path(asked)
            if path.suffix == ".keras" and path.is_file():
                return CheckpointRef(run=path.parent.as_posix(), file=path.name), path
        for run in self.runs:
            if name in (self.labels[run.key], run.key) and run.summary is not None:
                kept = [
                    one.file
                    for one in run.summary.checkpoints
                    if which is None
                    or one.file == which
                    or (one.position.epoch == which and one.position.batch == 0)
                ]
                if kept:
                    ref = CheckpointRef(run=run.key, file=kept[-1])
                    return ref, layout.checkpoint_path(Path(run.key), kept[-1])
                there = ", ".join(one.file for one in run.summary.checkpoints) or "none"
                raise RunNotFoundError(
                    f"{name} does not keep a checkpoint {which!r}. Kept: {there}."
                )
        raise RunNotFoundError(
            f"There is no run {name!r} in this comparison. Expected one of "
            f"{', '.join(self.labels.values())}."
        )

    def plot(
        self,
        metric: str | None = None,
        x: CompareAxis = "epoch",
        *,
        best: bool = False,
        log: bool = False,
        width: float = 7.0,
    ) -> Figure:
        """A metric of all runs as a matplotlib figure.

        Args:
            metric: its name, or `"learning_rate"`; default: `val_loss` or `loss`.
            x: `"epoch"`, `"step"`, `"examples"`, `"time"` (of training, without dead time and
                pauses) or `"elapsed"` (on the wall).
            best: draw the best value so far.
            log: on a logarithmic axis.
            width: inches; 3.4 fits a column of a paper.

        Raises:
            ArgumentError: if no run has this metric.
        """
        from kresume_nb.view import comparison_figures

        return comparison_figures.figure(self.runs, metric, x, best=best, log=log, width=width)

    def frame(self) -> Any:
        """A `pandas.DataFrame`: a row for each epoch of each run.

        Raises:
            MissingPandasError: if pandas is not installed.
        """
        return frames.of_runs(self.runs)

    def widget(self) -> CompareWidget:
        """The compare view as a Jupyter widget, where the JupyterLab extension is absent: VS Code, Colab.

        Its kernel reads the runs, live, and the checkpoints. It is gone with the kernel, which is why
        a comparison shows itself as a picture and a table there instead.

        >>> kr.compare("adam", "sgd").widget()  # doctest: +SKIP
        """
        from kresume_nb.answers import Answers
        from kresume_nb.view.compare_widget import CompareWidget

        keys = [run.key for run in self.runs]
        return CompareWidget(keys, Answers(keys))

    def __repr__(self) -> str:
        return texts.table_sheet(self.runs, self.metric).text()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The compare view, where the extension can draw it; a picture and a table elsewhere."""
        from kresume_nb.view import figures

        del options
        folder = notebook.context().folder
        folders = [Path(os.path.relpath(run.key, folder)).as_posix() for run in self.runs]
        return {
            CompareBundle.mime: codec.plain(CompareBundle(folders=folders, view=CompareView())),
            "image/png": figures.png(self.plot()),
            "text/html": texts.table_sheet(self.runs, self.metric).html(),
            "text/plain": repr(self),
        }


class Table(Sequence[Row]):
    """A row for each run."""

    def __init__(self, runs: Sequence[Compared], metric: str) -> None:
        self.metric = metric
        """The one that best and final values are of."""
        self._rows = table(runs, metric)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return texts.runs_sheet(self._rows, self.metric).text()

    def _repr_html_(self) -> str:
        return texts.runs_sheet(self._rows, self.metric).html()


class Differences:
    """In what runs differ."""

    def __init__(self, runs: Sequence[Compared]) -> None:
        self._runs = runs

    @property
    def facts(self) -> list[Fact]:
        """The facts that differ, each with its value in every run."""
        return [one for one in facts(self._runs) if one.differs]

    @property
    def code(self) -> dict[str, list[CellChange]]:
        """By label, the cells in which a run differs from the first."""
        readable = [run for run in self._runs if run.header is not None]
        named = labels(self._runs)
        return {
            named[run.key]: changed for run in readable[1:] if (changed := code(readable[0], run))
        }

    def __bool__(self) -> bool:
        return bool(self.facts or self.code)

    def __repr__(self) -> str:
        parts = [texts.facts_sheet(self._runs, self.facts).text()]
        parts += [f"{name}:\n{texts.code_text(one)}" for name, one in self.code.items()]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        from html import escape

        cells = "".join(
            f"<p>{escape(name)}:</p><pre>{escape(texts.code_text(one))}</pre>"
            for name, one in self.code.items()
        )
        return texts.facts_sheet(self._runs, self.facts).html() + cells


class Lineage(Sequence[Node]):
    """Runs and their forks: each run after the one that it was forked from."""

    def __init__(self, runs: Sequence[Compared]) -> None:
        self._runs = runs
        self._nodes = tree(runs)

    def __getitem__(self, index: Any) -> Any:
        return self._nodes[index]

    def __len__(self) -> int:
        return len(self._nodes)

    def __repr__(self) -> str:
        return texts.lineage_text(self._runs)


class CheckpointComparison:
    """Two checkpoints, layer by layer."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        """All figures."""

    def __repr__(self) -> str:
        return texts.changes_sheet(self.changes).text()

    def _repr_html_(self) -> str:
        return texts.changes_sheet(self.changes).html()


def family(path: Path) -> list[Path]:
    """The run, those that it descends from, and those that descend from it, in its folder."""
    beside = [read_compared(one) for one in run_folders(path.parent)]
    above = parents(beside)
    own = path.absolute().as_posix()
    related, found = {own}, own
    while (found := above.get(found) or "") and found not in related:
        related.add(found)
    grown = True
    while grown:
        more = {key for key, parent in above.items() if parent in related} - related
        # Cousins are no help in seeing what became of this one: only what comes after it.
        more = {key for key in more if _descends(key, own, above)}
        grown = bool(more)
        related |= more
    ordered = [Path(run.key) for run in beside if run.key in related]
    return ordered or [path]


def _descends(key: str, ancestor: str, above: dict[str, str | None]) -> bool:
    at: str | None = key
    while at is not None and at != ancestor:
        at = above.get(at)
    return at is not None
