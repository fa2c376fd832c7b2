"""The name that runs of a notebook go on under after the notebook was renamed.

A run without a name is named after its notebook. Run folders keep their names for good, so after a
rename a training cell goes on with its runs, and their numbers, under the name that they have.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from kresume_nb.errors import KResumeError
from kresume_nb.run import layout, ownership
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.ownership import Owner
from kresume_nb.run.reader import read_header
from kresume_nb.run.records import Header


def base_of(inventory: Inventory, owner: Owner, base: str) -> str:
    """The notebook's own name, or that which the cell's runs have had before.

    Args:
        base: made from the notebook's present name.
    """
    if owner.notebook is None or owner.cell is None or inventory.owned(base, owner):
        return base
    found: list[tuple[float, str]] = []
    for other, newest in inventory.bases().items():
        try:
            header = read_header(newest)
            if other == base or not _named_after_notebook(inventory, header, other):
                continue
            if ownership.match(owner, header, inventory.has_notebook) == "yes":
                found.append((header.created, other))
        except (KResumeError, OSError):
            continue  # whoever asks for it by name is told
    return max(found)[1] if found else base


def _named_after_notebook(inventory: Inventory, header: Header, base: str) -> bool:
    """An older version did not say so; the name of one that is gone tells it, too."""
    if header.default_name:
        return True
    recorded = ownership.recorded_path(header)
    if recorded is None or header.cell is None or inventory.has_notebook(recorded):
        return False
    return layout.clean_base(PurePosixPath(recorded).stem) == base
