"""Where the notebook of a kernel is now, told by the server to the kernel.

Jupyter tells a kernel its notebook's path once, when it starts (`JPY_SESSION_NAME`), and tells it so again
when it restarts the kernel by itself, even if the notebook was renamed since. So the server extension
leaves the new path beside the kernel's connection file, a folder that is the user's own.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import atomic, codec

_MOST = 64 * 2**10


def tell(connections: Path, kernel: str, notebook: Path) -> None:
    """Tells a kernel where its notebook is.

    Args:
        connections: folder of the connection files.
        kernel: its id.
        notebook: absolute.
    """
    data = json.dumps({"notebook": os.fspath(notebook)})
    atomic.write(_file(connections, kernel), data.encode(), durable=False)


def told(connections: Path, kernel: str) -> Path | None:
    """What it was told; None if nothing."""
    try:
        found = codec.read(_file(connections, kernel), _MOST).get("notebook")
    except (OSError, CorruptRecordError):
        return None
    path = Path(found) if isinstance(found, str) else None
    return path if path is not None and path.is_absolute() else None


def forget(connections: Path, kernel: str) -> None:
    """The kernel is gone."""
    with suppress(OSError):
        atomic.remove(_file(connections, kernel))


def _file(connections: Path, kernel: str) -> Path:
    return connections / f"kresume-notebook-{kernel}.json"
