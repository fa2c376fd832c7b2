"""Which of a run's metrics tells how good it is, and which of its values is best: pure.

The direction of a metric is decided once, in training (`train/checkpoint/metric_direction.py`), and stored. The rule by
name is for runs of older versions, which do not say; `monitored.ts` is its twin.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from kresume_nb.run.records import Checkpoint, Direction, Summary

_UP = re.compile(
    r"(^|_)(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|f1_score|fbeta|fbeta_score"
    r"|f_score|iou|io_u|dice|similarity|correlation|r2|r2_score|psnr|ssim|bleu"
    r"|true_positives|true_negatives)$"
)
_DOWN = re.compile(r"loss|error|mse|mae|msle|mape|entropy|divergence|hinge|perplexity")
_DOWN_END = re.compile(r"(^|_)(poisson|logcosh|log_cosh|nll|wer|cer|false_(posi|nega)tives)$")
_COUNTED = re.compile(r"_\d+$")
"""What Keras adds to the name of a second metric of its kind."""


def direction_by_name(name: str) -> Direction | None:
    """Whether less or more of a log is better, as far as its name tells; None if it does not."""
    plain = _COUNTED.sub("", name.removeprefix("val_").lower())
    if _UP.search(plain):
        return "max"
    return "min" if _DOWN.search(plain) or _DOWN_END.search(plain) else None


def is_loss(name: str) -> bool:
    """Whether a log is a loss: less of one is better, by Keras' own rule."""
    return name == "loss" or name.endswith("_loss")


def direction(name: str, stored: Direction | None = None) -> Direction:
    """Which way to show a log: as stored, else by its name, else more is better."""
    return stored or direction_by_name(name) or "max"


def best(values: Sequence[float], mode: Direction) -> int | None:
    """Index of the best value, the earliest of equals; None if none is a number.

    An infinity is never better than a finite value.
    """
    sign = -1.0 if mode == "max" else 1.0
    finite = [index for index, value in enumerate(values) if math.isfinite(value)]
    there = finite or [index for index, value in enumerate(values) if not math.isnan(value)]
    return min(there, key=lambda index: sign * values[index], default=None)


def stored_direction(name: str, summary: Summary) -> Direction | None:
    """What a run says of a log; None of an older version."""
    known = summary.directions.get(name)
    return known or checkpoints_direction(name, summary.checkpoints)


def checkpoints_direction(name: str, checkpoints: Iterable[Checkpoint]) -> Direction | None:
    """What a run's checkpoints say of the log that they were valued by; the newest decides."""
    said = [one for one in checkpoints if one.monitor == name and one.mode is not None]
    return max(said, key=lambda one: one.position.step).mode if said else None
