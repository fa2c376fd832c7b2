"""A comparison as text and as HTML: its table, what differs, lineage, and checkpoints side by side.

Everything is first a `Sheet`: a head and rows of text. Text is escaped when it becomes HTML; names come
from files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from kresume_nb.run.records import Changes, Compared, WeightChange
from kresume_nb.view import words
from kresume_nb.view.compare.code import CellChange
from kresume_nb.view.compare.facts import Fact
from kresume_nb.view.compare.labels import labels
from kresume_nb.view.compare.lineage import tree
from kresume_nb.view.compare.table import Row, table
from kresume_nb.view.plaintext import table as plain_table


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: frozenset[int] = field(default=frozenset())
    """Columns of numbers."""
    notes: list[str] = field(default_factory=list)
    """Sentences below."""
    names: bool = False
    """Whether the head holds names of a person's, which stay as they are written."""

    def text(self, width: int | None = None) -> str:
        """As lines of text, of at most that width."""
        head = self.head if self.names else [one.upper() for one in self.head]
        lines = plain_table(head, self.rows, width, self.right)
        return "\n".join([*(lines if self.rows else []), *self.notes])

    def html(self) -> str:
        """As an HTML table."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.head)
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"right" if number in self.right else "left"}">'
                f"{escape(cell)}</td>"
                for number, cell in enumerate(row)
            )
            + "</tr>"
            for row in self.rows
        )
        shown = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        notes = "".join(f"<p>{escape(one)}</p>" for one in self.notes)
        return (shown if self.rows else "") + notes


def runs_sheet(rows: Sequence[Row], metric: str) -> Sheet:
    """How each run stands, and its best and final value."""
    head = ("run", "status", "best", "at", "final", "epochs", "time", "steps", "optimizer", "rate",
            "batch", "parameters")  # fmt: skip
    return Sheet(
        head,
        [
            (
                one.label,
                one.status,
                words.number(one.best.value if one.best else None),
                str(one.best.epoch) if one.best else "",
                words.number(one.final.value if one.final else None),
                "" if one.epochs is None else f"{one.epochs}/{one.asked}",
                words.duration(one.seconds),
                "" if one.steps is None else f"{one.steps:,}",
                one.optimizer,
                "" if one.learning_rate is None else words.fact(one.learning_rate),
                "" if one.batch_size is None else str(one.batch_size),
                "" if one.parameters is None else f"{one.parameters:,}",
            )
            for one in rows
        ],
        frozenset({2, 3, 4, 5, 6, 7, 9, 10, 11}),
        ([f"best and final: {metric}"] if metric else [])
        + [f"{one.label} cannot be read: {one.problem}" for one in rows if one.problem],
    )


def facts_sheet(runs: Sequence[Compared], found: Sequence[Fact]) -> Sheet:
    """What differs, a fact a row and a run a column."""
    readable = [run for run in runs if run.header is not None]
    named = labels(runs)
    rows = [
        (
            one.name.removeprefix("compile."),
            *(words.fact(one.values[run.key]) if run.key in one.values else "" for run in readable),
        )
        for one in found
        if one.differs
    ]
    note = [] if rows else ["No argument, setting, data, version or device differs."]
    return Sheet(("what", *(named[run.key] for run in readable)), rows, notes=note, names=True)


def code_text(changes: Sequence[CellChange]) -> str:
    """What changed in the cells, as a text diff; three lines around each change."""
    parts = []
    for one in changes:
        kind = "training cell" if one.training else "set-up cell"
        parts.append(f"@@ {kind} {one.cell or ''} {one.change} @@".replace("  ", " "))
        shown = _near([op != " " for op, _ in one.lines])
        for number, (op, line) in enumerate(one.lines):
            if shown[number]:
                parts.append(f"{op} {line}".rstrip())
            elif number and shown[number - 1]:
                parts.append("  …")
    return "\n".join(parts)


def lineage_text(runs: Sequence[Compared]) -> str:
    """The forks as a tree."""
    named = labels(runs)
    lines = []
    for one in tree(runs):
        line = "   " * max(0, one.depth - 1) + ("└─ " if one.depth else "") + named[one.key]
        if one.parent or one.missing:
            of = "" if one.parent else f" of {one.missing}, which is not here,"
            line += f" (fork{of} after epoch {one.epoch})"
        lines.append(line)
    return "\n".join(lines)


def changes_sheet(found: Changes) -> Sheet:
    """Two checkpoints, a layer a row."""
    head = ("layer", "norm", "relative", "cosine", "changed", "not finite", "dead units", "shapes")
    rows = [
        (
            one.label,
            *_weights(one.weights),
            " ".join("x".join(map(str, each.shape)) or "scalar" for each in one.variables),
        )
        for one in found.layers
    ]
    if len(rows) > 1:
        rows.append(("all", *_weights(found.total), f"{found.total.count:,} weights"))
    notes = [
        f"{one.label} is in one of them only, with shape {one.shape_a or one.shape_b}."
        if one.shape_a is None or one.shape_b is None
        else f"{one.label} has shape {one.shape_a} in one and {one.shape_b} in the other."
        for one in found.unmatched
    ]
    return Sheet(head, rows, frozenset(range(1, 7)), notes)


def _weights(one: WeightChange) -> tuple[str, ...]:
    bad = "" if not one.bad_a and not one.bad_b else f"{one.bad_a} → {one.bad_b}"
    dead = (
        "" if not one.dead_a and not one.dead_b else f"{one.dead_a} → {one.dead_b} of {one.units}"
    )
    return (
        f"{words.number(one.norm_a)} → {words.number(one.norm_b)}",
        words.number(one.relative),
        f"{one.cosine:.6f}".rstrip("0").rstrip("."),
        words.share(one.changed),
        bad,
        dead,
    )


def _near(changed: Sequence[bool], reach: int = 3) -> list[bool]:
    return [any(changed[max(0, at - reach) : at + reach + 1]) for at in range(len(changed))]


def table_sheet(runs: Sequence[Compared], metric: str) -> Sheet:
    """The table of the runs."""
    return runs_sheet(table(runs, metric), metric)
