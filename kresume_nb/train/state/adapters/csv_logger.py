"""A `CSVLogger`'s file: gone on with, not begun anew, and without the rows that come again."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from kresume_nb.run.records import Writer
from kresume_nb.train.state.adapters.base import CallbackAdapter, Told

_BLOCK = 1 << 20


class CsvLoggerAdapter(CallbackAdapter):
    """Lets `on_train_begin` open the file for appending, then cuts off what the checkpoint did not know.

    A checkpoint knows how long the file was, and a checksum of what was in it: nothing is cut off
    a file that somebody else has written since.
    """

    hidden = frozenset({"csv_file", "writer", "append_header"})

    def __init__(self, callback: keras.callbacks.CSVLogger) -> None:
        super().__init__(callback)
        self._append: bool | None = None
        self._length, self._sum = 0, 0

    @property
    def _path(self) -> Path:
        return Path(self.callback.filename)

    def prepare(self, state: dict[str, Any], processes: Sequence[Writer]) -> None:
        self._append = self.callback.append
        self.callback.append = True  # its on_train_begin would empty the file

    def capture(self) -> dict[str, Any]:
        file = self.callback.csv_file
        if file is None or file.closed or not self._path.is_file():
            return {}
        file.flush()
        length = self._path.stat().st_size
        if length < self._length:
            self._length, self._sum = 0, 0
        self._sum = _checksum(self._path, self._length, length, self._sum)
        self._length = length
        return {"bytes": length, "checksum": self._sum}

    def restore(self, state: dict[str, Any], *, fork: bool) -> list[Told]:
        appends = self._append if self._append is not None else self.callback.append
        self.callback.append = appends
        if "bytes" not in state or not self._path.is_file():
            detail = (
                f"the rows of {self.callback.filename} cannot be counted; some may be there twice"
            )
            return [("approximate", detail)]
        known, length = state["bytes"], self._path.stat().st_size
        told = self._cut(known, length, state["checksum"], fork=fork, appends=appends)
        self.callback.append_header = self._path.stat().st_size == 0
        return told

    def _cut(
        self, known: int, length: int, checksum: int, *, fork: bool, appends: bool
    ) -> list[Told]:
        if length < known:
            missing = f"{self._path} has {length} bytes, {known} in the checkpoint"
            return [("lost", f"{missing}: rows are missing; new ones are added")]
        if _checksum(self._path, 0, known, 0) != checksum:
            return [("changed", f"{self._path} has other rows than then; new ones are added")]
        if length > known:
            if appends and (fork or not self._is_redone(known)):
                whose = "of the run that is forked" if fork else "of something else"
                return [("approximate", f"{self._path} holds rows {whose}; new ones are added")]
            os.truncate(self._path, known)
        self._length, self._sum = known, checksum
        return []

    def _is_redone(self, known: int) -> bool:
        """Whether the rows beyond are this run's: epoch after epoch, the last perhaps torn."""
        with self._path.open("rb") as file:
            file.seek(max(0, known - _BLOCK))
            before = self._epochs(file.read(min(known, _BLOCK)))
            after = self._epochs(file.read())
        first = before[-1] + 1 if before and before[-1] is not None else None
        if first is None and after:
            first = after[0]
        return (
            after == [first + number for number in range(len(after))] if first is not None else True
        )

    def _epochs(self, rows: bytes) -> list[int | None]:
        """The first column of complete rows; None where it is no epoch. Without the header."""
        lines = rows.decode("utf-8", "replace").splitlines(keepends=True)
        cells = [one.partition(self.callback.sep)[0] for one in lines if one.endswith("\n")]
        return [int(one) if one.isdecimal() else None for one in cells if one != "epoch"]

    def release(self) -> None:
        file = self.callback.csv_file
        if file is not None and not file.closed:
            file.close()


def _checksum(path: Path, start: int, stop: int, value: int) -> int:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (block := file.read(min(_BLOCK, stop - start))):
            value = zlib.crc32(block, value)
            start += len(block)
    return value
