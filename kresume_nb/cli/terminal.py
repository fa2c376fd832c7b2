"""What all commands have in common: how wide the output may be, and which run a word names."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kresume_nb.errors import ArgumentError
from kresume_nb.run import codec, layout

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Commands = Any
"""What `argparse` returns for subcommands; its type is private."""

RUN_HELP = "a run folder, or a run's name in ./kresume_runs"


def width() -> int | None:
    """Columns of the terminal; None where output goes elsewhere, and nothing must be cut."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size((120, 24)).columns
    return None


def add_json(parser: argparse.ArgumentParser, what: str = "print JSON") -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=what)


def print_json(value: Any) -> None:
    """Records, or what holds some, as JSON."""
    print(json.dumps(codec.finite(codec.plain(value)), indent=1, ensure_ascii=False))


def checkpoint(asked: str) -> Path:
    """The checkpoint that a word names.

    Args:
        asked: a `.keras` file; a run, for its newest; or `RUN@7`, `RUN@step-00000312.keras`.

    Raises:
        RunNotFoundError: if there is no such run or checkpoint.
    """
    from kresume_nb._runs import load_run
    from kresume_nb.errors import RunNotFoundError

    path = Path(asked)
    if path.suffix == ".keras" and path.is_file():
        return path
    name, _, which = asked.rpartition("@") if "@" in asked else (asked, "", "")
    run = load_run(name)
    for one in reversed(run.checkpoints):
        at_end = str(one.position.epoch) == which and one.position.batch == 0
        if not which or one.file == which or at_end:
            return layout.checkpoint_path(run.path, one.file)
    kept = ", ".join(one.file for one in run.checkpoints) or "none"
    raise RunNotFoundError(f"{run.name} does not keep a checkpoint {which!r}. Kept: {kept}.")


def save(drawn: Figure, path: Path) -> None:
    """Writes a figure to a file, in the format that its name ends in.

    Raises:
        ArgumentError: if that is no format of a picture.
    """
    formats = drawn.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in formats:
        raise ArgumentError(
            f"{path}: a picture's name ends in its format, one of {', '.join(sorted(formats))}"
        )
    drawn.savefig(path, dpi=150)


def folder_of_runs(folder: Path) -> Path:
    """A folder that is there.

    Raises:
        ArgumentError: if it is not.
    """
    if not folder.is_dir():
        raise ArgumentError(f"there is no folder {folder}")
    return folder
