"""The write side: Keras to run folder, and back. Six wings; each knows only those further down.

`loop` trains; `resume` puts a checkpoint back; `checkpoint` writes one; `sources` reads data; `state` is what
is kept; `keras_compat` is what is taken from Keras beyond its public API.
"""
