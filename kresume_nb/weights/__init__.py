"""Checkpoints side by side: what became of each layer's weights between two of them.

Straight from `.keras` files, ours or Keras' own, without building the model and without Keras. The
weights are read where they lie in the file, in blocks that stay in the processor's cache, so that
memory does not grow with the model and the time is hardly more than that of reading.

* **What is compared**: the floating-point and integer variables of layers. The optimizer's state
  and the states of random generators are not weights and are left out.
* **Matching** is by path in the file (`layers/dense_1/vars/0`), which Keras derives from classes and
  their order, not from the names that it counts up in a session. A variable that only one side
  has, or that has another shape, is listed and not compared.
* **Not finite** values (NaN, infinities) are counted, and left out of all that follows.
* **norm**: Euclidean. **change**: the norm of `b - a`. **relative**: change over norm of `a`; of
  zeros that changed it is infinite. **cosine**: of the angle between `a` and `b`; NaN if one is zero.
* **changed**: the share of weights that are not bit for bit the same (zeros of either sign are).
* **Units** are the last axis of a variable of two axes or more (a Dense kernel's columns, a
  convolution's filters). One is **dead** if the norm of its weights is at most a millionth of the
  norm of the largest unit of that variable: nothing to speak of passes through it. (Units that a
  ReLU silences cannot be told from weights alone.)
* A layer's figures are those of its variables taken together as one vector.
"""
