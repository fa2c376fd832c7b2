"""The exception tree. Each error is also the builtin that a caller would catch in its place.

A message says what happened and where, what was received and expected, and the cure.
"""

from __future__ import annotations


class KResumeError(Exception):
    """Any error of this package."""


class ArgumentError(KResumeError, ValueError):
    """An argument of the public API has a value that cannot be used."""


class UnsupportedDataError(KResumeError, TypeError):
    """Training data of a kind that this version cannot resume."""


class ModelNotReadyError(KResumeError, ValueError):
    """The model is not compiled, or cannot be built from the data."""


class RunFolderError(KResumeError, OSError):
    """The run folder cannot be created or written."""


class RunNotFoundError(KResumeError, FileNotFoundError):
    """There is no such run, or it has no such checkpoint."""

    # OSError's own __str__ would show "[Errno None]" for a single message; say it plainly.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class RunLockedError(KResumeError, BlockingIOError):
    """Another process is writing this run."""


class NewerSchemaError(KResumeError, ValueError):
    """The run was written by a newer version of kresume_nb."""


class CorruptRecordError(KResumeError, ValueError):
    """A record on disk cannot be read."""


class CorruptCheckpointError(KResumeError, ValueError):
    """A checkpoint file is damaged or incomplete."""


class ArchitectureChangedError(KResumeError, ValueError):
    """The model differs from the one in the checkpoint."""


class DataChangedError(KResumeError, ValueError):
    """The training data or its batches differ from those of the checkpoint."""


class StateError(KResumeError, TypeError):
    """A callback's `get_state` returned something that cannot be saved."""
