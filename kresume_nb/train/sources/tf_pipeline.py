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
    random: tuple[str, ...] = field(default=())
    """Operations that draw random numbers, with a seed."""
    unseeded: tuple[str, ...] = field(default=())
    """The same, without."""
    python: bool = False
    """Whether a stage runs Python."""
    variables: tuple[Any, ...] = field(default=())
    """Variables that its functions use: a Keras augmentation layer's random state, for one."""
    unordered: bool = False
    """Whether parallel parts may come in any order."""
    parallel_random: bool = False
    """Whether parallel calls draw from one stream, or change a variable."""

    @property
    def savable(self) -> bool:
        """Whether TensorFlow can save an iterator's state."""
        return self.known and not (self.random or self.unseeded or self.python or self.variables)

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
                "batches are the same only if that returns the same again"
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
        if not self.known:
            found.append("nothing is known of the pipeline's inside; its batches were skipped")
        return found


def inspect(dataset: Any) -> Pipeline:
    """What a pipeline does."""
    try:
        stages = list(_stages(dataset, set()))
        functions = [one.function for stage in stages for one in stage._functions()]
        operations = [one for function in functions for one in _operations(function.graph, set())]
        variables = {id(one): one for function in functions for one in function.variables}
    except (AttributeError, TypeError, NotImplementedError):
        return Pipeline(digest="unknown", known=False, counts_iterators=True)
    shuffles = [one for one in stages if hasattr(one, "_seed2") and "Shuffle" in type(one).__name__]
    random = [one for one in operations if _draws(one)]
    unseeded = {one.type for one in random if not _has_seed(one)}
    names = [type(one).__name__ for one in stages]
    return Pipeline(
        digest=hashlib.sha256(" ".join(names).encode()).hexdigest(),
        shuffles_without_seed=any(
            _constant(one._seed) == 0 and _constant(one._seed2) == 0 for one in shuffles
        ),
        seeds=(
            *(_constant(seed) for one in shuffles for seed in (one._seed, one._seed2)),
            *(int(one.get_attr(name)) for one in random for name in ("seed", "seed2")),
        ),
        counts_iterators=any(bool(one._reshuffle_each_iteration) for one in shuffles),
        random=tuple(sorted({one.type for one in random} - unseeded)),
        unseeded=tuple(sorted(unseeded)),
        python=any(one.type in _PYTHON for one in operations),
        variables=tuple(variables.values()),
        parallel_random=any(_parallel(one) and _moves(one) for one in stages),
        unordered=dataset.options().deterministic is False,
    )


def _stages(dataset: Any, seen: set[int]) -> Iterator[Any]:
    if id(dataset) in seen:
        return
    seen.add(id(dataset))
    yield dataset
    for one in dataset._inputs():
        yield from _stages(one, seen)


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


def _constant(value: Any) -> int:
    import tensorflow as tf

    found = tf.get_static_value(value)
    return int(value if found is None else found)
