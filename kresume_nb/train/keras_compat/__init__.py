"""What is taken from Keras and its backends beyond their public API, and what differs between their versions.

`keras_versions.py` looks each private name up and says what is lost where it is missing; the others use them.
"""
