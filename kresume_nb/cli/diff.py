"""`kresume diff`."""

from __future__ import annotations

import argparse

from kresume_nb.cli.terminal import Commands, add_json, checkpoint, print_json, width
from kresume_nb.view.comparison_texts import changes_sheet


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "diff",
        help="two checkpoints, layer by layer",
        description="Two checkpoints, layer by layer. Exit code 0: the weights are the same, bit "
        "for bit; 1: they differ; 2: trouble.",
    )
    help_text = "a .keras file, a run (its newest), RUN@EPOCH or RUN@FILE"
    parser.add_argument("a", help=help_text)
    parser.add_argument("b", help="the same")
    parser.add_argument("-q", "--quiet", action="store_true", help="only the exit code")
    add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Compares two checkpoints."""
    from kresume_nb.worker.checkpoints import compare
    from kresume_nb.worker.process import Worker

    with Worker() as worker:
        found = compare(worker, checkpoint(options.a), checkpoint(options.b))
    if options.json:
        print_json(found)
    elif not options.quiet:
        print(f"a: {found.a.run}/{found.a.file}\nb: {found.b.run}/{found.b.file}\n")
        print(changes_sheet(found).text(width()))
    return 1 if found.total.changed > 0 or found.unmatched else 0
