"""Names and places in a run folder: pure, no I/O.

Every name that comes from a person or from a file passes through here before it becomes a path, so
that nothing in a run folder can point outside of it.
"""

from __future__ import annotations

import re
from pathlib import Path

from kresume_nb.errors import ArgumentError
from kresume_nb.run.records import Position

FOLDER = "kresume_runs"
HEADER = "run.json"
JOURNAL = "journal.jsonl"
HISTORY = "history.json"
HEARTBEAT = "heartbeat"
LOCK = "writer.lock"
CHECKPOINTS = "checkpoints"
MARKS = "marks.json"
CONTROL = "control-"
"""Beginning of the names of a page's requests."""
ATTEMPT = "attempt-"
"""Beginning of the names of attempts to resume by itself."""
SEEN = "seen"
"""Where a page with our extension leaves the id of the widget that it needs no more."""
TEMPORARY = ".tmp"
"""Ending of files that are being written; readers ignore them, the next writer removes them."""

_RUN = re.compile(r"(?P<base>[^\ud800-\udfff]+)-(?P<number>[0-9]{3,18})")
"""Names that are no text (bytes of another encoding) could not be told to anybody."""
_CHECKPOINT = re.compile(r"(?:epoch-[0-9]{4,18}|step-[0-9]{8,18})\.keras")
_CONTROL = re.compile(r"control-[0-9A-Za-z_-]{1,100}\.json")
_ATTEMPT = re.compile(r"attempt-(?P<number>[1-9]\d{0,5})\.json")
_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def check_base(name: str) -> str:
    """The name of a run, if it can be a folder's name on every system.

    Raises:
        ArgumentError: if it is empty, too long, hidden, or holds a character that paths use.
    """
    if (
        not isinstance(name, str)
        or not name
        or name != name.strip()
        or name.startswith(".")
        or name.endswith(".")
        or len(name.encode()) > 200
        or _RESERVED.search(name)
    ):
        raise ArgumentError(
            f"run={name!r} cannot name a run folder. Expected up to 200 bytes without any of "
            '< > : " / \\ | ? *, not beginning or ending with a dot or a space, as in '
            "kr.fit(model, x, y, run='mnist')."
        )
    return name


def clean_base(name: str) -> str:
    """A usable run name made from any string, a notebook's stem for example."""
    cleaned = _RESERVED.sub("_", name).strip(" .")[:60].strip(" .")
    return cleaned or "run"


def run_name(base: str, number: int) -> str:
    """`mnist`, 2 → `mnist-002`."""
    return f"{base}-{number:03d}"


def split_name(name: str) -> tuple[str, int] | None:
    """`mnist-002` → (`mnist`, 2); None for anything that is not a run folder's name."""
    match = _RUN.fullmatch(name)
    return (match["base"], int(match["number"])) if match else None


def in_order(name: str) -> str:
    """What names of run folders are sorted by: `mnist-1000` after `mnist-999`."""
    base, number = split_name(name) or (name, 0)
    return f"{base}\0{number:018d}"


def checkpoint_name(position: Position) -> str:
    """`epoch-0007.keras` at an epoch's end, `step-00003312.keras` within one."""
    if position.batch == 0:
        return f"epoch-{position.epoch:04d}.keras"
    return f"step-{position.step:08d}.keras"


def is_checkpoint(name: str) -> bool:
    """Whether a file of this name can be a checkpoint of ours."""
    return _CHECKPOINT.fullmatch(name) is not None


def is_control(name: str) -> bool:
    """Whether a file of this name can be a page's request: `control-<id>.json`."""
    return _CONTROL.fullmatch(name) is not None


def attempt_name(number: int) -> str:
    """`attempt-2.json`."""
    return f"{ATTEMPT}{number}.json"


def attempt_number(name: str) -> int | None:
    """`attempt-2.json` → 2; None for any other file."""
    match = _ATTEMPT.fullmatch(name)
    return int(match["number"]) if match else None


def checkpoint_path(folder: Path, name: str) -> Path:
    """Where the checkpoint of that name lies in a run folder.

    Raises:
        ArgumentError: if it is not a checkpoint's name (a path that leads elsewhere, say).
    """
    if not is_checkpoint(name):
        raise ArgumentError(
            f"{name!r} is not the name of a checkpoint. Expected one like 'epoch-0007.keras' or "
            f"'step-00003312.keras' in {folder / CHECKPOINTS}."
        )
    return folder / CHECKPOINTS / name
