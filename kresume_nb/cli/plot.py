"""`kresume plot`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kresume_nb.cli.terminal import RUN_HELP, Commands, save

_LEAST, _MOST = 2.0, 40.0


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("plot", help="draw a run, or several, to a picture file")
    parser.add_argument("runs", nargs="+", metavar="run", help=RUN_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, help="default: RUN.png; .svg and .pdf work too"
    )
    parser.add_argument("-m", "--metric", help="default: val_loss; of one run, loss and rate")
    parser.add_argument(
        "-x", choices=("epoch", "step", "examples", "time", "elapsed"), default="epoch"
    )
    parser.add_argument("--best", action="store_true", help="the best value so far")
    parser.add_argument("--log", action="store_true", help="on a logarithmic axis")
    parser.add_argument(
        "--width", type=inches, default=7.0, help="inches; default: 7, as a page; 3.4 is a column"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Draws runs."""
    from kresume_nb._runs import load_run
    from kresume_nb.comparison import Comparison
    from kresume_nb.run.compared import read_compared

    found = [load_run(one) for one in options.runs]
    output = options.output or Path("-".join(one.name for one in found[:3]) + ".png")
    plain = options.metric is None and options.x == "epoch" and not (options.best or options.log)
    if len(found) == 1 and plain:
        drawn = found[0].plot(width=options.width)
    else:
        # These and no others: kr.compare would add the forks of one that is alone.
        compared = Comparison([read_compared(one.path) for one in found])
        drawn = compared.plot(
            options.metric, options.x, best=options.best, log=options.log, width=options.width
        )
    save(drawn, output)
    print(output)
    return 0


def inches(text: str) -> float:
    """A figure's width."""
    asked = float(text)
    if not _LEAST <= asked <= _MOST:
        raise argparse.ArgumentTypeError(
            f"expected {_LEAST:g} to {_MOST:g} inches, received {text}"
        )
    return asked
