"""What the weights of a checkpoint may be in HDF5: arrays that lie plainly in the file itself.

HDF5 can do more than Keras writes: links to other places and other files, data in other files
("external" and "virtual" storage), packed data, which unpacks to any size, and shapes that no data
stands behind. A checkpoint may come from anyone, so everything else is refused, and before anything
is allocated for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np

DEEPEST = 64
"""Groups within each other."""
_PLAIN = (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT)
_NUMBERS = "fiubc"


def items(group: h5py.Group) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    """What a group holds.

    Raises:
        TypeError: if anything in it is a link, or neither group nor array.
    """
    for key in group:
        yield key, child(group, key)


def child(group: h5py.Group, key: str) -> h5py.Group | h5py.Dataset:
    """What a group calls `key`.

    Raises:
        KeyError: if there is nothing of that name.
        TypeError: if it is a link, or neither group nor array.
    """
    link = group.get(key, getlink=True)
    if link is None:
        raise KeyError(key)
    if not isinstance(link, h5py.HardLink):
        raise TypeError(f"{group.name}/{key} is a link")
    item = group[key]
    if not isinstance(item, h5py.Group | h5py.Dataset):
        raise TypeError(f"{group.name}/{key} is a {type(item).__name__}")
    return item


def find(h5: h5py.File, path: str) -> h5py.Dataset:
    """The array at a path of names divided by slashes.

    Raises:
        KeyError: if there is none.
        TypeError: if the way there is not plain.
    """
    at: h5py.Group | h5py.Dataset = h5
    for key in path.split("/"):
        if not isinstance(at, h5py.Group):
            raise KeyError(path)
        at = child(at, key)
    if not isinstance(at, h5py.Dataset):
        raise KeyError(path)
    return at


def check(dataset: h5py.Dataset, size: int) -> None:
    """Returns if an array lies plainly in the file, all of it.

    Args:
        size: of the HDF5 file, in bytes.

    Raises:
        ValueError: saying what of it is odd.
    """
    plist = dataset.id.get_create_plist()
    if dataset.external or plist.get_layout() not in _PLAIN or plist.get_nfilters():
        raise ValueError(f"{dataset.name} is not stored plainly")
    if dataset.dtype.kind not in _NUMBERS or dataset.dtype.hasobject:
        return  # nothing that is read
    needed = nbytes(dataset)
    if needed > size or needed > dataset.id.get_storage_size():
        raise ValueError(f"{dataset.name} claims {needed:,} bytes, more than the file holds for it")
    offset = dataset.id.get_offset()
    if offset is not None and offset + needed > size:
        raise ValueError(f"{dataset.name} reaches beyond its place in the file")


def check_all(group: h5py.Group, size: int, depth: int = 0) -> None:
    """The same for all arrays below a group."""
    if depth > DEEPEST:
        raise ValueError("groups are nested without end")
    for _, item in items(group):
        if isinstance(item, h5py.Dataset):
            check(item, size)
        else:
            check_all(item, size, depth + 1)


def nbytes(dataset: h5py.Dataset) -> int:
    """Bytes that its shape and type claim."""
    return int(np.prod(dataset.shape or (), dtype=object)) * int(dataset.dtype.itemsize)
