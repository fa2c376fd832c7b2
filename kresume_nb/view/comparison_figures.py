"""Runs on common axes, as a matplotlib figure that can stand in a paper.

Told apart by colour (Okabe and Ito's palette, safe for colour-blind readers), by the kind of line and,
where there is room, by a name at the line's end: a print in grey still tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from kresume_nb.errors import ArgumentError
from kresume_nb.run.records import CompareAxis, Compared
from kresume_nb.view.compare.curves import RATE, Curve, curves
from kresume_nb.view.compare.labels import distinct, labels
from kresume_nb.view.compare.metrics import first_metric, metrics
from kresume_nb.view.figures import NARROW, tidy

AXES: dict[CompareAxis, str] = {
    "epoch": "epoch",
    "step": "step",
    "examples": "examples seen",
    "time": "training time",
    "elapsed": "time since the beginning",
}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LINES = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)))
_BESIDE = 12
"""Runs that a legend beside the chart can name; more get a small one in columns below."""
_LONGEST = 28
_UNITS = ((1.0, "s"), (60.0, "min"), (3600.0, "h"), (86400.0, "d"))


def figure(
    runs: Sequence[Compared],
    metric: str | None = None,
    x: CompareAxis = "epoch",
    *,
    best: bool = False,
    log: bool = False,
    width: float = 7.0,
) -> Figure:
    """A metric of all runs.

    Args:
        runs: to compare.
        metric: default: `val_loss` or `loss`, if all have it.
        x: the axis.
        best: draw the best value so far.
        log: on a logarithmic axis.
        width: inches; the height follows.

    Raises:
        ArgumentError: if no run has this metric.
    """
    runs = distinct(runs)
    found = metrics(runs)
    name = metric or first_metric(found)
    narrow = width < NARROW
    drawn = Figure(figsize=(width, width * (0.7 if narrow else 0.56)), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots()
    lines = curves(runs, name, x) if name else []
    if metric is not None and not lines:
        names = ", ".join([*(one.name for one in found), RATE])
        raise ArgumentError(f"metric={metric!r}: no run has it. Expected one of {names}.")
    if x not in AXES:
        raise ArgumentError(f"x={x!r} is no axis. Expected one of {', '.join(AXES)}.")
    unit, unit_name = _unit(lines) if x in ("time", "elapsed") else (1.0, "")
    named = labels(runs)
    order = {run.key: number for number, run in enumerate(runs)}
    for line in lines:
        _draw(axes, line, named[line.key], order[line.key], best=best, unit=unit, fine=narrow)
    _dress(axes, name, x, unit_name, log=log, best=best, empty=not lines)
    tidy(axes, narrow=narrow)
    _legend(drawn, axes, len(lines), size=7 if narrow else 8)
    return drawn


def _draw(
    axes: Axes, line: Curve, label: str, number: int, *, best: bool, unit: float, fine: bool
) -> None:
    colour = _COLOURS[number % len(_COLOURS)]
    style = _LINES[(number % len(_COLOURS) + number // len(_COLOURS)) % len(_LINES)]
    x = [one / unit for one in line.x]
    y = line.best if best else line.y
    marker = "o" if len(x) <= 30 else None
    if line.inherited:  # on its parent's line: faint, so that both can be seen
        upto = line.inherited
        axes.plot(x[:upto], y[:upto], color=colour, linewidth=0.5 if fine else 0.8, alpha=0.35)
        x, y = x[upto - 1 :], y[upto - 1 :]
        axes.plot(x[:1], y[:1], marker="D", color=colour, markersize=3.5 if fine else 5.5,
                  markeredgewidth=0.8 if fine else 1.0, markerfacecolor="white")  # fmt: skip
    axes.plot(
        x, y, color=colour, linestyle=style, linewidth=1.0 if fine else 1.5, marker=marker,
        markersize=1.8 if fine else 3, label=label,
        markevery=slice(1 if line.inherited else 0, None),
    )  # fmt: skip


def _dress(
    axes: Axes,
    name: str,
    x: CompareAxis,
    unit: str,
    *,
    log: bool,
    best: bool,
    empty: bool,
) -> None:
    axes.set_xlabel(AXES[x] + (f" ({unit})" if unit else ""))
    axes.set_ylabel((f"best {name} so far" if best else name) or "metric")
    if log:
        axes.set_yscale("log", nonpositive="mask")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    if x == "epoch":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if empty:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no epoch has ended yet", transform=axes.transAxes,
                  ha="center", va="center", color="#666666")  # fmt: skip


def _legend(drawn: Figure, axes: Axes, count: int, size: int) -> None:
    if count == 0:
        return
    if count <= _BESIDE:
        axes.legend(frameon=False, fontsize=size, handlelength=3, loc="best" if count <= 5 else "upper left",
                    bbox_to_anchor=None if count <= 5 else (1.0, 1.0))  # fmt: skip
        return
    handles, names = axes.get_legend_handles_labels()
    short = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    inches = 0.5 + 0.065 * max(map(len, short))
    columns = max(1, int(drawn.get_figwidth() / inches))
    drawn.set_figheight(drawn.get_figheight() + 0.15 * math.ceil(count / columns))
    drawn.legend(
        handles, short, loc="outside lower center", ncols=columns, frameon=False, fontsize=7,
        handlelength=3, columnspacing=1.2,
    )  # fmt: skip


def _unit(lines: Sequence[Curve]) -> tuple[float, str]:
    longest = max((line.x[-1] for line in lines), default=0.0)
    return next((one for one in reversed(_UNITS) if longest >= 2 * one[0]), _UNITS[0])
