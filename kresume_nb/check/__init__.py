"""Proves that a training resumes exactly: trained unbroken, killed and resumed, then compared.

* `job.py`, `outcome.py`: what a process is to do, and what its training left. Neither needs Keras.
* `verdict.py`: two outcomes side by side, and the table that people read. Pure.
* `trial.py`: the order of things: unbroken, killed, resumed, compared.
* `shipping.py`, `notebook.py`: two ways to have something trained in a new process: a function's
  model, and a notebook's.
* `trainee.py`, `collect.py`, `instrument.py`: run in that process. They kill it after a step, take
  down what the training left, and stand in for a notebook's `kr.fit`.
"""
