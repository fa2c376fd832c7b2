"""Whether the sources of cells are stored: a setting of the process, in its environment.

There, processes that it starts find it, too; nothing in a run folder or a notebook can change it.
"""

from __future__ import annotations

import os

VARIABLE = "KRESUME_KEEP_SOURCES"
_NO = frozenset({"0", "no", "off", "false"})


def kept() -> bool:
    """Whether `run.json` holds sources (with secrets masked), not only digests of them."""
    return os.environ.get(VARIABLE, "").strip().lower() not in _NO


def keep(sources: bool) -> None:
    """Sets it for this process and those that it starts."""
    os.environ[VARIABLE] = "1" if sources else "0"
