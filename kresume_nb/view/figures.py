"""A run as a matplotlib figure: the picture in a saved notebook, and one fit for a paper."""

from __future__ import annotations

import io
import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from kresume_nb.run.fold import Fold
from kresume_nb.view.plaintext import shortened

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), told apart by colour-blind readers.
TRAINING, VALIDATION, RATE, MARK = "#0072B2", "#D55E00", "#009E73", "#7F7F7F"
LOST = "#B2182B"
NARROW = 5.0
"""Inches. Below it, as in a column of a paper (3.4), everything is drawn finer and set in 7 points."""
_MOST_POINTS = 4000
_MOST_LOST = 100
_COLOURS = (64, 16, 8)
"""Of a PNG, which has some lines and their soft edges: as many as keep it small enough."""
_LARGEST = 60_000
"""Bytes. In a notebook they are a third more."""


def figure(fold: Fold, name: str, *, width: float = 7.0) -> Figure:
    """Loss over epochs, with each step as a light line, above the learning rate.

    Args:
        fold: the run's journal.
        name: stands above.
        width: inches; the height follows.
    """
    narrow = width < NARROW
    thin, thick = (0.5, 1.0) if narrow else (0.8, 1.4)
    drawn = Figure(figsize=(width, width * (0.75 if narrow else 0.62)), layout="constrained")
    FigureCanvasAgg(drawn)
    loss, rate = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    steps = fold.steps()
    x = _epochs(steps, fold.batches)
    if "loss" in steps:
        loss.plot(*_thin(x, steps["loss"]), color=TRAINING, alpha=0.3, linewidth=thin)
    for metric, colour, label in (
        ("loss", TRAINING, "training"),
        ("val_loss", VALIDATION, "validation"),
    ):
        rows = [(row.epoch, row.logs[metric]) for row in fold.rows if metric in row.logs]
        if rows:
            marker = "o" if len(rows) <= 40 else None
            loss.plot(*zip(*rows, strict=True), color=colour, marker=marker,
                      markersize=1.8 if narrow else 3.5, linewidth=thick, label=label)  # fmt: skip
    rate.plot(*_thin(*_rates(fold, x, steps["learning_rate"])), color=RATE, linewidth=0.9 * thick)
    for position in fold.resumes:
        at = position.epoch + (position.batch / fold.batches if fold.batches else 0.0)
        for axes in (loss, rate):
            axes.axvline(at, color=MARK, linestyle=":", linewidth=0.7 * thick)
    size = 8 if narrow else 10
    loss.set_title(shortened(name, int((width - 1) * 72 / (0.6 * size))), loc="left", fontsize=size)
    loss.set_ylabel("loss")
    # Beside the small chart there is no room for the words in a line.
    rate.set_ylabel("learning\nrate" if narrow else "learning rate")
    rate.set_xlabel("epoch")
    rate.xaxis.set_major_locator(MaxNLocator(integer=True))
    if not x and not fold.rows:
        rate.set_xlim(0, max(1, fold.epochs))
    _mark_lost(loss, x, steps.get("loss", []))
    if loss.get_legend_handles_labels()[0]:
        loss.legend(frameon=False, fontsize=7 if narrow else 9)
    for axes in (loss, rate):
        tidy(axes, narrow=narrow)
    return drawn


def png(drawn: Figure) -> bytes:
    """The figure as a PNG file, at a size that a notebook can carry: some tens of kB."""
    whole = io.BytesIO()
    drawn.savefig(whole, format="png", dpi=100, pil_kwargs={"compress_level": 1})
    with Image.open(whole) as picture:
        plain = picture.convert("RGB")
    for colours in _COLOURS:
        small = io.BytesIO()
        plain.quantize(colours, dither=Image.Dither.NONE).save(small, format="png", optimize=True)
        if small.tell() <= _LARGEST:
            break
    return small.getvalue()


def _mark_lost(axes: Axes, x: list[float], losses: list[float]) -> None:
    """Says where losses are no finite numbers: they have no place among the others."""
    lost = [at for at, loss in zip(x, losses, strict=False) if not math.isfinite(loss)]
    if not lost:
        return
    size = math.ceil(len(lost) / _MOST_LOST)
    top = axes.get_xaxis_transform()
    axes.plot(lost[::size], [0.98] * len(lost[::size]), transform=top, color=LOST, marker="x",
              markersize=4, linestyle="none", label="NaN or infinite")  # fmt: skip


def _epochs(steps: dict[str, list[float]], batches: int) -> list[float]:
    """Where each step stands on an axis of epochs: epoch e ends at e."""
    return [
        epoch - 1 + batch / max(1, batches)
        for epoch, batch in zip(steps["epoch"], steps["batch"], strict=True)
    ]


def _rates(fold: Fold, x: list[float], rates: list[float]) -> tuple[list[float], list[float]]:
    """Those of the steps, after those of epochs that a fork has from its parent, which has the steps."""
    first = x[0] if x else math.inf
    earlier = [row for row in fold.rows if row.epoch < first]
    return [float(row.epoch) for row in earlier] + x, [row.learning_rate for row in earlier] + rates


def _thin(x: list[float], y: list[float]) -> tuple[list[float], list[float]]:
    """At most some thousand points, the lowest and highest of each stretch among them."""
    if len(x) <= _MOST_POINTS:
        return x, y
    size = math.ceil(2 * len(x) / _MOST_POINTS)
    kept: list[int] = []
    for start in range(0, len(x), size):
        stretch = range(start, min(start + size, len(x)))
        valued = [one for one in stretch if not math.isnan(y[one])] or [start]
        lowest, highest = min(valued, key=y.__getitem__), max(valued, key=y.__getitem__)
        kept += sorted({lowest, highest})
    return [x[one] for one in kept], [y[one] for one in kept]


def tidy(axes: Axes, *, narrow: bool = False) -> None:
    """No frame, a light grid behind the lines, small numbers; in a narrow figure smaller ones."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    options: dict[str, Any] = {"labelsize": 7 if narrow else 8}
    axes.tick_params(**options)
    if narrow:
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set_fontsize(8)
