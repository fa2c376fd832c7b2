"""What a `tf.data` pipeline does that a resume must know of, read from its Python objects.

TensorFlow can serialize a pipeline's graph, but that copies the data in it. The objects that made
the graph tell the same: each knows its inputs and its functions. They are private to TensorFlow; where
they cannot be read, the pipeline counts as one of which nothing is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_PYTHON = ("PyFunc", "EagerPyFunc", "PyFuncStateless")


@dataclass(frozen=True, slots=True)
class Reshuffle:
    """A stage that draws new seeds whenever an iterator over it is made."""

    stage: Any
    cached: bool
    """Whether it lies below a cache in memory: once that is filled, nothing is drawn any more."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline does."""

    digest: str
    """Of its stages' kinds, in order."""
    known: bool = True
    shuffles_without_seed: bool = False
    seeds: tuple[int, ...] = field(default=())
    """Of its shuffles and random operations, in order; they follow the global seed, too."""
    counts_iterators: bool = False
    """Whether an iterator's order depends on how many were made before it."""
    reshuffles: tuple[Reshuffle, ...] = field(default=())
    """Its stages that draw new seeds for each iterator."""
    random: tuple[str, ...] = field(default=())
    """Operations that draw random numbers, with a seed."""
    unseeded: tuple[str, ...] = field(default=())
    """The same, without."""
    python: bool = False
    """Whether a stage runs Python."""
    variables: tuple[Any, ...] = field(default=())
    """Variables that its functions use: a Keras augmentation layer's random state, for one."""
    cached_variables: tuple[bool, ...] = field(default=())
    """Of each, whether it is used below a cache only."""
    buffered: int | None = 0
    """Bytes that its shuffles hold; None if the size of an element is not known."""
    cached_in_part: bool = False
    """Whether a cache below which something is drawn at random may never be filled."""
    cached_twice: bool = False
    """Whether something is drawn at random both below a cache and beside it."""
    unordered: bool = False
    """Whether parallel parts may come in any order."""
    parallel_random: bool = False
    """Whether parallel calls draw from one stream, or change a variable."""
    copied: int = 0
    """Bytes of the tensors in its graph: of arrays that it was made from, above all."""
    writes: bool = False
    """Whether a stage writes files."""

    @property
    def savable(self) -> bool:
        """Whether TensorFlow can save an iterator's state."""
        return self.known and not (self.random or self.unseeded or self.python or self.variables)

    def told_apart(self, *, saved: bool) -> bool:
        """Whether what is read again would show that something is missing: else that is known anyway.

        Args:
            saved: whether an iterator's state, with its seeds, says where to read.
        """
        seeded = saved or not self.shuffles_without_seed
        drawn = self.unseeded or self.unordered or self.parallel_random
        return self.known and seeded and not (drawn or self.cached_in_part or self.cached_twice)

    def reasons(self, *, saved: bool, in_order: bool) -> list[str]:
        """Why the batches may not be those of the unbroken run; empty if they are.

        Args:
            saved: whether iterators' states are saved.
            in_order: whether TensorFlow's op determinism is on: it runs such calls in order.
        """
        found = []
        if self.unseeded:
            found.append(
                f"the pipeline draws random numbers without a seed ({', '.join(self.unseeded)}); "
                "they are drawn anew. Call keras.utils.set_random_seed before it is made, or use "
                "tf.random.stateless_*"
            )
        if self.shuffles_without_seed:
            found.append(
                "the pipeline shuffles without a seed: "
                + ("this pass goes on as it was, those after it are" if saved else "the order is")
                + " drawn anew. Pass shuffle(…, seed=…)"
            )
        if self.python:
            found.append(
                "the pipeline runs Python (from_generator, numpy_function or py_function): the "
                "batches are the same only if that returns the same again, which was not tried"
            )
        if self.unordered:
            found.append(
                "the pipeline may return parallel parts in any order (deterministic=False)"
            )
        if self.parallel_random and not in_order:
            found.append(
                "the pipeline draws random numbers in parallel calls, which come to their turn in any "
                "order. Call tf.config.experimental.enable_op_determinism, or drop num_parallel_calls"
            )
        if self.cached_in_part:
            found.append(
                "the pipeline reads a part of what it caches (take after cache), and draws at random "
                "before. Cache after what takes the part"
            )
        if self.cached_twice:
            found.append(
                "the pipeline uses one shuffle or variable both before a cache and beside it"
            )
        if not self.known:
            found.append("nothing is known of the pipeline's inside; its batches were skipped")
        return found


def inspect(dataset: Any) -> Pipeline:
    """What a pipeline does."""
    try:
        return _inspected(dataset)
    except (AttributeError, TypeError, NotImplementedError):
        return Pipeline(digest="unknown", known=False, counts_iterators=True)


def _inspected(dataset: Any) -> Pipeline:
    places = _places(dataset)
    stages = [one.stage for one in places]
    functions = [one.function for stage in stages for one in stage._functions()]
    operations = [one for function in functions for one in _operations(function.graph, set())]
    shuffles = [one for one in stages if hasattr(one, "_seed2") and "Shuffle" in type(one).__name__]
    numbers = [one for one in stages if hasattr(one, "_seed2") and one not in shuffles]
    random = [one for one in operations if _draws(one)]
    unseeded = {one.type for one in random if not _has_seed(one)}
    unseeded |= {"Dataset.random" for one in numbers if _no_seed(one._seed, one._seed2)}
    drawing = [one for one in places if _reshuffles(one.stage) or _variables(one.stage)]
    variables = {id(one): one for stage in stages for one in _variables(stage)}
    cached = [
        {place.cached for place in places if any(one is held for held in _variables(place.stage))}
        for one in variables.values()
    ]
    names = [type(one).__name__ for one in stages]
    return Pipeline(
        digest=hashlib.sha256(" ".join(names).encode()).hexdigest(),
        shuffles_without_seed=any(
            [_no_seed(one._seed, one._seed2) for one in shuffles]
            + [_no_seed(*one.inputs[2:4]) for one in operations if "ShuffleDataset" in one.type]
        ),
        seeds=(
            *(_constant(seed) for one in shuffles for seed in (one._seed, one._seed2)),
            *(int(one.get_attr(name)) for one in random for name in ("seed", "seed2")),
            *(_constant(seed) for one in numbers for seed in (one._seed, one._seed2)),
        ),
        counts_iterators=any(bool(one._reshuffle_each_iteration) for one in shuffles),
        reshuffles=tuple(
            Reshuffle(one.stage, one.cached) for one in places if _reshuffles(one.stage)
        ),
        random=tuple(sorted({one.type for one in random} - unseeded)),
        unseeded=tuple(sorted(unseeded)),
        python=any(one.type in _PYTHON for one in operations),
        variables=tuple(variables.values()),
        cached_variables=tuple(one == {True} for one in cached),
        buffered=_buffered(shuffles),
        cached_in_part=any(one.cached and one.in_part for one in drawing),
        cached_twice=any(one.beside for one in drawing) or any(len(one) > 1 for one in cached),
        parallel_random=any(_parallel(one) and _moves(one) for one in stages),
        copied=_copied(stages),
        writes=any(map(_writes, stages)),
        unordered=dataset.options().deterministic is False
        or any(getattr(one, "_deterministic", None) == "false" for one in stages),
    )


@dataclass(slots=True)
class _Place:
    """A stage, and how it is reached from the pipeline's end."""

    stage: Any
    cached: bool
    """Through a cache in memory."""
    in_part: bool
    """Through that, and before it through a stage that may leave it unfilled."""
    beside: bool = False
    """On two ways, one of them without a cache."""


def _places(dataset: Any) -> list[_Place]:
    found: dict[int, _Place] = {}

    def visit(stage: Any, cached: bool, in_part: bool, takes: bool) -> None:
        known = found.get(id(stage))
        if known is not None:
            known.beside |= known.cached != cached
            return
        found[id(stage)] = _Place(stage, cached, in_part)
        if _caches(stage):
            cached, in_part = True, takes
        takes = takes or type(stage).__name__ in _PARTIAL
        for one in stage._inputs():
            visit(one, cached, in_part, takes)

    visit(dataset, cached=False, in_part=False, takes=False)
    return list(found.values())


_PARTIAL = ("_TakeDataset", "_TakeWhileDataset")
"""Stages that may end before their input does."""


def _caches(stage: Any) -> bool:
    import tensorflow as tf

    name = getattr(stage, "_filename", None)
    return type(stage).__name__ == "CacheDataset" and tf.get_static_value(name) == b""


def _writes(stage: Any) -> bool:
    kept = type(stage).__name__ == "CacheDataset" and not _caches(stage)
    return kept or type(stage).__name__ in ("_SnapshotDataset", "_SaveDataset")


def _copied(stages: list[Any]) -> int:
    captured = (
        one
        for stage in stages
        for function in stage._functions()
        for one in function.function.captured_inputs
    )
    made_from = (one for stage in stages for one in getattr(stage, "_tensors", ()))
    sizes = (_nbytes(one) for one in (*captured, *made_from))
    return sum(sizes)


def _nbytes(tensor: Any) -> int:
    count = tensor.shape.num_elements() or 0
    return int(count * max(tensor.dtype.size or 0, 1))


def _reshuffles(stage: Any) -> bool:
    return bool(
        getattr(stage, "_reshuffle_each_iteration", False) or getattr(stage, "_rerandomize", False)
    )


def _variables(stage: Any) -> list[Any]:
    return [one for function in stage._functions() for one in function.function.variables]


def _buffered(shuffles: list[Any]) -> int | None:
    import tensorflow as tf

    total = 0
    for one in shuffles:
        for spec in tf.nest.flatten(one.element_spec):
            count = spec.shape.num_elements() if isinstance(spec, tf.TensorSpec) else None
            if count is None or spec.dtype == tf.string:
                return None
            total += count * spec.dtype.size * _constant(one._buffer_size)
    return total


def _operations(graph: Any, seen: set[str]) -> Iterator[Any]:
    yield from graph.get_operations()
    for name, function in graph._functions.items():
        if name not in seen:
            seen.add(name)
            yield from _operations(function.graph, seen)


def _parallel(stage: Any) -> bool:
    return "Parallel" in type(stage).__name__


def _moves(stage: Any) -> bool:
    functions = [one.function for one in stage._functions()]
    return any(
        one.variables or any(map(_draws, _operations(one.graph, set()))) for one in functions
    )


def _draws(operation: Any) -> bool:
    return bool(operation.op_def and operation.op_def.is_stateful) and any(
        attribute.name == "seed2" for attribute in operation.op_def.attr
    )


def _has_seed(operation: Any) -> bool:
    return bool(operation.get_attr("seed") or operation.get_attr("seed2"))


def _no_seed(seed: Any, seed2: Any) -> bool:
    return _constant(seed) == 0 and _constant(seed2) == 0


def _constant(value: Any) -> int:
    import tensorflow as tf

    found = tf.get_static_value(value)
    return int(value if found is None else found)
