"""The checkpoint file: a standard `.keras` archive with members of ours under `kresume/`.

Keras ignores the extra members, so `keras.models.load_model` opens the file without us. One file
is one rename is one commit. The archive is stored, not compressed: weights do not compress, and a
compressed member could unpack to any size. `verify` reads every byte back against the CRC-32 that
the archive keeps of each member; SHA-256 would find no more of what disks do, and takes longer
than all the rest of the writing (0.17 s of 300 MB, CRC-32 0.07 s).
"""

from __future__ import annotations

import io
import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections import Counter
from contextlib import nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from kresume_nb.errors import CorruptCheckpointError, NewerSchemaError
from kresume_nb.run import codec, files, limits
from kresume_nb.run.migrations import migrate

LEFT_OUT = "kresume_nb_left_out"
"""In `config.json`: there is no model in the file, and why."""
WEIGHTS = "model.weights.h5"
STATE = "kresume/state.json"
CONTENT_AT = 512
"""Where the content of a member that was written in place begins; HDF5 asks for a power of two."""
_ARRAY = "kresume/arrays/{}.npy"
_CHUNK = 1 << 20
_EXTRA = struct.Struct("<HH")
_TAIL = 2**16 + 256
"""Bytes at an archive's end that its end records lie in, whatever its comment."""
_ENDS = ((rb"PK\x05\x06", 12, 4), (rb"PK\x06\x06", 40, 8))
"""Marks of an archive's end records, and where each tells the size of the directory."""
_IN_ZIP64 = (2**32 - 1,)
"""Says that the other record tells it."""
_ENCRYPTED = 1
_PADDING = 0x6B72
"""Marks an extra field of the archive format as padding; readers skip what they do not know."""
_DAMAGE = (
    *(OSError, ValueError, RuntimeError, EOFError, LookupError, TypeError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, struct.error, MemoryError, NotImplementedError),
)
"""What the standard library raises on an archive with flipped, missing or invented bytes."""
_NO_LITERAL = (SyntaxError, tokenize.TokenError, RecursionError)
"""What NumPy raises besides when an array's header is no Python literal."""


class ContainerWriter:
    """Writes members into an open, empty file (`w+b`); a context manager.

    Args:
        file: receives the archive.
        first: name of a member whose content is in the file already, from `CONTENT_AT` on: it was
            written in place, by a library that wants a file of its own. Copying hundreds of
            megabytes into the archive would take longer than writing them.
    """

    def __init__(self, file: BinaryIO, first: str | None = None) -> None:
        adopted = _adopt(file, first) if first is not None else None
        file.seek(0, os.SEEK_END)
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        if adopted is not None:
            self._zip.filelist.append(adopted)
            self._zip.NameToInfo[adopted.filename] = adopted

    def add(self, name: str, data: bytes) -> None:
        """Adds a member."""
        # A fixed date: the same state makes the same bytes.
        self._zip.writestr(zipfile.ZipInfo(name), data)

    def add_array(self, number: int, array: NDArray[Any]) -> None:
        """Adds an array in NumPy's own format, never pickled."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
        self.add(_ARRAY.format(number), buffer.getvalue())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Writes the archive's directory; after an error, too, or the archive would complain."""
        with suppress(OSError) if error is not None else nullcontext():
            self._zip.close()


def _crc(file: BinaryIO, start: int) -> int:
    """CRC-32 of a file from `start` on, through one buffer: mapping pages would take longer."""
    file.seek(start)
    buffer = memoryview(bytearray(_CHUNK))
    crc = 0
    while read := file.readinto(buffer):  # type: ignore[attr-defined]
        crc = zlib.crc32(buffer[:read], crc)
    return crc


def _adopt(file: BinaryIO, name: str) -> zipfile.ZipInfo:
    """Makes a member of what a file holds from `CONTENT_AT` on, by the header in front of it."""
    info = zipfile.ZipInfo(name)
    size = file.seek(0, os.SEEK_END) - CONTENT_AT
    info.CRC = _crc(file, CONTENT_AT)
    info.file_size = info.compress_size = size
    info.header_offset = 0
    padding = CONTENT_AT - len(info.FileHeader(zip64=True)) - _EXTRA.size
    info.extra = _EXTRA.pack(_PADDING, padding) + bytes(padding)
    file.seek(0)
    file.write(info.FileHeader(zip64=True))
    info.extra = b""  # the archive's directory needs none
    return info


def archive(file: BinaryIO) -> zipfile.ZipFile:
    """An open archive, whose directory is no larger than a checkpoint's can be.

    Raises:
        ValueError: if it is.
        zipfile.BadZipFile: if it is no archive.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    # Whichever of them the standard library will take: it reads as much as that one claims.
    claims = [
        int.from_bytes(tail[match.start() + at : match.start() + at + length], "little")
        for mark, at, length in _ENDS
        for match in re.finditer(mark, tail)
    ]
    if any(claim > limits.DIRECTORY for claim in claims if claim not in _IN_ZIP64):
        raise ValueError(
            f"its directory claims {max(claims):,} bytes. Expected at most {limits.DIRECTORY:,}."
        )
    return zipfile.ZipFile(file)


class ContainerReader:
    """Reads a checkpoint. Whatever is wrong with the file is a `CorruptCheckpointError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = files.reading(path)
        except OSError as error:
            raise CorruptCheckpointError(f"{path} cannot be opened: {error}") from error
        try:
            self._zip = archive(self._file)
            self._check()
        except _DAMAGE as error:
            self._file.close()
            if isinstance(error, CorruptCheckpointError):
                raise
            raise CorruptCheckpointError(f"{path} cannot be opened: {error}") from error

    def _check(self) -> None:
        """Ours are stored plainly, each once: what is packed could unpack to any size."""
        items = self._zip.infolist()
        if any(item.compress_type != zipfile.ZIP_STORED for item in items):
            raise CorruptCheckpointError(
                f"{self.path} holds compressed members; ours are stored plainly"
            )
        if any(item.flag_bits & _ENCRYPTED for item in items):
            raise CorruptCheckpointError(f"{self.path} holds encrypted members; ours never are")
        twice = [name for name, count in Counter(self._zip.namelist()).items() if count > 1]
        if twice:
            raise CorruptCheckpointError(
                f"{self.path} holds {twice[0][:80]!r} more than once: readers would differ in which "
                "of them counts"
            )
        claimed = sum(item.file_size for item in items)
        size = self._file.seek(0, os.SEEK_END)
        if claimed > size or any(item.file_size != item.compress_size for item in items):
            raise CorruptCheckpointError(
                f"{self.path} has {size:,} bytes, and members that claim {claimed:,}"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._zip.close()
        self._file.close()

    def size(self, name: str) -> int:
        """Bytes of a member."""
        try:
            return self._zip.getinfo(name).file_size
        except KeyError:
            raise CorruptCheckpointError(f"{self.path} lacks the member {name!r}") from None

    def read(self, name: str, most: int | None = None) -> bytes:
        """A member's bytes, checked against the archive's CRC-32.

        Args:
            most: bytes that it may have; default: any number that the file holds.
        """
        if most is not None and self.size(name) > most:
            raise CorruptCheckpointError(
                f"{self.path}: {name} has {self.size(name):,} bytes. Expected at most {most:,}."
            )
        try:
            return self._zip.read(name)
        except KeyError:
            raise CorruptCheckpointError(f"{self.path} lacks the member {name!r}") from None
        except _DAMAGE as error:
            raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error

    def open(self, name: str) -> BinaryIO:
        """A member as a seekable file."""
        try:
            return self._zip.open(name)  # type: ignore[return-value]
        except _DAMAGE as error:
            raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error

    def state(self) -> dict[str, Any]:
        """Our state, in today's schema.

        Raises:
            NewerSchemaError: if a newer kresume_nb wrote it.
        """
        try:
            state = codec.parse(self.read(STATE, limits.STATE))
            limits.check_depth(state, limits.STATE_DEPTH)
            return migrate(state, self.path)
        except (CorruptCheckpointError, NewerSchemaError):
            raise
        except ValueError as error:
            raise CorruptCheckpointError(f"{self.path}: {STATE}: {error}") from error

    def array(self, number: int) -> NDArray[Any]:
        """An array of ours."""
        name = _ARRAY.format(number)
        data = io.BytesIO(self.read(name))
        try:
            np.lib.format.read_magic(data)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(data)
            if dtype.hasobject:
                raise ValueError("it holds Python objects")
            # frombuffer takes exactly the bytes that are there, whatever shape the header claims.
            flat = np.frombuffer(data.getbuffer()[data.tell() :], dtype=dtype)
            return flat.reshape(shape, order="F" if fortran else "C").copy()
        except (*_DAMAGE, *_NO_LITERAL) as error:
            raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error

    def verify(self) -> None:
        """Reads every member, which compares its CRC-32.

        Raises:
            CorruptCheckpointError: naming the first member that differs or is missing.
        """
        for name in dict.fromkeys([STATE, WEIGHTS, *self._zip.namelist()]):
            try:
                with self.open(name) as member:
                    while member.read(_CHUNK):
                        pass
            except CorruptCheckpointError:
                raise
            except _DAMAGE as error:
                raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error
