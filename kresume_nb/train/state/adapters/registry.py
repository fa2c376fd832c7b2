"""Which callbacks of Keras have something particular: files, event logs, things that are drawn.

All that their attributes tell is kept as for any callback (`callback.py`). An adapter adds what they do
not tell, and names those that are no state.
"""

from __future__ import annotations

from typing import Any

import keras

from kresume_nb.train.keras_compat.keras_versions import public
from kresume_nb.train.state.adapters.base import CallbackAdapter, Told
from kresume_nb.train.state.adapters.csv_logger import CsvLoggerAdapter
from kresume_nb.train.state.adapters.tensorboard import TensorBoardAdapter


class _Drawn(CallbackAdapter):
    """A progress bar is drawn anew."""

    hidden = frozenset({"seen", "progbar", "target", "verbose", "epochs", "_called_in_fit"})


class _History(CallbackAdapter):
    """Rebuilt from the journal."""

    hidden = frozenset({"history", "epoch"})


class _Group(CallbackAdapter):
    """A list of callbacks: each of them is kept by itself."""

    hidden = frozenset(
        {"callbacks", "_executor", "_futures", "_in_begin_end_block_count", "_progbar", "_history"}
    )


class OrbaxAdapter(CallbackAdapter):
    """Orbax refuses to save a step that is there: what is about to be saved again has to go first."""

    hidden = frozenset({"checkpointer", "_async_futures", "_multihost_initialized"})

    def capture(self) -> dict[str, Any]:
        """Which steps were saved, those on the way included."""
        return {"steps": [one.step for one in self.callback.checkpointer.checkpoints]}

    def restore(self, state: dict[str, Any], *, fork: bool) -> list[Told]:
        """Deletes the checkpoints that training beyond this point had saved."""
        if "steps" not in state:
            return []
        last = max(state["steps"], default=-1)
        checkpointer = self.callback.checkpointer
        later = [one.step for one in checkpointer.checkpoints if one.step > last]
        if fork and later:
            where = f"{self.callback.directory} holds checkpoints of the run that is forked"
            return [("changed", f"{where}, and Orbax will not replace them; use another directory")]
        for step in later:
            checkpointer.delete(step)
        return []


_ADAPTERS: tuple[tuple[Any, type[CallbackAdapter]], ...] = (
    (keras.callbacks.CSVLogger, CsvLoggerAdapter),
    (keras.callbacks.TensorBoard, TensorBoardAdapter),
    (keras.callbacks.ProgbarLogger, _Drawn),
    (keras.callbacks.History, _History),
    (public("callbacks.OrbaxCheckpoint"), OrbaxAdapter),
    (keras.callbacks.CallbackList, _Group),
)


def adapter_of(callback: keras.callbacks.Callback) -> CallbackAdapter:
    """What is particular about a callback, or one of a class derived from it."""
    return next(
        (adapter for kind, adapter in _ADAPTERS if isinstance(callback, kind)), CallbackAdapter
    )(callback)
