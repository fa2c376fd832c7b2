"""Pins of what is private in TensorFlow: when one breaks, `tensorflow_private.py` has to follow."""

from __future__ import annotations

import random

import tensorflow as tf

from kresume_nb.train.keras_compat import tensorflow_private


def test_the_stream_of_operation_seeds_is_the_one_that_eager_operations_draw_from():
    tf.random.set_seed(11)
    stream = tensorflow_private.eager_stream()
    assert isinstance(stream, random.Random)
    before = stream.getstate()
    tf.random.uniform(())
    assert stream.getstate() != before
    assert tensorflow_private.global_seed() == 11


def test_the_global_generator_is_found_and_not_made():
    tf.random.set_global_generator(None)
    assert tensorflow_private.global_generator() is None
    made = tf.random.Generator.from_seed(1)
    tf.random.set_global_generator(made)
    assert tensorflow_private.global_generator() is made
    tf.random.set_global_generator(None)


def test_operations_are_found_in_each_trace_and_in_functions_that_a_function_calls():
    @tf.function
    def inner(x):
        return x + tf.random.uniform(tf.shape(x))

    @tf.function
    def outer(x):
        return inner(x) * tf.random.stateless_normal(tf.shape(x), seed=(1, 2))

    assert tensorflow_private.traced(outer) == []
    outer(tf.zeros(2))
    assert len(tensorflow_private.traced(outer)) == 1
    outer(tf.zeros((2, 2)))
    graphs = tensorflow_private.traced(outer)
    assert len(graphs) == 2
    assert tensorflow_private.stateful_random_ops(graphs) == ["RandomUniform"]


def test_what_is_no_function_of_tensorflow_has_no_traces():
    assert tensorflow_private.traced(None) == []
    assert tensorflow_private.traced(len) == []
