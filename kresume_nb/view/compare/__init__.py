"""Runs side by side: pure functions of `Compared` records. No files, no Keras, no drawing.

The page computes the same from the same files (`labextension/src/compare/`), so the rules are few
and exact; the golden cases in `tests/golden/compare` hold both to them.

* **A readable run** has a header and a summary. One that has not is listed with its problem, and
  takes part in nothing else.
* **Labels** (`labels.py`): the title, or else the folder's name, if no other run of the comparison has the
  same; else as many of the folder's last path components as tell it from the others.
* **Metrics** (`metrics.py`): all names in the runs' histories; those that every readable run with
  epochs has come first, and among equals `loss`, `val_loss`, then the order of first appearance.
  The metric to begin with is `val_loss`, else `loss`, if it is common to all; else the first.
  `learning_rate` is drawn like a metric and is none. A value is better if lower when
  `run/metric_direction.py` says so of the name; **only finite values can be best**, and of equals the earliest is.
* **Curves** (`curves.py`): a point an epoch that has the metric. On the axes, an epoch stands at
  `epoch`: its number; `step`: its last step; `examples`: its number times the samples where epochs
  are passes over the data (`batches == ceil(samples / batch_size)`), else steps times the batch
  size; `time`: seconds of training; `elapsed`: the wall clock since training began (the first
  epoch's end less its seconds of training), never going back.
* **A child's curve starts on its parent's**: where the parent is among the readable runs, an inherited
  epoch that the parent has, too, stands where the parent's stands (as just placed, so that this goes down
  through generations), and everything after the last such epoch is shifted by as much as that epoch was.
* **Parents** (`lineage.py`): the run in the same folder (same path but for the last component) that the
  header names. One that is not among the runs is `missing`; so is one that would close a circle.
  The order is that of a tree: roots as given, after each its children, by the epoch of the fork, then as given.
* **Facts** (`facts.py`): flattened; two values are the same if they are the same JSON (1 and 1.0
  are, 1 and true are not). A fact that a run lacks differs from one that is null.
* **Code** (`code.py`): cells pair by id, then by equal source, in order; the training cells always do.
  Lines are those of a longest common subsequence after the common beginning and end were set aside;
  where two ways are as long, lines that go come before lines that come.
"""
