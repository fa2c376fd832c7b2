"""The one module that uses Keras' private API, each use with its reason and a test that pins it.

Where a version of Keras lacks a name, `keras_versions.py` says what is lost; that is where all of
them are looked up.

* `record_weights` walks a model as `model.save` does, but keeps references instead of writing, so
  that a thread can write a standard `.keras` file later from a snapshot. Keras has no public way to
  save from a copy.
* `record_assets` has layers save their files (a vocabulary), as `model.save` does, and reads them.
* `build` makes weights, metrics, loss and optimizer as the first step of `fit` would, without
  computing anything: a checkpoint cannot be put into variables that do not exist yet.
* `optimized`: which variables an optimizer was built for, so that one which only a training step of
  a person's own builds can be built before that step.
* `sync`: while JAX trains, the variables' values live in the step's own state.
* `TensorBoard`'s writers have to be flushed before a checkpoint and closed after a failure, and its
  clock and default step go on from where they were.
* `metric_directions`: whether more or less of a metric is better, as `EarlyStopping` finds it.
* `before_next_step`: what a step is given is only seen on its way into the model's training function.
* `global_seed_generator` is the state behind `keras.random.*` calls without a seed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from kresume_nb.run.container import LEFT_OUT
from kresume_nb.run.records import Direction
from kresume_nb.train.keras_compat.keras_versions import Absent, find, lost


@dataclass(frozen=True, slots=True)
class Group:
    """What one saveable object (a layer, an optimizer) stores: a group of the weights file."""

    attributes: dict[str, str]
    values: dict[str, Any]
    """Variables where Keras stores variables; arrays where an object computes what it stores."""


class _Recorder(find("H5IOStore")):  # type: ignore[misc]  # `_save_state` asks for one
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


class _Nowhere(_Recorder):
    """Passes for a store of weights, which older Keras demands, and is given none."""

    def __bool__(self) -> bool:
        return False


def _save(model: keras.Model, weights: _Recorder, assets: Any) -> None:
    """Has a model's objects save themselves, as `model.save` does, into these stores."""
    find("_save_state")(
        model,
        weights_store=weights,
        assets_store=assets,
        inner_path="",
        visited_saveables=set(),
    )


def record_weights(model: keras.Model) -> dict[str, Group]:
    """The groups of `model.weights.h5`, with references to the variables."""
    recorder = _Recorder()
    _save(model, recorder, None)
    # BaseOptimizer stores copies of its variables: put them back.
    wrapped = getattr(model.optimizer, "inner_optimizer", None)  # of a LossScaleOptimizer
    for path, optimizer in (("optimizer", model.optimizer), ("optimizer/inner_optimizer", wrapped)):
        group = recorder.groups.get(path)
        if group is not None and optimizer is not None:
            for key in group.values:
                group.values[key] = optimizer.variables[int(key)]
    return recorder.groups


def record_assets(model: keras.Model) -> tuple[dict[str, bytes], str]:
    """The files that layers save beside their weights, by their paths in a `.keras` file.

    A vocabulary that was adapted is one: without it Keras makes no model of the file.

    Returns:
        Them, and what of them is lacking, and why; empty if nothing is.
    """
    made = find("DiskIOStore")
    if made is Absent:
        return {}, f"the files of its layers ({'; '.join(lost('DiskIOStore'))})"
    store = made("assets", mode="w")
    try:
        _save(model, _Nowhere(), store)
        top = Path(store.working_dir)
        files = (one for one in sorted(top.rglob("*")) if one.is_file())
        return {f"assets/{one.relative_to(top).as_posix()}": one.read_bytes() for one in files}, ""
    except Exception as error:  # noqa: BLE001  # whatever a person's save_assets raises
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        return {}, f"the files of its layers ({why})"
    finally:
        store.close()


def serialize(model: keras.Model) -> tuple[str, str]:
    """`config.json` and `metadata.json` of a `.keras` file."""
    config, metadata = find("_serialize_model_as_json")(model)
    return config, metadata


def describe(model: keras.Model) -> tuple[str, str, str]:
    """`config.json` and `metadata.json` of a `.keras` file, and what they lack, and why.

    A model that Keras cannot describe (a required argument of `__init__`, no `get_config`) is left
    out, or only its compilation is: the weights and the state are what a resume needs. A file
    without a model says so under `class_name`, which is what Keras shows when it is loaded.
    """
    try:
        return (*serialize(model), "")
    except Exception as error:  # noqa: BLE001  # whatever a person's get_config raises
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
    try:
        model.get_compile_config = _no_compile_config
        return (*serialize(model), f"its compilation ({why})")
    except Exception as error:  # noqa: BLE001
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
    finally:
        del model.get_compile_config
    name = type(model).__name__
    shown = f"{name}, which Keras could not serialize: make it anew and use Run.load_weights(model)"
    config: dict[str, Any] = {"module": None, "class_name": shown, "config": {}, LEFT_OUT: why}
    metadata = {"keras_version": keras.__version__, "date_saved": ""}
    return json.dumps(config), json.dumps(metadata), f"the class {name} ({why})"


def _no_compile_config() -> None:
    """In place of the model's own method."""


def build(model: keras.Model, first: Callable[[], Any]) -> None:
    """Creates every variable that training will use; computes nothing, and draws what `fit` would.

    Args:
        first: returns a batch as `fit` would see it; called if there is something to build.
    """
    model._symbolic_build(iterator=_first(first))
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


@contextmanager
def building_from(model: keras.Model, first: Callable[[], Any]) -> Iterator[None]:
    """Within it, what `fit` builds before its first step is built by `first`, and reads no batch.

    A model is read a batch for by each `fit` if a layer of it never counts as built: one that only
    prepares data, for example.
    """
    build = model._symbolic_build

    def once(**_: Any) -> None:
        del model._symbolic_build
        build(iterator=_first(first))

    model._symbolic_build = once
    try:
        yield
    finally:
        vars(model).pop("_symbolic_build", None)


def _first(first: Callable[[], Any]) -> Iterator[tuple[int, int, list[Any]]]:
    """What `_symbolic_build` iterates to see a batch, if it has to build anything at all."""
    yield 0, 0, [first()]


def optimized(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that an optimizer was built for, in its order; none before it is built."""
    variables = find("_trainable_variables", optimizer) if optimizer.built else ()
    return [] if variables is Absent else list(variables)


def schedule(
    optimizer: keras.optimizers.Optimizer | None,
) -> keras.optimizers.schedules.LearningRateSchedule | None:
    """The schedule that an optimizer follows, if it follows one that can be seen."""
    rate = None if optimizer is None else find("_learning_rate", optimizer)
    return rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None


def sync(model: keras.Model) -> None:
    """Brings the variables up to date before they are read between steps."""
    sync_jax = getattr(model, "jax_state_sync", None)
    if sync_jax is not None:
        sync_jax()


def before_next_step(model: keras.Model, change: Callable[[Any], Any]) -> None:
    """Has the next call of the training function take what `change` makes of its iterator."""
    step = model.train_function

    def once(iterator: Any) -> Any:
        model.train_function = step
        return step(change(iterator))

    model.train_function = once


def metric_directions(model: keras.Model) -> dict[str, Direction | None]:
    """Of each metric object, by its name: what it says of the better direction; None if nothing.

    Keras' metrics say it in `_direction`, which no public attribute tells; those that `compile` was
    given stand behind one object of `model.metrics`, once they are built.
    """
    found: dict[str, Direction | None] = {}
    for one in model.metrics:
        for metric in (one, *getattr(one, "metrics", ())):
            said = getattr(metric, "_direction", None)
            found[metric.name] = None if said is None else "max" if said == "up" else "min"
    return found


def global_seed() -> int | None:
    """The seed of `keras.utils.set_random_seed`, if it was called."""
    asked = find("get_random_seed")
    seed = None if asked is Absent else asked()
    return None if seed is None else int(seed)


def global_seed_generator() -> keras.random.SeedGenerator | None:
    """The generator behind unseeded `keras.random` calls, if one has been made."""
    attribute = find("get_global_attribute")
    # Keras 3.13 has given the name a constant.
    return None if attribute is Absent else attribute("global_seed_generator")


def make_global_seed_generator() -> keras.random.SeedGenerator | None:
    """The same, made if there is none; None under a version of Keras that does not show it."""
    made = find("global_seed_generator")
    return None if made is Absent else made()


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
    writers = find("_writers", callback)
    for writer in () if writers is Absent else writers.values():
        writer.flush()


def close_tensorboard(callback: keras.callbacks.TensorBoard) -> None:
    """Closes the event files, so that nothing is written to them later."""
    close = find("_close_writers", callback)
    if close is not Absent:
        close()


def tensorboard_is_tracing(callback: keras.callbacks.TensorBoard) -> bool:
    """Whether a profile is being taken."""
    tracing = find("_is_tracing", callback)
    return tracing is not Absent and bool(tracing)


def tensorboard_epoch_began(callback: keras.callbacks.TensorBoard) -> float | None:
    """When the epoch began whose steps per second it measures."""
    began = find("_epoch_start_time", callback)  # the attribute comes with the first epoch
    return None if began is Absent or began is None else float(began)


def resume_tensorboard(callback: keras.callbacks.TensorBoard, seconds: float | None) -> list[str]:
    """Sets the clock of an epoch that has run for `seconds`, and the step of a person's summaries.

    Returns:
        What cannot be set, as sentences.
    """
    if seconds is not None:
        callback._epoch_start_time = time.time() - seconds
    if getattr(callback, "_prev_summary_state", None):
        pop, push = (find(one, callback) for one in ("_pop_writer", "_push_writer"))
        if Absent not in (pop, push):
            pop()
            push(callback._train_writer, callback._global_train_batch)
    return lost(
        "_writers", "_close_writers", "_is_tracing", "_push_writer", "_pop_writer", owner=callback
    )
