"""Addresses of the Contents API as folders on disk, none outside of the server's root."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

_ODD = re.compile(r"[\\\x00-\x1f\ud800-\udfff]")
"""What no address of a file has: other systems' separators, control characters, halves of pairs."""
_LONGEST = 4096


class OutsideRootError(ValueError):
    """An address leads out of the server's root, or to something hidden."""


def os_path(path: str, root: Path, *, hidden: bool = False) -> Path:
    """Where an address lies on disk.

    Args:
        path: with forward slashes, relative to the root, as the Contents API names files.
        root: the server's.
        hidden: whether names that begin with a dot may be asked for.

    Raises:
        OutsideRootError: links out of the root count as outside.
    """
    parts = PurePosixPath(path.strip("/")).parts
    if len(path) > _LONGEST or any(part == ".." or _ODD.search(part) for part in parts):
        raise OutsideRootError(f"{path[:200]!r} is not a path below the server's root.")
    if not hidden and any(part.startswith(".") for part in parts):
        raise OutsideRootError(f"{path!r} is hidden.")
    found = root.joinpath(*parts)
    if leads_out(found, root):
        raise OutsideRootError(f"{path!r} leads out of the server's root.")
    return found


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path lies outside of the root once links are followed; one that cannot be does."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that no system takes
        return True
