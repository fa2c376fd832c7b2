"""A snapshot to a `.keras` file, and a `.keras` file back to arrays.

The weights are written by h5py straight into the archive: HDF5 leaves room in front of its data (a
"user block"), and there stands the archive's header. Through memory, or a file of its own, every
byte would be written twice. h5py writes to a Python file object, because HDF5 itself cannot live
with a disk that is full (`_Sink`); it is an unbuffered one, whose writes let go of the interpreter's
lock, so that training does not stand still for them.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Self

import h5py
import numpy as np

from kresume_nb import hdf5, stored
from kresume_nb.errors import CorruptCheckpointError, KResumeError
from kresume_nb.run import atomic, codec, files, limits
from kresume_nb.run.container import (
    CONTENT_AT,
    STATE,
    WEIGHTS,
    ContainerReader,
    ContainerWriter,
)
from kresume_nb.run.records import Finding
from kresume_nb.train.checkpoint.snapshot import Snapshot
from kresume_nb.train.keras_compat.keras_private import Group
from kresume_nb.train.state.encoding import Array

_BASE_ADDRESS, _END_ADDRESS = 24, 40


def write(snapshot: Snapshot, path: Path) -> int:
    """Writes a checkpoint, durably: afterwards `path` is this checkpoint, before it was the old one.

    Returns:
        The file's size in bytes.

    Raises:
        OSError: if the disk is full or the folder cannot be written; the old file is intact.
    """
    dtypes = [one.dtype.name for one in snapshot.arrays]
    state = codec.dumps({**snapshot.state, "array_dtypes": dtypes}).encode()
    if len(state) > limits.STATE:  # which nobody would read
        raise OSError(
            f"the state of callbacks and data takes {len(state):,} bytes as JSON. "
            f"Expected at most {limits.STATE:,}; keep large values in arrays."
        )
    with atomic.replacing(path) as file:
        _write_weights(snapshot.groups, file)
        with ContainerWriter(file, first=WEIGHTS) as container:
            container.add("metadata.json", snapshot.metadata.encode())
            container.add("config.json", snapshot.config.encode())
            for name, content in snapshot.assets.items():
                container.add(name, content)
            container.add(STATE, state)
            for number, array in enumerate(snapshot.arrays):
                container.add_array(number, _storable(array))
    return files.info(path).st_size


class _Sink:
    """The file as HDF5 sees it: one that takes everything.

    HDF5 does not survive a write that fails: it can close the file no more, tries again when the
    interpreter ends, and takes the process with it. So an error is kept, to be raised when HDF5 is
    out of the way.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self.failure: OSError | None = None
        self.read, self.readinto, self.seek, self.tell = (
            file.read,
            file.readinto,
            file.seek,
            file.tell,
        )

    def write(self, data: memoryview) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        with self._keeping():
            while rest:
                rest = rest[self._file.write(rest) :]
        return size

    def truncate(self, size: int) -> int:
        with self._keeping():
            self._file.truncate(size)
        return size

    def flush(self) -> None:
        """Nothing is buffered."""

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = self.failure or error

    def check(self) -> None:
        """Raises the first error that was kept."""
        if self.failure is not None:
            raise self.failure


def _write_weights(groups: dict[str, Group], file: BinaryIO) -> None:
    sink = _Sink(file.raw)  # type: ignore[attr-defined]
    with h5py.File(sink, "w", userblock_size=CONTENT_AT) as h5:
        for name, group in groups.items():
            if not group.values and not group.attributes:
                continue
            target = (h5.create_group(name) if name else h5).create_group("vars")
            for attribute, text in group.attributes.items():
                target.attrs[attribute] = text
            for key, value in group.values.items():
                array = np.asarray(value)
                dataset = target.create_dataset(key, data=array)
                if array.dtype.name == "bfloat16":  # as Keras marks it: HDF5 has no such type
                    dataset.attrs["dtype"] = "bfloat16"
                sink.check()
    sink.check()
    # In the archive the data begins at 0 (superblock version 0, HDF5 File Format III.A).
    end = file.seek(0, os.SEEK_END) - CONTENT_AT
    file.seek(CONTENT_AT)
    head = file.read(48)
    if head[:9] != b"\x89HDF\r\n\x1a\n\x00":
        raise ValueError(f"h5py wrote an unknown HDF5 superblock: {head[:9]!r}")
    for place, value in ((_BASE_ADDRESS, 0), (_END_ADDRESS, end)):
        file.seek(CONTENT_AT + place)
        file.write(value.to_bytes(8, "little"))


def _storable(array: Array) -> Array:
    """NumPy's file format knows NumPy's types only: others (bfloat16) are kept as their bytes."""
    return array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "V" else array


class Loaded:
    """An open, verified checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container = ContainerReader(path)
        try:
            self._container.verify()
            self.state: dict[str, Any] = self._container.state()
            self._weights = h5py.File(self._container.open(WEIGHTS), "r")
            self._check()
        except Exception as error:
            self._container.close()
            if isinstance(error, KResumeError):
                raise
            raise CorruptCheckpointError(f"{path}: {WEIGHTS}: {error}") from error

    def _check(self) -> None:
        """Every variable that the state names is there, plainly and as it is described."""
        try:
            stored.check(self.state, self._weights, self._container.size(WEIGHTS))
        except CorruptCheckpointError as error:
            raise CorruptCheckpointError(f"{self.path}: {error}") from error

    def _find(self, name: str) -> h5py.Dataset:
        try:
            return hdf5.find(self._weights, name)
        except KeyError:
            raise CorruptCheckpointError(f"{self.path}: {WEIGHTS} lacks {name!r}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._weights.close()
        self._container.close()

    def array(self, number: int) -> Array:
        """One of our own arrays."""
        array = self._container.array(number)
        dtype = np.dtype(self.state["array_dtypes"][number])
        return array.view(dtype) if array.dtype != dtype else array

    def variable(self, described: dict[str, Any]) -> Array:
        """The value of a variable that the state describes."""
        if "array" in described:
            return self.array(described["array"])
        value: Array = self._find(stored.place(described))[()]
        dtype = np.dtype(described["dtype"])
        return value.view(dtype) if value.dtype != dtype else value


def compare(path: Path, snapshot: Snapshot) -> list[Finding]:
    """Reads a checkpoint that was just written, and compares it with what it was taken from."""
    wrong = []
    with Loaded(path) as loaded:
        for described in loaded.state["variables"]:
            if "array" in described:
                continue
            value = np.asarray(snapshot.groups[described["group"]].values[described["key"]])
            if not _same_bits(value, loaded.variable(described)):
                wrong.append(described["path"])
        arrays = sum(
            not _same_bits(array, loaded.array(number))
            for number, array in enumerate(snapshot.arrays)
        )
    found = [
        Finding(what=name, verdict="lost", detail="the file holds another value") for name in wrong
    ]
    if arrays:
        detail = f"{arrays} of {len(snapshot.arrays)} arrays of state differ in the file"
        found.append(Finding(what="state", verdict="lost", detail=detail))
    return found


def _same_bits(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    same = one.shape == other.shape and one.dtype.itemsize == other.dtype.itemsize
    return bool(same and one.tobytes() == other.tobytes())
