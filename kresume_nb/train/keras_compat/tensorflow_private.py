"""The one module that touches TensorFlow's private API, each use with its reason and a test that pins it.

* `eager_stream` is what seeds unseeded `tf.random` calls outside of functions; TensorFlow offers no
  way to read it.
* `global_generator`: the public function makes one where there is none.
* `stateful_random_ops`: an operation such as `RandomStandardNormal` counts its draws inside its
  kernel, where nobody can read or set them; so all that can be done is to find it. What a function
  was traced to is listed by a private method only (`traced`).
* `dataset`, `iterator_over`: what a variant or an iterator's resource holds becomes a data set or an iterator
  in Python by private classes only.
"""

from __future__ import annotations

import random
from typing import Any

import tensorflow as tf
from tensorflow.python.data.ops import dataset_ops, iterator_ops
from tensorflow.python.eager import context
from tensorflow.python.framework import config
from tensorflow.python.ops import stateful_random_ops as generators


def eager_stream() -> random.Random | None:
    """The stream of operation seeds; None as long as no global seed was set."""
    # The attribute comes with the first global seed.
    stream: random.Random | None = getattr(context.context(), "_rng", None)
    return stream


def global_seed() -> int | None:
    """The seed of `tf.random.set_seed`."""
    seed = context.global_seed()
    return None if seed is None else int(seed)


def op_determinism() -> bool:
    """Whether `tf.config.experimental.enable_op_determinism` was called; no public way asks."""
    return bool(config.is_op_determinism_enabled())


def global_generator() -> tf.random.Generator | None:
    """`tf.random.get_global_generator()`, if there is one."""
    return generators.global_generator


def traced(function: Any) -> list[Any]:
    """The graphs that a `tf.function` has been traced to; none for what is no `tf.function`.

    Keras hands a model's over within a plain function that refers to it.
    """
    held = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    listed = (getattr(one, "_list_all_concrete_functions", None) for one in (function, *held))
    return [concrete.graph for each in listed if each is not None for concrete in each()]


def trace(function: Any, arguments: tuple[Any, ...]) -> None:
    """Traces the step that Keras hands over, which makes its variables, and does not run it.

    The call that follows finds it traced. What is no compiled step over a `tf.data` is left alone.
    """
    if not (arguments and isinstance(arguments[0], tf.data.Iterator)):
        return
    for cell in getattr(function, "__closure__", None) or ():
        step = cell.cell_contents
        plain = getattr(step, "python_function", None)
        if getattr(plain, "__name__", "") == "multi_step_on_iterator":
            step.get_concrete_function(*arguments)


def stateful_random_ops(graphs: list[Any]) -> list[str]:
    """Types of the operations in graphs that count their random draws by themselves.

    Functions that they call are looked at, too.
    """
    found = set()
    for graph in graphs:
        definition = graph.as_graph_def()
        bodies = (one.node_def for one in definition.library.function)
        for node in (*definition.node, *(node for body in bodies for node in body)):
            if "seed" in node.attr and "seed2" in node.attr:
                found.add(node.op)
    return sorted(found)


def dataset(variant: Any, element_spec: Any) -> tf.data.Dataset:
    """The data set that a variant tensor holds."""
    return dataset_ops._VariantDataset(variant, element_spec)


def is_an_iterator(value: Any) -> bool:
    """Whether it is an iterator of TensorFlow's own, in the main memory."""
    return isinstance(value, iterator_ops.OwnedIterator) and (
        "CPU" in value._iterator_resource.device
    )


def iterator_over(batch: Any, like: Any) -> Any:
    """An iterator over one batch of another one, as which a compiled step takes it without a trace."""
    made = tf.raw_ops.AnonymousIteratorV3(
        output_types=like._flat_output_types, output_shapes=like._flat_output_shapes
    )
    one = tf.data.Dataset.from_tensors(batch)
    tf.raw_ops.MakeIterator(dataset=one._variant_tensor, iterator=made)
    return iterator_ops.OwnedIterator(components=[made], element_spec=like.element_spec)
