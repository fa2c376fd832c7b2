"""`kresume prune`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kresume_nb.cli.terminal import (
    RUN_HELP,
    Commands,
    add_json,
    folder_of_runs,
    print_json,
    width,
)
from kresume_nb.errors import ArgumentError, KResumeError, RunLockedError
from kresume_nb.run import layout
from kresume_nb.run.pruning import Plan, plan, prune
from kresume_nb.run.reader import run_folders
from kresume_nb.run.retention import Rule
from kresume_nb.view import words
from kresume_nb.view.comparison_texts import Sheet


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "prune",
        help="delete checkpoints by a rule, after a preview",
        description="Deletes checkpoints. Shows what would go, and asks. Pinned ones, the best, and "
        "where an unfinished run goes on never go; a run that a process writes is left alone. "
        "Exit code 0: done, or nothing to do; 1: declined; 2: trouble.",
    )
    parser.add_argument("runs", nargs="*", metavar="run", help=f"{RUN_HELP}; default: all there")
    parser.add_argument("--folder", type=Path, default=Path(layout.FOLDER), help="of all runs")
    parser.add_argument("--keep-last", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--keep-best", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument(
        "--keep-every", type=int, default=0, metavar="N", help="those after every N epochs, too"
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only the preview")
    add_json(parser, "the plan as JSON; deletes only with --yes")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Deletes checkpoints."""
    from kresume_nb._runs import find_run

    rule = Rule(
        keep_last=options.keep_last, keep_best=options.keep_best, keep_every=options.keep_every
    )
    paths = (
        [find_run(one) for one in options.runs]
        if options.runs
        else run_folders(folder_of_runs(options.folder))
    )
    plans, trouble = _plans(paths, rule)
    going = [one for one in plans if one.going]
    if options.json:
        print_json([_plain(one) for one in plans])
    else:
        print(_preview(plans).text(width()))
    if not going or options.dry_run or (options.json and not options.yes):
        return trouble
    if not options.yes and not _agreed():
        print("Nothing was deleted.")
        return 1
    return max(trouble, _carry_out(going, rule, quiet=options.json))


def _plans(paths: list[Path], rule: Rule) -> tuple[list[Plan], int]:
    """What would go of each run, and 2 if one cannot be read: nothing of it goes."""
    plans, trouble = [], 0
    for path in paths:
        try:
            plans.append(plan(path, rule))
        except (KResumeError, OSError) as error:
            trouble = _told(f"{path.name} was left alone: {error}")
    return plans, trouble


def _told(trouble: str) -> int:
    print(f"kresume: {trouble}", file=sys.stderr)
    return 2


def _carry_out(plans: list[Plan], rule: Rule, *, quiet: bool) -> int:
    freed, trouble = 0, 0
    for one in plans:
        try:
            freed += prune(one.run, rule).bytes
        except RunLockedError:
            trouble = _told(
                f"{one.run.name} is being written by another process, and was left alone."
            )
        except (KResumeError, OSError) as error:
            trouble = _told(f"{one.run.name} was left alone: {error}")
    if not quiet:
        print(f"Deleted: {words.size(freed)}.")
    return trouble


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise ArgumentError("nobody can be asked here: pass --yes to delete, or --dry-run to look")
    return input("Delete them? [y/N] ").strip().lower() in ("y", "yes")


def _preview(plans: list[Plan]) -> Sheet:
    rows = [
        (
            one.run.name,
            fate.checkpoint.file,
            f"stays: {fate.stays}" if fate.stays else "goes",
            words.size(fate.checkpoint.bytes),
        )
        for one in plans
        for fate in one.fates
    ]
    count = sum(len(one.going) for one in plans)
    noun = "checkpoint goes" if count == 1 else "checkpoints go"
    total = f"{count} {noun}, {words.size(sum(one.bytes for one in plans))}."
    return Sheet(("run", "checkpoint", "what becomes", "size"), rows, frozenset({3}), [total])


def _plain(one: Plan) -> dict[str, object]:
    return {
        "run": str(one.run),
        "bytes": one.bytes,
        "goes": [fate.checkpoint.file for fate in one.going],
        "stays": {fate.checkpoint.file: fate.stays for fate in one.fates if fate.stays},
    }
