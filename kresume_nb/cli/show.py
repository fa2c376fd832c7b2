"""`kresume show`."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import fields
from typing import TYPE_CHECKING

from kresume_nb.cli.terminal import RUN_HELP, Commands, add_json, print_json, width
from kresume_nb.view import words
from kresume_nb.view.compare.table import class_of
from kresume_nb.view.comparison_texts import Sheet

if TYPE_CHECKING:
    from kresume_nb._runs import Run
    from kresume_nb.run.records import Policy, Summary

_INDENT = 15


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("show", help="how a run stands")
    parser.add_argument("run", help=RUN_HELP)
    add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Tells of a run."""
    from kresume_nb._runs import load_run

    found = load_run(options.run)
    summary = found.standing.summary
    if options.json:
        print_json({"header": found.header, "summary": summary, **found.history})
        return 0
    for name, value in _facts(found).items():
        if value:
            print(_line(name, value))
    rows = [
        (
            one.file,
            words.size(one.bytes),
            "" if one.value is None else f"{one.monitor} {one.value:.4g}",
        )
        for one in found.checkpoints
    ]
    print()
    sheet = Sheet(("checkpoint", "size", "monitored"), rows, frozenset({1}))
    print(sheet.text(width()) if rows else "no checkpoints")
    return 0


def _facts(found: Run) -> dict[str, str]:
    summary, header, fold = found.standing.summary, found.header, found.fold
    at = summary.position
    return {
        "run": found.name,
        "folder": str(found.path),
        "status": f"{found.status} {f'({summary.reason})' if summary.reason else ''}".strip(),
        "reached": f"epoch {at.epoch} of {summary.epochs}, batch {at.batch} of {summary.batches}",
        "trained for": words.duration(summary.seconds[-1] if summary.seconds else None),
        "last values": ", ".join(
            f"{name} {value:.4g}" for name, value in found.standing.last.items()
        ),
        "resumed after": ", ".join(
            f"epoch {one.epoch}, batch {one.batch}" for one in summary.resumes
        ),
        "forked from": f"{found.parent.run} after epoch {found.parent.epoch}"
        if found.parent
        else "",
        "restored": found.report.line if found.report else "",
        "notebook": header.notebook or "",
        "data": f"{header.samples} samples, {header.batch_size} a batch, seed {header.seed}",
        "model": f"{header.parameters:,} parameters",
        "optimizer": class_of(header.compile.get("optimizer")),
        "monitored": _monitored(summary),
        "checkpoints": _policy(header.policy),
        "versions": ", ".join(f"{name} {version}" for name, version in header.versions.items()),
        "torn lines": str(found.torn or ""),
        "warnings": "; ".join(fold.warnings),
    }


def _monitored(summary: Summary) -> str:
    """The log that says which checkpoint is best, and which way."""
    if summary.monitor is None:
        return ""
    direction = summary.directions.get(summary.monitor)
    return f"{summary.monitor} ({direction})" if direction else summary.monitor


def _policy(policy: Policy | None) -> str:
    """As `kr.Checkpointing` took it; arguments that are None have no part in it."""
    if policy is None:
        return ""
    given = ((one.name, getattr(policy, one.name)) for one in fields(policy))
    return ", ".join(f"{name}={value!r}" for name, value in given if value is not None)


def _line(name: str, value: str) -> str:
    head = f"{name + ':':{_INDENT}}"
    room = width()
    if room is None or len(head + value) <= room:
        return head + value
    return textwrap.fill(
        value, max(room, _INDENT + 10), initial_indent=head, subsequent_indent=" " * _INDENT
    )
