"""The exception tree. Each error is also the builtin that a caller would catch in its place.

A message says what happened and where, what was received and expected, and the cure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kresume_nb.run.records import Finding


class KResumeError(Exception):
    """Any error of this package."""


class ArgumentError(KResumeError, ValueError):
    """An argument of the public API has a value that cannot be used."""


class UnsupportedDataError(KResumeError, TypeError):
    """Training data of a kind that this version cannot resume."""


class DataEndedError(KResumeError, RuntimeError):
    """Training data gave fewer batches than training, or going back to a batch, needs."""


class ModelNotReadyError(KResumeError, ValueError):
    """The model is not compiled, or cannot be built from the data."""


class UnsupportedKerasError(KResumeError, ImportError):
    """The installed version of Keras lacks something that nothing can be done without."""


class RunFolderError(KResumeError, OSError):
    """The run folder cannot be created or written."""


class RunNotFoundError(KResumeError, FileNotFoundError):
    """There is no such run, or it has no such checkpoint."""

    # OSError's own __str__ would show "[Errno None]" for a single message; say it plainly.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnsafeFileError(KResumeError, OSError):
    """A file in a run folder is a link, or no file at all: it is neither read nor written."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class RunLockedError(KResumeError, BlockingIOError):
    """Another process is writing this run."""


class PinnedRunError(KResumeError, PermissionError):
    """A person pinned this run, so that it is not deleted."""


class NewerSchemaError(KResumeError, ValueError):
    """The run was written by a newer version of kresume_nb."""


class CorruptRecordError(KResumeError, ValueError):
    """A record on disk cannot be read."""


class CorruptCheckpointError(KResumeError, ValueError):
    """A checkpoint file is damaged or incomplete."""


class WorkerError(KResumeError, RuntimeError):
    """What reads files of a run in a process of its own took too long, too much, or died."""


class ResumeRefusedError(KResumeError, ValueError):
    """Something changed so that going on would be neither the old training nor a new one."""

    def __init__(self, message: str, differences: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.differences = list(differences)
        """What changed, each with what it was then and is now."""


class ArchitectureChangedError(ResumeRefusedError):
    """The model differs from the one in the checkpoint."""


class ObjectiveChangedError(ResumeRefusedError):
    """The model is compiled with another loss or another optimizer than then."""


class DataChangedError(ResumeRefusedError):
    """The training data or its batches differ from those of the checkpoint."""


class MissingObjectsError(KResumeError, TypeError):
    """A checkpoint's model needs classes or functions that this session does not know."""


class UnsafeModelError(KResumeError, ValueError):
    """A checkpoint's model holds code, which loading it would run."""


class MissingPandasError(KResumeError, ImportError):
    """A data frame was asked for, and pandas is not installed."""


class StateError(KResumeError, TypeError):
    """A callback's `get_state` returned something that cannot be saved."""
