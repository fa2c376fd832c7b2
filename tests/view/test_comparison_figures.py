from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from matplotlib.text import Text

from kresume_nb.errors import ArgumentError
from kresume_nb.run import codec
from kresume_nb.run.records import Compared
from kresume_nb.view.comparison_figures import AXES, figure

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"


def runs(case):
    document = json.loads((GOLDEN / f"{case}.json").read_text())
    return [codec.decode(Compared, one) for one in document["runs"]]


def labelled(drawn):
    return {
        line.get_label(): line
        for line in drawn.axes[0].get_lines()
        if not line.get_label().startswith("_")
    }


def look(line):
    return line.get_color(), str(line._unscaled_dash_pattern)


def test_each_run_has_a_line_of_its_own_colour_and_kind():
    lines = labelled(figure(runs("forks"), "val_loss"))
    assert sorted(lines) == [f"net-00{n}" for n in (1, 2, 3, 4, 5)]
    assert len(set(map(look, lines.values()))) == 5


def test_a_childs_line_starts_on_its_parents():
    lines = labelled(figure(runs("forks"), "loss", "time"))
    parent, child = lines["net-001"].get_xydata(), lines["net-003"].get_xydata()
    assert child[0].tolist() in parent.tolist()


def test_twenty_eight_runs_are_told_apart():
    one = runs("two")[0]
    many = [codec.decode(Compared, codec.plain(one) | {"key": f"r/a-{n:03d}"}) for n in range(28)]
    looks = set(map(look, labelled(figure(many)).values()))
    assert len(looks) == 28


def test_in_a_column_of_a_paper_lines_are_finer_and_words_stay_legible_and_are_vectors():
    wide, narrow = (figure(runs("forks"), "loss", "time", width=width) for width in (7.0, 3.4))
    assert narrow.get_figwidth() == 3.4
    widths = [{line.get_linewidth() for line in labelled(one).values()} for one in (wide, narrow)]
    assert widths == [{1.5}, {1.0}]
    sizes = [text.get_fontsize() for text in narrow.findobj(Text) if text.get_text()]
    assert min(sizes) >= 7
    assert "(" in narrow.axes[0].get_xlabel()  # the unit
    content = io.BytesIO()
    narrow.savefig(content, format="pdf")
    assert b"/Subtype /Image" not in content.getvalue()


def test_a_logarithmic_axis_is_labelled_in_plain_numbers():
    drawn = figure(runs("two"), "loss", log=True)
    drawn.draw_without_rendering()
    words = [one.get_text() for one in drawn.axes[0].get_yticklabels()]
    assert [float(word) for word in words if word]


@pytest.mark.parametrize("axis", AXES)
def test_odd_runs_can_be_drawn_on_every_axis(axis):
    drawn = figure(runs("odd"), None, axis, log=True, best=True)
    drawn.savefig(io.BytesIO(), format="svg")
    assert labelled(drawn)


def test_runs_without_epochs_are_a_picture_that_says_so():
    drawn = figure([])
    assert drawn.axes[0].texts[0].get_text() == "no epoch has ended yet"


def test_an_unknown_metric_or_axis_is_refused():
    with pytest.raises(
        ArgumentError, match=r"metric='f1'.*Expected one of loss, val_loss, accuracy"
    ):
        figure(runs("two"), "f1")
    with pytest.raises(ArgumentError, match=r"x='minutes'.*epoch, step, examples, time, elapsed"):
        figure(runs("two"), "loss", "minutes")
