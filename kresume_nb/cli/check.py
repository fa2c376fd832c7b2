"""`kresume check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kresume_nb.cli.terminal import Commands, add_json, print_json


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "check",
        help="prove that a notebook's training resumes exactly",
        description="Runs copies of a notebook in temporary folders: one trains unbroken, one is killed "
        "by SIGKILL and resumed; what both left is compared bit for bit. Only the notebook's first "
        "kr.fit is checked, for a few steps. Exit code 0: equal; 1: not equal.",
    )
    parser.add_argument("notebook", type=Path, help="a notebook that trains with kr.fit")
    parser.add_argument(
        "--kill-at",
        type=int,
        nargs="+",
        metavar="N",
        help="steps after which a kernel is killed (default: after 2 and 4 fifths of the training)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=24,
        metavar="N",
        help="training ends after so many steps (default: 24; 0: after all)",
    )
    parser.add_argument(
        "--ignore",
        nargs="+",
        default=(),
        metavar="NAME",
        help="what is not compared, by the name that the table shows",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=600.0,
        metavar="S",
        help="seconds that a cell may take (default: 600)",
    )
    add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Checks the notebook."""
    from kresume_nb.check import trial
    from kresume_nb.check.notebook import NotebookRunner

    runner = NotebookRunner(options.notebook, options.timeout)
    verdict = trial.carry_out(runner, options.kill_at, stop=options.steps, ignore=options.ignore)
    if options.json:
        print_json(verdict.plain())
    else:
        print(f"{options.notebook.name}: {'resumes exactly' if verdict.exact else 'differs'}")
        print(verdict.table)
    return 0 if verdict.exact else 1
