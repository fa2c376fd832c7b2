"""How `run.json` is written: without secrets, old or new, never a mix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kresume_nb.run import atomic, codec, layout, sources
from kresume_nb.run.masking import without_secrets
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Header


def store(run: Path, header: Header) -> None:
    """Writes it. Whoever does holds the run's lock, or knows that its holder does not write it now."""
    stored = without_secrets(header, keep_sources=sources.kept())
    atomic.write(run / layout.HEADER, codec.dumps(stored).encode())


def amended(run: Path, **fields: Any) -> Header | None:
    """The header with other values in some fields; None if it has them already.

    Raises:
        RunNotFoundError, NewerSchemaError, CorruptRecordError: as of `read_header`.
    """
    header = read_header(run)
    wanted = replace(header, **fields)
    return None if wanted == header else wanted
