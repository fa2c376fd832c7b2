"""The runs of one folder that belong to a training cell, each header read once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kresume_nb.errors import CorruptRecordError, NewerSchemaError, RunNotFoundError
from kresume_nb.run import layout, ownership
from kresume_nb.run.ownership import Match, Owner
from kresume_nb.run.reader import read_header, run_folders
from kresume_nb.run.records import Header

Runs = list[tuple[Path, Header]]


class Inventory:
    """What lies in a folder of run folders; looked through once, since it may hold thousands.

    Args:
        place: folder of run folders.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self._named: dict[str, Runs] = {}
        self._unreadable: list[str] = []

    def take_unreadable(self) -> list[str]:
        """Why some runs were left out, as sentences, each once."""
        taken, self._unreadable = self._unreadable, []
        return taken

    def named(self, base: str) -> Runs:
        """The runs of that name, oldest number first.

        Raises:
            NewerSchemaError: if a newer kresume_nb wrote the newest of them.
        """
        if base not in self._named:
            self._named[base] = self._read(base)
        return self._named[base]

    def owned(self, base: str, owner: Owner, claimed: Header | None = None) -> Runs:
        """Those of them that belong to this notebook and training cell.

        Args:
            claimed: of a run that a person resumes from this cell: it and what the same notebook and
                cell trained are the cell's, whatever its executor told of it.
        """
        matches = [
            (self._match(owner, header, claimed), (path, header))
            for path, header in self.named(base)
        ]
        sure = [run for match, run in matches if match == "yes"]
        found = sure or [run for match, run in matches if match == "edited"]
        unknown = owner.notebook is None and owner.cell is not None and owner.cell.id is None
        if found or not unknown:
            return found
        # Executed by a tool that tells neither notebook nor cell: the name is all there is.
        return [run for run in self.named(base) if run[1].cell is None or run[1].cell.id is None]

    def bases(self) -> dict[str, Path]:
        """The names that there are runs of, each with its newest."""
        paths = run_folders(self.place)
        return {base: path for path in paths if (base := _base(path)) is not None}

    def has_notebook(self, notebook: str) -> bool:
        """Whether there is a notebook at a path as headers hold it."""
        return (self.place / notebook).exists()

    def _match(self, owner: Owner, header: Header, claimed: Header | None) -> Match:
        if claimed is not None and ownership.same_origin(header, claimed):
            return "yes"
        return ownership.match(owner, header, self.has_notebook)

    def _read(self, base: str) -> Runs:
        found: Runs = []
        paths = [path for path in run_folders(self.place) if _base(path) == base]
        for path in paths:
            try:
                found.append((path, read_header(path)))
            except NewerSchemaError:
                if path == paths[-1]:
                    raise
            except (CorruptRecordError, RunNotFoundError, OSError) as error:
                self._unreadable.append(f"{path.name} cannot be read and is left out: {error}")
        return found


def newest(runs: Sequence[tuple[Path, Header]]) -> Path | None:
    """The one with the highest number."""
    return runs[-1][0] if runs else None


def _base(path: Path) -> str | None:
    split = layout.split_name(path.name)
    return split[0] if split else None
