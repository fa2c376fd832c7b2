"""A `tf.data` pipeline read beside the training, which must not notice.

Iterators over one data set share its shuffles' seed generators and its caches, so a second one would
change what the first one gives. What is read here is a copy, made of the pipeline's serialized graph:
where that names a resource that does not exist, TensorFlow makes a new one. Files and tables are shared.

What is relied on, each pinned by a test: `DatasetToGraphV2` names generators and caches in constants of
type resource; `DatasetFromGraph` makes those that it does not find; stages come in the graph in
the order of their inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from tensorflow.core.framework import graph_pb2

from kresume_nb.train.keras_compat import tensorflow_private
from kresume_nb.train.sources import tf_state
from kresume_nb.train.sources.next_batch import Way

_IGNORE = 1
"""`ExternalStatePolicy`."""
_SHUFFLE, _NUMBERS, _CACHE = "ShuffleDatasetV3", "RandomDatasetV2", "CacheDatasetV2"


class CannotCopyError(Exception):
    """The pipeline cannot be read aside; the message says why, as the end of a sentence."""


def next_batch(dataset: Any, way: Way) -> list[Any]:
    """The tensors of the batch that a resume would go on with; empty at the pass' end.

    Raises:
        CannotCopyError: if the pipeline cannot be copied.
    """
    copy = _copy(dataset)
    if any(way.drawn) and way.state is None:
        _set_drawn(copy, way.drawn)
    copied = tensorflow_private.dataset(copy, dataset.element_spec)
    if way.state is None:
        iterator = iter(copied.skip(way.read) if way.read else copied)
    else:
        iterator = iter(copied)
        tf_state.load(iterator, way.state)
    return leaves(next(iterator, ()))


def leaves(batch: Any) -> list[Any]:
    """The tensors of a batch, those of sparse and ragged ones one by one, as NumPy arrays."""
    return [one.numpy() for one in tf.nest.flatten(batch, expand_composites=True)]


def _graph(variant: Any) -> Any:
    return graph_pb2.GraphDef.FromString(
        tf.raw_ops.DatasetToGraphV2(
            input_dataset=variant, external_state_policy=_IGNORE, strip_device_assignment=True
        ).numpy()
    )


def _copy(dataset: Any) -> Any:
    """The pipeline with generators and caches of its own."""
    graph = _graph(dataset._variant_tensor)
    seen: set[str] = set()
    for node in graph.node:
        for handle in _own_handles(graph, node):
            if handle.name in seen:
                raise CannotCopyError("one of its shuffles or caches is used in two places")
            seen.add(handle.name)
            handle.name = f"aside of {handle.name}"
    return tf.raw_ops.DatasetFromGraph(graph_def=graph.SerializeToString())


def _own_handles(graph: Any, node: Any) -> Iterator[Any]:
    """Handles of what a stage has of its own: not of tables and variables that functions use."""
    if node.op not in (_SHUFFLE, _NUMBERS, _CACHE):
        return
    constants = {one.name: one for one in graph.node if one.op == "Const"}
    for name in node.input:
        constant = constants.get(name.partition(":")[0])
        if constant is not None:
            yield from constant.attr["value"].tensor.resource_handle_val


def _set_drawn(copy: Any, drawn: tuple[int, ...]) -> None:
    graph = _graph(copy)
    stages = [one for one in _from_the_end(graph) if _redraws(one)]
    if len(stages) != len(drawn):
        raise CannotCopyError("its shuffles were not found in its graph")
    (result,) = (one for one in graph.node if one.op == "_Retval")
    for node, count in zip(stages, drawn, strict=True):
        result.input[0] = node.name
        variant = tf.raw_ops.DatasetFromGraph(graph_def=graph.SerializeToString())
        tf_state.SeedGenerator(_stage(variant, node)).drawn = count


def _stage(variant: Any, node: Any) -> Any:
    """A stage of a copy, as `SeedGenerator` asks for one; nobody reads its elements."""
    shapes, types = node.attr["output_shapes"].list.shape, node.attr["output_types"].list.type
    made = tensorflow_private.dataset(
        variant,
        tuple(
            tf.TensorSpec(tf.TensorShape(shape), tf.as_dtype(kind))
            for shape, kind in zip(shapes, types, strict=True)
        ),
    )
    if node.op == _SHUFFLE:  # however long its buffer is: that is not looked at
        made._buffer_size, made._reshuffle_each_iteration = tf_state.LONGEST + 1, True
    return made


def _redraws(node: Any) -> bool:
    attribute = "rerandomize_each_iteration" if node.op == _NUMBERS else "reshuffle_each_iteration"
    return node.op in (_SHUFFLE, _NUMBERS) and bool(node.attr[attribute].b)


def _from_the_end(graph: Any) -> Iterator[Any]:
    """Its nodes as `tf_pipeline` goes through stages: from the end, inputs in their order."""
    nodes = {one.name: one for one in graph.node}
    (result,) = (one for one in graph.node if one.op == "_Retval")
    waiting, seen = [result.input[0]], set()
    while waiting:
        name = waiting.pop().partition(":")[0].removeprefix("^")
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        yield nodes[name]
        waiting.extend(reversed(nodes[name].input))
