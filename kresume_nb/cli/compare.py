"""`kresume compare`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kresume_nb.cli.terminal import RUN_HELP, Commands, add_json, print_json, save, width
from kresume_nb.view.compare.table import table
from kresume_nb.view.comparison_texts import code_text, facts_sheet, lineage_text, table_sheet


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "compare", help="runs side by side: a table, what differs, and forks"
    )
    parser.add_argument("runs", nargs="+", metavar="run", help=f"{RUN_HELP}; one: it and its forks")
    parser.add_argument("-m", "--metric", help="that best and final are of; default: val_loss")
    parser.add_argument("-o", "--output", type=Path, help="also draw a picture to this file")
    parser.add_argument(
        "-x", choices=("epoch", "step", "examples", "time", "elapsed"), default="epoch",
        help="axis of the picture",
    )  # fmt: skip
    add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Compares runs."""
    from kresume_nb.comparison import compare

    found = compare(*options.runs)
    metric = options.metric or found.metric
    if options.output is not None:
        save(found.plot(options.metric, options.x), options.output)
    differences = found.differences
    if options.json:
        print_json(
            {
                "metric": metric,
                "table": table(found.runs, metric),
                "differences": differences.facts,
                "code": differences.code,
                "lineage": list(found.lineage),
            }
        )
        return 0
    print(table_sheet(found.runs, metric).text(width()))
    if len(found.runs) > 1:
        print("\n" + facts_sheet(found.runs, differences.facts).text(width()))
    for name, changes in differences.code.items():
        print(f"\n{name}:\n{code_text(changes)}")
    if any(one.parent or one.missing for one in found.lineage):
        print("\n" + lineage_text(found.runs))
    return 0
