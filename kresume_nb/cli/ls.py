"""`kresume ls`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kresume_nb.cli.terminal import Commands, add_json, folder_of_runs, width
from kresume_nb.run import codec, layout
from kresume_nb.view import words
from kresume_nb.view.comparison_texts import Sheet


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("ls", help="list the runs of a folder")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(layout.FOLDER))
    add_json(parser, "one JSON object a run")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Lists runs."""
    from kresume_nb._runs import readable_runs

    rows = []
    for one in readable_runs(folder_of_runs(options.folder)):
        summary = one.standing.summary
        if options.json:
            print(codec.dumps(summary))
            continue
        last = one.standing.last
        rows.append(
            (
                one.name,
                one.status,
                f"{summary.position.epoch}/{summary.epochs}",
                words.duration(summary.seconds[-1] if summary.seconds else None),
                words.size(sum(each.bytes for each in summary.checkpoints)),
                ", ".join(f"{name} {value:.4g}" for name, value in last.items()),
            )
        )
    if not options.json:
        head = ("run", "status", "epochs", "time", "kept", "last values")
        notes = [] if rows else [f"no runs in {options.folder}"]
        print(Sheet(head, rows, frozenset({2, 3, 4}), notes).text(width()))
    return 0
