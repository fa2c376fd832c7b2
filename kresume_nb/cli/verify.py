"""`kresume verify`."""

from __future__ import annotations

import argparse

from kresume_nb.cli.terminal import RUN_HELP, Commands, add_json, print_json
from kresume_nb.errors import CorruptCheckpointError, NewerSchemaError
from kresume_nb.run import layout
from kresume_nb.worker import checkpoints
from kresume_nb.worker.process import Worker


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "verify",
        help="read every byte of a run's checkpoints",
        description="Reads every byte of a run's checkpoints. Exit code 0: all good; 1: damage.",
    )
    parser.add_argument("run", help=RUN_HELP)
    add_json(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Reads checkpoints."""
    from kresume_nb._runs import load_run

    found = load_run(options.run)
    problems: dict[str, str] = {}
    with Worker() as worker:
        for one in found.checkpoints:
            path = layout.checkpoint_path(found.path, one.file)
            try:
                checkpoints.verify(worker, path)
            except (CorruptCheckpointError, NewerSchemaError) as error:
                problems[one.file] = str(error).removeprefix(str(path)).lstrip(": ")
    if options.json:
        files = {one.file: problems.get(one.file, "") for one in found.checkpoints}
        print_json({"torn": found.torn, "problems": files})
        return 1 if problems else 0
    if found.torn:
        print(f"{layout.JOURNAL}: {found.torn} lines do not decode (a kill leaves one)")
    for one in found.checkpoints:
        problem = problems.get(one.file)
        print(f"{one.file}: {'good' if problem is None else f'DAMAGED: {problem}'}")
    return 1 if problems else 0
