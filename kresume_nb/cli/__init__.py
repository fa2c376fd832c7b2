"""`kresume`: runs in a terminal and in scripts. Reads run folders; needs neither Keras nor Jupyter.

But for `check`, which runs a notebook and needs both.

One module a command, each with `add(commands)`, which declares its arguments, and the function that
carries it out and returns the exit code:

* 0: done. For `diff`: the same. For `verify`: all good.
* 1: `diff`: they differ. `check`: a resume is not exact. `verify`: damage. `prune`: declined, nothing
  was deleted.
* 2: it could not be carried out; why is told on stderr.

Tables fit the terminal (`COLUMNS` overrides its width); where output is no terminal, nothing is cut.
No colours are used, so that there is nothing for `NO_COLOR` to switch off. `--json` prints what a
program would rather read.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from kresume_nb.cli import check, compare, diff, ls, plot, prune, show, verify
from kresume_nb.errors import KResumeError

_COMMANDS = (ls, show, compare, diff, verify, check, prune, plot)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _told
            code = int(options.command(options))
        sys.stdout.flush()  # within reach of the handler below, not at the interpreter's end
        return code
    except BrokenPipeError:  # `kresume ls | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KResumeError, OSError) as error:
        print(f"kresume: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _told(message: Warning | str, *where: Any, **more: Any) -> None:
    """A warning as a terminal shows it: which line of Python told it is nobody's concern there."""
    del where, more
    print(f"kresume: {str(message).removeprefix('kresume_nb: ')}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kresume",
        description="Training runs that kresume_nb wrote.",
        epilog="Exit codes: 0 done (diff: the same); 1 differences, damage, or declined; 2 trouble.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for one in _COMMANDS:
        one.add(commands)
    return parser
