"""`kresume`: runs in a terminal. Reads run folders only; needs neither Keras nor Jupyter running."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kresume_nb.errors import CorruptCheckpointError, KResumeError
from kresume_nb.run import codec, layout
from kresume_nb.run.container import ContainerReader

if TYPE_CHECKING:
    from kresume_nb.runs import Run


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Returns:
        0: done; 1: `verify` found damage; 2: the command could not be carried out.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (KResumeError, OSError) as error:
        print(f"kresume: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kresume", description="Training runs that kresume_nb wrote: list, show, verify, plot."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("ls", help="list the runs of a folder")
    listing.add_argument("folder", nargs="?", type=Path, default=Path(layout.FOLDER))
    listing.add_argument("--json", action="store_true", help="one JSON object a run")
    listing.set_defaults(command=_ls)

    show = commands.add_parser("show", help="how a run stands")
    show.add_argument("run", help="a run folder, or a run's name in ./kresume_runs")
    show.add_argument("--json", action="store_true")
    show.set_defaults(command=_show)

    verify = commands.add_parser("verify", help="read every byte of a run's checkpoints")
    verify.add_argument("run", help="a run folder, or a run's name in ./kresume_runs")
    verify.set_defaults(command=_verify)

    plot = commands.add_parser("plot", help="draw a run to a picture file")
    plot.add_argument("run", help="a run folder, or a run's name in ./kresume_runs")
    plot.add_argument("-o", "--output", type=Path, help="default: RUN.png; .svg and .pdf work too")
    plot.set_defaults(command=_plot)
    return parser


def _ls(options: argparse.Namespace) -> int:
    from kresume_nb.runs import readable_runs

    if not options.folder.is_dir():
        print(f"kresume: there is no folder {options.folder}", file=sys.stderr)
        return 2
    rows = []
    for run in readable_runs(options.folder, keep_steps=False):
        if options.json:
            print(codec.dumps(run.fold.summary(run.name)))
            continue
        last = run.fold.rows[-1].logs if run.fold.rows else {}
        values = ", ".join(f"{name} {value:.4g}" for name, value in last.items())
        epochs = f"{run.fold.position.epoch}/{run.fold.epochs}"
        rows.append((run.name, run.status, epochs, values))
    if not options.json:
        _table(("RUN", "STATUS", "EPOCHS", "LAST VALUES"), rows)
    return 0


def _show(options: argparse.Namespace) -> int:
    run = _load(options.run)
    if options.json:
        header = codec.plain(run.header)
        document = {"header": header, "summary": run.fold.summary(run.name), **run.history}
        print(json.dumps(codec.finite(codec.plain(document)), indent=1))
        return 0
    at, header = run.fold.position, run.header
    facts = {
        "run": run.name,
        "folder": str(run.path),
        "status": f"{run.status} {f'({run.fold.reason})' if run.fold.reason else ''}".strip(),
        "reached": f"epoch {at.epoch} of {run.fold.epochs}, batch {at.batch} of {run.fold.batches}",
        "resumed after": ", ".join(
            f"epoch {one.epoch}, batch {one.batch}" for one in run.fold.resumes
        ),
        "forked from": f"{run.parent.run} after epoch {run.parent.epoch}" if run.parent else "",
        "restored": run.report.line if run.report else "",
        "notebook": header.notebook or "",
        "data": f"{header.samples} samples, {header.batch_size} a batch, seed {header.seed}",
        "model": f"{header.parameters} parameters",
        "versions": ", ".join(f"{name} {version}" for name, version in header.versions.items()),
        "torn lines": str(run.torn or ""),
        "warnings": "; ".join(run.fold.warnings),
    }
    for name, value in facts.items():
        if value:
            print(f"{name + ':':15}{value}")
    rows = [
        (one.file, f"{one.bytes:,}", "" if one.value is None else f"{one.monitor} {one.value:.4g}")
        for one in run.checkpoints
    ]
    print()
    _table(("CHECKPOINT", "BYTES", "MONITORED"), rows)
    return 0


def _verify(options: argparse.Namespace) -> int:
    run = _load(options.run)
    damaged = 0
    if run.torn:
        print(f"{layout.JOURNAL}: {run.torn} lines do not decode (a kill leaves one)")
    for one in run.checkpoints:
        try:
            with ContainerReader(layout.checkpoint_path(run.path, one.file)) as container:
                container.verify()
        except CorruptCheckpointError as error:
            damaged += 1
            print(f"{one.file}: DAMAGED: {error}")
        else:
            print(f"{one.file}: good")
    return 1 if damaged else 0


def _plot(options: argparse.Namespace) -> int:
    run = _load(options.run)
    output = options.output or Path(f"{run.name}.png")
    run.plot().savefig(output, dpi=150)
    print(output)
    return 0


def _load(name: str) -> Run:
    from kresume_nb.runs import load_run

    return load_run(name)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as they need; the last is cut where the terminal ends."""
    widths = [max(len(row[number]) for row in (head, *rows)) for number in range(len(head))]
    room = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else None
    for row in (head, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip()[:room])


if __name__ == "__main__":
    sys.exit(main())
