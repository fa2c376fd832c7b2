from __future__ import annotations

import pytest

from kresume_nb.view import words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, ""), (0.0, "0 s"), (0.25, "0.25 s"), (41.2, "41 s"), (59.9, "1 min 00 s"),
     (200, "3 min 20 s"), (7500, "2 h 05 min"), (273600, "3 d 4 h")],
)  # fmt: skip
def test_durations_are_told_in_two_units(seconds, told):
    assert words.duration(seconds) == told


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (999, "999 B"), (3_141_592, "3.14 MB"), (2e15, "2e+03 TB")]
)
def test_sizes_are_told_in_the_unit_that_fits(count, told):
    assert words.size(count) == told


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0%"), (1e-6, "<0.1%"), (0.5, "50%"), (1.0, "100%")]
)
def test_a_share_that_is_not_zero_never_reads_as_zero(share, told):
    assert words.share(share) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [("adam", "adam"), ("ab" * 32, "abababababab…"), (3e-4, "0.0003"), (None, "null"),
     (True, "true"), ([1, "x"], '[1, "x"]')],
)  # fmt: skip
def test_facts_are_short(value, told):
    assert words.fact(value) == told
