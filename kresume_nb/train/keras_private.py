"""The one module that touches Keras' private API, each use with its reason and a test that pins it.

* `record_weights` walks a model as `model.save` does, but keeps references instead of writing, so
  that a thread can write a standard `.keras` file later from a snapshot. Keras has no public way to
  save from a copy.
* `build` makes weights, metrics, loss and optimizer as the first step of `fit` would, without
  computing anything: a checkpoint cannot be put into variables that do not exist yet.
* `optimized`: which variables an optimizer was built for, so that one which only a training step of
  a person's own builds can be built before that step.
* `sync`: while JAX trains, the variables' values live in the step's own state.
* `TensorBoard`'s writers have to be flushed before a checkpoint and closed after a failure, and its
  clock and default step go on from where they were.
* `global_seed_generator` is the state behind `keras.random.*` calls without a seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras.src.backend.common import global_state
from keras.src.random import seed_generator
from keras.src.saving import saving_lib
from keras.src.utils import rng_utils


@dataclass(frozen=True, slots=True)
class Group:
    """What one saveable object (a layer, an optimizer) stores: a group of the weights file."""

    attributes: dict[str, str]
    values: dict[str, Any]
    """Variables where Keras stores variables; arrays where an object computes what it stores."""


class _Recorder(saving_lib.H5IOStore):  # `_save_state` asks for an H5IOStore
    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._current: dict[str, Any] = {}

    def __bool__(self) -> bool:
        return True

    def make(self, path: str, metadata: dict[str, str] | None = None) -> _Recorder:
        self._current = self.groups.setdefault(path, Group(dict(metadata or {}), {})).values
        return self

    def __setitem__(self, key: str, value: Any) -> None:
        self._current[key] = value

    def __getitem__(self, key: str) -> Any:
        return self._current[key]

    def __len__(self) -> int:
        return len(self._current)

    def __iter__(self) -> Iterator[str]:
        return iter(self._current)

    def keys(self) -> Any:
        return self._current.keys()


def record_weights(model: keras.Model) -> dict[str, Group]:
    """The groups of `model.weights.h5`, with references to the variables."""
    recorder = _Recorder()
    saving_lib._save_state(
        model,
        weights_store=recorder,
        assets_store=None,
        inner_path="",
        visited_saveables=set(),
    )
    # BaseOptimizer stores copies of its variables: put them back.
    wrapped = getattr(model.optimizer, "inner_optimizer", None)  # of a LossScaleOptimizer
    for path, optimizer in (("optimizer", model.optimizer), ("optimizer/inner_optimizer", wrapped)):
        group = recorder.groups.get(path)
        if group is not None and optimizer is not None:
            for key in group.values:
                group.values[key] = optimizer.variables[int(key)]
    return recorder.groups


def serialize(model: keras.Model) -> tuple[str, str]:
    """`config.json` and `metadata.json` of a `.keras` file."""
    config, metadata = saving_lib._serialize_model_as_json(model)
    return config, metadata


def build(model: keras.Model, first: Callable[[], Any]) -> None:
    """Creates every variable that training will use; computes nothing, and draws what `fit` would.

    Args:
        first: returns a batch as `fit` would see it; called if there is something to build.
    """
    model._symbolic_build(iterator=_first(first))
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _first(first: Callable[[], Any]) -> Iterator[tuple[int, int, list[Any]]]:
    """What `_symbolic_build` iterates to see a batch, if it has to build anything at all."""
    yield 0, 0, [first()]


def optimized(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that an optimizer was built for, in its order; none before it is built."""
    return list(optimizer._trainable_variables) if optimizer.built else []


def sync(model: keras.Model) -> None:
    """Brings the variables up to date before they are read between steps."""
    sync_jax = getattr(model, "jax_state_sync", None)
    if sync_jax is not None:
        sync_jax()


def global_seed() -> int | None:
    """The seed of `keras.utils.set_random_seed`, if it was called."""
    seed = rng_utils.get_random_seed()
    return None if seed is None else int(seed)


def global_seed_generator() -> keras.random.SeedGenerator | None:
    """The generator behind unseeded `keras.random` calls, if one has been made."""
    return global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)


def make_global_seed_generator() -> keras.random.SeedGenerator:
    """The same, made if there is none."""
    return seed_generator.global_seed_generator()


TENSORBOARD_OF_THE_PROCESS = frozenset(
    {
        "_writers",
        "_summary_module",
        "_prev_summary_state",
        "_is_tracing",
        "_profiler_started",
        "_batch_trace_context",
        "_batch_start_time",
        "_epoch_start_time",
        "_log_write_dir",
        "_train_dir",
        "_val_dir",
    }
)
"""Attributes of a `TensorBoard` that each process has its own of."""


def flush_tensorboard(callback: keras.callbacks.TensorBoard) -> None:
    """Writes out the events that wait in memory."""
    for writer in callback._writers.values():
        writer.flush()


def close_tensorboard(callback: keras.callbacks.TensorBoard) -> None:
    """Closes the event files, so that nothing is written to them later."""
    callback._close_writers()


def tensorboard_is_tracing(callback: keras.callbacks.TensorBoard) -> bool:
    """Whether a profile is being taken."""
    return bool(callback._is_tracing)


def tensorboard_epoch_began(callback: keras.callbacks.TensorBoard) -> float | None:
    """When the epoch began whose steps per second it measures."""
    began = getattr(callback, "_epoch_start_time", None)
    return None if began is None else float(began)


def resume_tensorboard(callback: keras.callbacks.TensorBoard, seconds: float | None) -> None:
    """Sets the clock of an epoch that has run for `seconds`, and the step of a person's summaries."""
    if seconds is not None:
        callback._epoch_start_time = time.time() - seconds
    if callback._prev_summary_state:
        callback._pop_writer()
        callback._push_writer(callback._train_writer, callback._global_train_batch)
