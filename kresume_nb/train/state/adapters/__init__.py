"""Callbacks of Keras that hold more than attributes: a file, an event log. `registry.py` says which."""
