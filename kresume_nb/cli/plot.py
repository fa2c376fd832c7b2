"""`kresume plot`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kresume_nb.cli.terminal import RUN_HELP, Commands


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("plot", help="draw a run, or several, to a picture file")
    parser.add_argument("runs", nargs="+", metavar="run", help=RUN_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, help="default: RUN.png; .svg and .pdf work too"
    )
    parser.add_argument("-m", "--metric", help="of several runs; default: val_loss")
    parser.add_argument(
        "-x", choices=("epoch", "step", "examples", "time", "elapsed"), default="epoch"
    )
    parser.add_argument("--best", action="store_true", help="the best value so far")
    parser.add_argument("--log", action="store_true", help="on a logarithmic axis")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Draws runs."""
    from kresume_nb.comparison import compare
    from kresume_nb.runs import load_run

    found = [load_run(one) for one in options.runs]
    output = options.output or Path("-".join(one.name for one in found[:3]) + ".png")
    if len(found) == 1 and options.metric is None and not (options.best or options.log):
        drawn = found[0].plot()
    else:
        drawn = compare(*found).plot(options.metric, options.x, best=options.best, log=options.log)
    drawn.savefig(output, dpi=150)
    print(output)
    return 0
