"""Which callbacks of Keras have something particular: files, event logs, things that are drawn.

All that their attributes tell is kept as for any callback (`callback.py`). An adapter adds what they do
not tell, and names those that are no state.
"""

from __future__ import annotations

from typing import Any

import keras

from kresume_nb.errors import ArgumentError
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


_adapters: dict[Any, type[CallbackAdapter]] = {
    keras.callbacks.CSVLogger: CsvLoggerAdapter,
    keras.callbacks.TensorBoard: TensorBoardAdapter,
    keras.callbacks.ProgbarLogger: _Drawn,
    keras.callbacks.History: _History,
    public("callbacks.OrbaxCheckpoint"): OrbaxAdapter,
    keras.callbacks.CallbackList: _Group,
}
"""By class, the nearest counts; people add theirs. Process-wide, as the classes are."""


def register_callback_adapter(cls: type, adapter: type) -> None:
    """Says what a resume needs of a callback beyond its attributes: of a file that it writes, say.

        class Adapter:
            hidden = frozenset({"file"})           # attributes that are no state

            def __init__(self, callback):
                self.callback = callback

            def capture(self):                     # with each checkpoint, in the training thread
                return {"bytes": self.callback.file.tell()}

            def prepare(self, state, processes):   # a resume: before the callback's on_train_begin
                self.callback.append = True

            def restore(self, state, *, fork):     # after its on_train_begin and its attributes
                self.callback.file.truncate(state["bytes"])
                return [("exact", "cut to what the checkpoint knew")]

            def release(self):                     # training failed
                self.callback.file.close()

        kr.register_callback_adapter(MyCallback, Adapter)

    To be called before `kr.fit`, in a cell that runs before the training cell: a resume needs it, too.
    A callback that holds numbers, strings and arrays needs none, nor does one with `get_state` and
    `set_state`.

    Args:
        cls: the callback's class; classes derived from it are meant, too, unless they have one of
            their own. Registered again, the later one holds.
        adapter: a class that is made with the callback. It defines what it needs of the above:
            `capture` returns what JSON can hold, as a dict; `restore` gets that back, or an empty
            dict where the checkpoint has none, and returns pairs of a verdict ("exact",
            "approximate", "lost" or "changed") and a sentence for the resume report; `fork` tells
            that the run which wrote the checkpoint keeps what it has.

    Raises:
        ArgumentError: if either is not such a class.
    """
    if not (isinstance(cls, type) and issubclass(cls, keras.callbacks.Callback)):
        raise ArgumentError(
            f"register_callback_adapter was given {cls!r}. Expected a class derived from "
            "keras.callbacks.Callback, and an adapter class: "
            "kr.register_callback_adapter(MyCallback, MyAdapter)."
        )
    if not isinstance(adapter, type):
        raise ArgumentError(
            f"The adapter of {cls.__name__} is {adapter!r}. Expected a class; it is made with the callback."
        )
    if not issubclass(adapter, CallbackAdapter):
        adapter = type(adapter.__name__, (adapter, CallbackAdapter), {})
    _adapters[cls] = adapter


def adapter_of(callback: keras.callbacks.Callback) -> CallbackAdapter:
    """What is particular about a callback, or one of a class derived from it."""
    made = next((_adapters[kind] for kind in type(callback).__mro__ if kind in _adapters), None)
    return (made or CallbackAdapter)(callback)
