"""The checkpoint file: a standard `.keras` archive with members of ours under `kresume/`.

Keras ignores the extra members, so `keras.models.load_model` opens the file without us. One file
is one rename is one commit. The archive is stored, not compressed: weights do not compress, and
NumPy reads members in place. Each member carries the archive's CRC-32 and, in
`kresume/digests.json`, its SHA-256; `verify` reads every byte back against both.
"""

from __future__ import annotations

import hashlib
import io
import json
import tokenize
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from kresume_nb.errors import CorruptCheckpointError, NewerSchemaError
from kresume_nb.run import codec
from kresume_nb.run.migrations import migrate

WEIGHTS = "model.weights.h5"
STATE = "kresume/state.json"
DIGESTS = "kresume/digests.json"
_ARRAY = "kresume/arrays/{}.npy"
_CHUNK = 1 << 20
_DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError)
"""What the standard library raises on an archive with flipped, missing or invented bytes."""
_NO_LITERAL = (SyntaxError, tokenize.TokenError, MemoryError)
"""What NumPy raises besides when an array's header is no Python literal."""


class ContainerWriter:
    """Writes members into an open file, then their digests."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._digests: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Adds a member from memory."""
        self.add_file(name, io.BytesIO(data))

    def add_file(self, name: str, source: BinaryIO) -> None:
        """Adds a member from an open file, a megabyte at a time."""
        digest = hashlib.sha256()
        # A fixed date: the same state makes the same bytes.
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            while block := source.read(_CHUNK):
                digest.update(block)
                member.write(block)
        self._digests[name] = digest.hexdigest()

    def add_array(self, number: int, array: NDArray[Any]) -> None:
        """Adds an array in NumPy's own format, never pickled."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
        self.add(_ARRAY.format(number), buffer.getvalue())

    def close(self) -> None:
        """Writes the digests and the archive's directory."""
        self._zip.writestr(zipfile.ZipInfo(DIGESTS), json.dumps(self._digests))
        self._zip.close()


class ContainerReader:
    """Reads a checkpoint. Whatever is wrong with the file is a `CorruptCheckpointError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise CorruptCheckpointError(f"{path} cannot be opened: {error}") from error
        if any(item.compress_type != zipfile.ZIP_STORED for item in self._zip.infolist()):
            self._zip.close()  # ours never are; one that is could unpack to any size
            raise CorruptCheckpointError(
                f"{path} holds compressed members; ours are stored plainly"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """A member's bytes, checked against the archive's CRC-32."""
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
        except (KeyError, *_DAMAGE) as error:
            raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error

    def state(self) -> dict[str, Any]:
        """Our state, in today's schema.

        Raises:
            NewerSchemaError: if a newer kresume_nb wrote it.
        """
        try:
            return migrate(codec.parse(self.read(STATE)), self.path)
        except NewerSchemaError:
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
        """Reads every member and compares its digest.

        Raises:
            CorruptCheckpointError: naming the first member that differs.
        """
        try:
            digests = codec.parse(self.read(DIGESTS))
        except ValueError as error:
            raise CorruptCheckpointError(f"{self.path}: {DIGESTS}: {error}") from error
        for name, expected in digests.items():
            digest = hashlib.sha256()
            try:
                with self.open(name) as member:
                    while block := member.read(_CHUNK):
                        digest.update(block)
            except _DAMAGE as error:
                raise CorruptCheckpointError(f"{self.path}: {name}: {error}") from error
            if digest.hexdigest() != expected:
                raise CorruptCheckpointError(
                    f"{self.path}: {name} has SHA-256 {digest.hexdigest()[:12]}…, "
                    f"expected {str(expected)[:12]}…"
                )
