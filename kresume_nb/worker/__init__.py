"""Reads what may come from a stranger in a process of its own, which may hang or die without harm.

Damaged HDF5 makes its library loop for ever, holding the interpreter's lock, or end the process; a
large record takes memory and the lock for seconds. In a Jupyter server that would hurt every kernel.

* `process.py`: the side that asks. A worker that takes too long or dies is replaced.
* `tasks.py`: what can be asked, by name.
* `__main__.py`: the process, with limits of memory and processor time.

A request is a line of JSON; the answer a line that tells its length, and its bytes.
"""
