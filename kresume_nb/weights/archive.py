"""The weights in a `.keras` file, by name, readable piece by piece.

HDF5 tells where each array lies; the bytes are then read from the file itself. Links, storage outside
of the file and packed arrays (which could unpack to any size) are refused: Keras writes none, and a
file may come from anywhere.
"""

from __future__ import annotations

import io
import os
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from kresume_nb import hdf5, stored
from kresume_nb.errors import CorruptCheckpointError, UnsafeFileError
from kresume_nb.run import codec, files, limits
from kresume_nb.run.container import STATE, WEIGHTS, archive

Array = NDArray[Any]

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_CHUNK = 1 << 20
_DAMAGE = (
    *(OSError, ValueError, LookupError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error),
    *(TypeError, AttributeError, ArithmeticError, struct.error),
)
"""What the standard library and h5py raise on files with flipped, missing or invented bytes."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An array in the file."""

    path: str
    """As HDF5 has it: `layers/dense_1/vars/0`."""
    layer: str
    """The same without `vars` and what follows."""
    label: str
    """The layer's name in the model, behind those of the layers that it is part of: `encoder/dense_1`."""
    name: str
    """`kernel`, where our state tells; else its number within the layer."""
    shape: tuple[int, ...]
    dtype: str
    """As Keras names it."""
    offset: int
    """Of its first byte in the file."""

    @property
    def count(self) -> int:
        """Numbers in it."""
        return int(np.prod(self.shape, dtype=np.int64))


class Weights:
    """An open checkpoint; a context manager.

    Raises:
        CorruptCheckpointError: if it is no `.keras` file with weights, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.Lock()
        try:
            self._file: io.FileIO = files.reading(path, buffering=0)  # type: ignore[assignment]
        except UnsafeFileError as error:
            raise CorruptCheckpointError(str(error)) from error
        try:
            window = _locate(self._file)
            names = _names(self._file)
            with h5py.File(window, "r") as h5:
                self.variables = {one.path: one for one in _walk(h5, window, names)}
        except _DAMAGE as error:
            self._file.close()
            if isinstance(error, CorruptCheckpointError):
                raise
            raise CorruptCheckpointError(
                f"{path} cannot be read as a checkpoint: {error}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def check(self, state: dict[str, Any]) -> None:
        """Looks at all that is in the file, the optimizer's state included.

        Args:
            state: what the checkpoint says of its weights.

        Raises:
            CorruptCheckpointError: if something is not stored plainly, or not as the state says.
        """
        window = _locate(self._file)
        try:
            with h5py.File(window, "r") as h5:
                hdf5.check_all(h5, window.size)
                stored.check(state, h5, window.size)
        except CorruptCheckpointError as error:
            raise CorruptCheckpointError(f"{self.path}: {error}") from error
        except _DAMAGE as error:
            raise CorruptCheckpointError(f"{self.path}: {WEIGHTS}: {error}") from error

    def read(self, variable: Variable, start: int, out: Array) -> None:
        """Fills `out` (flat, of the stored type) with the variable's numbers from `start` on.

        Several threads may read at once.

        Raises:
            CorruptCheckpointError: if the file ends before.
        """
        rest: memoryview = memoryview(out.view(np.uint8).data)
        at = variable.offset + start * out.itemsize
        while rest:
            read = self._read_at(rest, at)
            if not read:
                raise CorruptCheckpointError(f"{self.path} ends within {variable.path}")
            rest, at = rest[read:], at + read

    def _read_at(self, buffer: memoryview, at: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [buffer], at)
        with self._mutex:  # Windows has one position a file
            self._file.seek(at)
            return self._file.readinto(buffer) or 0


def check(path: Path, state: dict[str, Any]) -> None:
    """Returns if all that HDF5 tells of a checkpoint's weights is plain, and as its state says.

    Raises:
        CorruptCheckpointError: saying what is not.
    """
    with Weights(path) as weights:
        weights.check(state)


def _walk(h5: h5py.File, window: _Window, names: Mapping[str, str]) -> Iterator[Variable]:
    for path, dataset, labels in _datasets(h5, "", (), 0):
        dtype = _dtype(dataset)
        if dtype is None:
            continue
        layer, _, key = path.rpartition("/vars/")
        yield Variable(
            path=path,
            layer=layer,
            label="/".join(labels) or layer,
            name=names.get(path, key),
            shape=tuple(dataset.shape),
            dtype=dtype,
            offset=window.base + _offset(path, dataset, window.size),
        )


def _offset(path: str, dataset: h5py.Dataset, size: int) -> int:
    """Where the array's bytes lie within the HDF5 file."""
    needed = hdf5.nbytes(dataset)
    hdf5.check(dataset, size)
    if needed == 0:
        return 0
    offset = dataset.id.get_offset()
    if offset is None or dataset.dtype.byteorder == ">":
        raise ValueError(f"{path} is not stored plainly")
    return int(offset)


def _datasets(
    group: h5py.Group, path: str, labels: tuple[str, ...], depth: int
) -> Iterator[tuple[str, h5py.Dataset, tuple[str, ...]]]:
    """Datasets with their paths and the names of the layers around them."""
    if depth > hdf5.DEEPEST:
        raise ValueError("groups are nested without end")
    for key, item in hdf5.items(group):
        if key == "seed_generator" or (key == "optimizer" and not path):
            continue
        if isinstance(item, h5py.Dataset):
            if path.endswith("/vars/"):
                yield path + key, item, labels
            continue
        name = _name(item) if key not in ("layers", "vars") else ""
        yield from _datasets(item, f"{path}{key}/", (*labels, name) if name else labels, depth + 1)


def _name(group: h5py.Group) -> str:
    """The layer's own name, which Keras keeps beside its variables."""
    name = hdf5.child(group, "vars").attrs.get("name") if "vars" in group else None
    own = group.name.rpartition("/")[2]
    return name if isinstance(name, str) else str(own)


def _dtype(dataset: h5py.Dataset) -> str | None:
    """Keras' name of the type; None if it is not of numbers."""
    if dataset.attrs.get("dtype") == "bfloat16" and dataset.dtype.itemsize == 2:
        return "bfloat16"
    return str(dataset.dtype.name) if dataset.dtype.kind in "fiub" else None


def _locate(file: io.FileIO) -> _Window:
    """The HDF5 file within the archive."""
    with archive(file) as found:
        infos = [one for one in found.infolist() if one.filename == WEIGHTS]
        if len(infos) != 1:
            raise ValueError(f"it holds {WEIGHTS} {len(infos)} times")
        info = infos[0]
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise ValueError(f"{WEIGHTS} is packed; Keras stores it plainly")
        with found.open(info) as member:  # whose CRC-32 is compared: HDF5 is not made for damage
            while member.read(_CHUNK):
                pass
    file.seek(info.header_offset)
    mark, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if mark != b"PK\x03\x04":
        raise ValueError("the archive's directory points to nothing")
    base = info.header_offset + _LOCAL_HEADER.size + name + extra
    size = os.fstat(file.fileno()).st_size
    if base + info.file_size > size:
        raise ValueError("it ends too early")
    return _Window(file, base, info.file_size)


def _names(file: io.FileIO) -> dict[str, str]:
    """What our state calls the variables; nothing in a file that Keras wrote."""
    try:
        with archive(file) as found:
            info = found.getinfo(STATE)
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > limits.STATE:
                return {}
            described = codec.parse(found.read(info))["variables"]
        return {
            f"{one['group']}/vars/{one['key']}": str(one["path"]).rpartition("/")[2]
            for one in described
            if "group" in one
        }
    except _DAMAGE:
        return {}


class _Window(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, file: io.FileIO, base: int, size: int) -> None:
        self.base, self.size = base, size
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self.size - self._at)]
        self._file.seek(self.base + self._at)
        read = self._file.readinto(view) if len(view) else 0
        self._at += read or 0
        return read or 0
