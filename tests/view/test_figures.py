from __future__ import annotations

import math
import struct

import pytest

from kresume_nb.run.fold import Fold
from kresume_nb.run.reader import read_journal
from kresume_nb.run.records import Position, Steps
from kresume_nb.view import figures


def size(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def points(axes):
    return sum(len(line.get_xdata()) for line in axes.lines)


def chunk(first, values, *, batches, rate=0.001):
    return Steps(
        time=0.0,
        step=first,
        epoch=(first - 1) // batches + 1,
        batch=(first - 1) % batches + 1,
        count=len(values),
        logs={"loss": values},
        learning_rate=[rate],
    )


def test_a_finished_run_is_a_picture_of_loss_and_learning_rate(golden):
    drawn = figures.figure(read_journal(golden / "finished").fold, "mnist-001")
    loss, rate = drawn.axes
    assert loss.get_title(loc="left") == "mnist-001"
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
    assert (loss.get_ylabel(), rate.get_ylabel(), rate.get_xlabel()) == (
        "loss",
        "learning rate",
        "epoch",
    )
    assert size(figures.png(drawn)) == (700, 434)


def test_epoch_e_ends_at_e(golden):
    loss, rate = figures.figure(read_journal(golden / "finished").fold, "run").axes
    steps, training, validation = (line.get_xdata().tolist() for line in loss.lines)
    assert steps == [number / 4 for number in range(1, 13)]
    assert training == [1.0, 2.0, 3.0] == validation
    assert rate.lines[0].get_xdata().tolist() == steps


def test_a_resume_is_marked_where_it_was(golden):
    fold = read_journal(golden / "resumed").fold
    assert fold.resumes == [Position(epoch=1, batch=2, step=6)]
    for axes in figures.figure(fold, "run").axes:
        marks = [line for line in axes.lines if line.get_linestyle() == ":"]
        assert [mark.get_xdata()[0] for mark in marks] == [1.5]


def test_nan_and_infinity_are_marked_where_they_were(golden):
    fold = read_journal(golden / "nan").fold
    steps = fold.steps()
    drawn = figures.figure(fold, "run")
    (marks,) = [line for line in drawn.axes[0].lines if line.get_label() == "NaN or infinite"]
    lost = [number for number, loss in enumerate(steps["loss"]) if not math.isfinite(loss)]
    assert lost
    assert marks.get_xdata().tolist() == [
        steps["epoch"][one] - 1 + steps["batch"][one] / fold.batches for one in lost
    ]
    assert size(figures.png(drawn))


def test_a_run_that_is_all_nan_is_drawn():
    fold = Fold(batches=8000).feed([chunk(1, [math.nan] * 8000, batches=8000)])
    assert size(figures.png(figures.figure(fold, "run")))


def test_an_empty_run_is_drawn():
    assert size(figures.png(figures.figure(Fold(), "run-001")))


def test_a_hundred_thousand_steps_stay_small_and_keep_their_extremes():
    values = [1.0 + (one % 97) / 97 for one in range(100_000)]
    values[54_321], values[77_777] = 40.0, -3.0
    fold = Fold(batches=1000).feed(
        chunk(first + 1, values[first : first + 1000], batches=1000)
        for first in range(0, 100_000, 1000)
    )
    drawn = figures.figure(fold, "long-001")
    assert points(drawn.axes[0]) <= figures._MOST_POINTS
    assert points(drawn.axes[1]) <= figures._MOST_POINTS
    drawn_values = drawn.axes[0].lines[0].get_ydata()
    assert (max(drawn_values), min(drawn_values)) == (40.0, -3.0)
    assert len(figures.png(drawn)) < 50_000


@pytest.mark.parametrize("count", [4000, 4001, 9999])
def test_thinning_keeps_order_and_only_points_that_there_are(count):
    x = [float(one) for one in range(count)]
    y = [math.sin(one) for one in x]
    thin_x, thin_y = figures._thin(x, y)
    assert thin_x == sorted(set(thin_x))
    assert all(math.sin(one) == value for one, value in zip(thin_x, thin_y, strict=True))
    assert len(thin_x) == count if count <= 4000 else len(thin_x) <= 4000


def test_a_figure_is_as_wide_as_asked_and_fine_where_that_is_little(golden):
    fold = read_journal(golden / "finished").fold
    wide, narrow = (figures.figure(fold, "run", width=width) for width in (7.0, 3.4))
    assert narrow.get_size_inches().tolist() == pytest.approx([3.4, 3.4 * 0.75])
    for one, other in zip(narrow.axes, wide.axes, strict=True):
        assert one.lines[-1].get_linewidth() < other.lines[-1].get_linewidth()
        assert one.yaxis.label.get_fontsize() < other.yaxis.label.get_fontsize()


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_no_name_is_cut_off_and_its_number_is_kept(golden, width):
    name = f"a_sweep_over_{'many_things_and_' * 8}more-017"
    drawn = figures.figure(read_journal(golden / "finished").fold, name, width=width)
    drawn.canvas.draw()
    title = drawn.axes[0]._left_title
    assert title.get_text().endswith("more-017")
    assert title.get_window_extent().x1 <= drawn.bbox.x1


def test_a_fork_has_the_rates_of_the_epochs_that_it_has_from_its_parent(golden):
    fold = read_journal(golden / "forked").fold
    first = figures._epochs(fold.steps(), fold.batches)[0]
    inherited = [row for row in fold.rows if row.epoch < first]
    assert inherited
    line = figures.figure(fold, "run").axes[1].lines[0]
    assert line.get_xdata().tolist()[: len(inherited)] == [row.epoch for row in inherited]
    assert line.get_ydata().tolist()[: len(inherited)] == [row.learning_rate for row in inherited]
