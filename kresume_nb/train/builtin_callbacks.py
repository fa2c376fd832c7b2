"""Which callbacks of Keras have something particular: files, event logs, things that are drawn.

All that their attributes tell is kept as for any callback (`kept.py`). A seam adds what they do not
tell, and names those that are no state.
"""

from __future__ import annotations

import keras

from kresume_nb.train.csv_seam import CsvSeam
from kresume_nb.train.seam import Seam
from kresume_nb.train.tensorboard_seam import TensorBoardSeam


class _Drawn(Seam):
    """A progress bar is drawn anew."""

    hidden = frozenset({"seen", "progbar", "target", "verbose", "epochs", "_called_in_fit"})


class _History(Seam):
    """Rebuilt from the journal."""

    hidden = frozenset({"history", "epoch"})


class _Group(Seam):
    """A list of callbacks: each of them is kept by itself."""

    hidden = frozenset(
        {"callbacks", "_executor", "_futures", "_in_begin_end_block_count", "_progbar", "_history"}
    )


class _Orbax(Seam):
    """Its checkpointer finds its files by itself."""

    hidden = frozenset({"checkpointer", "_async_futures", "_multihost_initialized"})


_SEAMS: tuple[tuple[type, type[Seam]], ...] = (
    (keras.callbacks.CSVLogger, CsvSeam),
    (keras.callbacks.TensorBoard, TensorBoardSeam),
    (keras.callbacks.ProgbarLogger, _Drawn),
    (keras.callbacks.History, _History),
    (keras.callbacks.OrbaxCheckpoint, _Orbax),
    (keras.callbacks.CallbackList, _Group),
)


def seam_of(callback: keras.callbacks.Callback) -> Seam:
    """What is particular about a callback, or one of a class derived from it."""
    return next((seam for kind, seam in _SEAMS if isinstance(callback, kind)), Seam)(callback)
