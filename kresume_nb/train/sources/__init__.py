"""Training data of every kind that `fit` takes, each with a position that can be taken up again.

`kind.py` tells which kind a user's `x` is; `source.py` says what a kind owes to training; `arrays.py`
is data in memory; `stream.py` is everything that is read in an order of its own, with one reader a
kind beside it.
"""
