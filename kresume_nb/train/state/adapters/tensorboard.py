"""`TensorBoard`'s event files: nothing that a checkpoint knows is lost, nothing after it is there twice.

TensorBoard itself can be told to pass over what a restart does again, by an event that gives one
step; but one directory holds values by epoch and by batch, so no step fits all. As the killed
process writes no more, its files can be cut instead: a checkpoint flushes the writers and knows how
long each file was. The resumed process writes files of its own beside them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kresume_nb.run import atomic
from kresume_nb.run.records import Writer
from kresume_nb.train.keras_compat import keras_private
from kresume_nb.train.state.adapters.base import CallbackAdapter, Told

_NAME = re.compile(r"events\.out\.tfevents\.(?P<made>\d+)\..+\.(?P<pid>\d+)\.\d+\.[^.]+")
_FOLDERS = ("train", "validation")


class TensorBoardAdapter(CallbackAdapter):
    """Keeps the length of each event file of this run."""

    hidden = keras_private.TENSORBOARD_OF_THE_PROCESS

    def __init__(self, callback: Any) -> None:
        super().__init__(callback)
        self._lengths: dict[str, int] = {}
        """Of files that earlier processes of the run have written."""
        self._before: set[str] = set()
        self._processes: Sequence[Writer] = ()
        self._writes_graph: bool | None = None

    def prepare(self, state: dict[str, Any], processes: Sequence[Writer]) -> None:
        self._before, self._processes = set(self._files()), processes
        if state:
            self._writes_graph = self.callback.write_graph
            self.callback.write_graph = False  # set_model would write it once more

    def capture(self) -> dict[str, Any]:
        keras_private.flush_tensorboard(self.callback)
        ours = {
            name: path.stat().st_size
            for name, path in self._files().items()
            if name not in self._before
            and (found := _NAME.fullmatch(path.name))
            and int(found["pid"]) == os.getpid()
        }
        began = keras_private.tensorboard_epoch_began(self.callback)
        running = None if began is None else time.time() - began
        return {
            "lengths": self._lengths | ours,
            "epoch_seconds": running,
            "tracing": keras_private.tensorboard_is_tracing(self.callback),
        }

    def restore(self, state: dict[str, Any], *, fork: bool) -> list[Told]:
        if self._writes_graph is not None:
            self.callback.write_graph = self._writes_graph
        if not state:
            detail = "the checkpoint does not know its event files; values may be there twice"
            return [("approximate", detail)]
        lost = keras_private.resume_tensorboard(self.callback, state["epoch_seconds"])
        told: list[Told] = [("approximate", one) for one in lost]
        if state["tracing"]:
            told.append(("lost", "the profile that was being taken"))
        if fork:
            detail = "event files of the run that is forked stay; values of redone epochs are there twice"
            return [*told, ("approximate", detail)]
        self._lengths = dict(state["lengths"])
        short = [name for name, length in self._lengths.items() if not self._cut(name, length)]
        if short:
            told.append(("lost", f"events that the checkpoint knew: {', '.join(sorted(short))}"))
        for name, path in self._files().items():
            if name in self._before and name not in self._lengths and self._is_of_this_run(path):
                atomic.remove(path)
        return told

    def _cut(self, name: str, length: int) -> bool:
        """Cuts a file to what the checkpoint knew; whether all of that is there."""
        path = Path(self.callback.log_dir) / name
        if not path.is_file() or path.stat().st_size < length:
            return False
        os.truncate(path, length)
        return True

    def _is_of_this_run(self, path: Path) -> bool:
        """Whether a process of this run made a file: after the checkpoint, as that does not know it."""
        found = _NAME.fullmatch(path.name)
        return found is not None and any(
            one.pid == int(found["pid"]) and int(found["made"]) >= int(one.started)
            for one in self._processes
        )

    def _files(self) -> dict[str, Path]:
        folder = Path(self.callback.log_dir)
        return {
            f"{one}/{path.name}": path
            for one in _FOLDERS
            for path in (folder / one).glob("events.out.tfevents.*")
        }

    def release(self) -> None:
        keras_private.close_tensorboard(self.callback)
