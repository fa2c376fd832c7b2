"""Has a notebook's training done in a real kernel, in a copy of the notebook's folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kresume_nb.check.job import VARIABLE, Job
from kresume_nb.check.trial import CheckError
from kresume_nb.errors import ArgumentError
from kresume_nb.run import layout

MOST = 1 << 29
"""Bytes beside a notebook that are copied."""
_LEFT_OUT = (layout.FOLDER, "__pycache__", "node_modules")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FIRST = "from kresume_nb.check import instrument\ninstrument.install()"


class NotebookRunner:
    """Carries out jobs with the code of a notebook.

    Args:
        path: of the notebook, which is left as it is.
        timeout: seconds that one cell may take.

    Raises:
        ArgumentError: if it is no notebook, or what lies beside it is too large to be copied.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        import nbformat

        try:
            self._notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001  # nbformat lets through those of its parsers
            raise ArgumentError(f"{path} cannot be read as a notebook: {error}") from None
        if not any("fit(" in cell.source for cell in self._code()):
            raise ArgumentError(
                f"{path}: no cell calls kr.fit. Expected a notebook that trains with kresume_nb."
            )
        self._path, self._timeout = path, timeout
        self._beside = list(_files(path.resolve().parent))

    def __call__(self, job: Job, place: Path) -> int:
        """Runs the notebook up to the end of its first training; returns an exit code."""
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        self._copy(place)
        described = place.parent / f"{place.name}.job"
        job.write(described)
        try:
            self._execute(place, described)
        except DeadKernelError:
            if not job.kill:
                raise CheckError(
                    f"{self._path.name}: the kernel died by itself. Was there enough memory?"
                ) from None
            return -signal.SIGKILL
        except CellExecutionError as error:
            if not Path(f"{job.out}.json").is_file():
                text = _COLOURS.sub("", str(error))
                raise CheckError(f"{self._path.name} failed by itself:\n{text}") from None
        if not Path(f"{job.out}.json").is_file():
            raise CheckError(f"{self._path.name} ran to its end and no cell called kr.fit.")
        return 0

    def _execute(self, place: Path, job: Path) -> None:
        import nbformat
        from nbclient import NotebookClient

        copy = nbformat.from_dict(self._notebook)  # type: ignore[no-untyped-call]
        copy.cells = [
            nbformat.v4.new_code_cell(_FIRST),  # type: ignore[no-untyped-call]
            *self._code(),
        ]
        client = NotebookClient(
            copy,
            timeout=self._timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(place)}},
        )
        client.execute(env={**os.environ, VARIABLE: str(job)})

    def _code(self) -> list[Any]:
        return [cell for cell in self._notebook.cells if cell.cell_type == "code"]

    def _copy(self, place: Path) -> None:
        if place.exists() and any(place.iterdir()):
            return
        root = self._path.resolve().parent
        for path in self._beside:
            target = place / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def _files(folder: Path) -> Iterator[Path]:
    """The files beside a notebook that its code may read."""
    total = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name not in _LEFT_OUT
            and not (Path(path) / name / "pyvenv.cfg").exists()
        ]
        for name in names:
            file = Path(path) / name
            if name.startswith(".") or not file.is_file():
                continue
            total += file.stat().st_size
            if total > MOST:
                raise ArgumentError(
                    f"{folder} holds more than {MOST >> 20} MB, which would be copied to temporary "
                    "folders. Put the notebook into a folder with the files that it reads."
                )
            yield file
