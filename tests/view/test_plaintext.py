from __future__ import annotations

import pytest

from kresume_nb.view.plaintext import table, wide

HEAD = ("run", "status", "values")
ROWS = [
    ("mnist-001", "finished", "loss 0.1, accuracy 0.99"),
    ("a-very-long-name-indeed-001", "ok", ""),
]


def test_columns_are_as_wide_as_they_need():
    assert table(HEAD, ROWS) == [
        "run                          status    values",
        "mnist-001                    finished  loss 0.1, accuracy 0.99",
        "a-very-long-name-indeed-001  ok",
    ]


@pytest.mark.parametrize("width", range(8, 90))
def test_no_line_is_wider_than_the_terminal(width):
    assert all(wide(line) <= width for line in table(HEAD, ROWS, width))


def test_the_widest_column_is_cut_first():
    cut = table(HEAD, ROWS, 50)
    assert cut[1].split("  ")[0] == "mnist-001"
    assert "…" in cut[1]
    assert "status" in cut[0]


def test_columns_without_room_are_named():
    lines = table(HEAD, ROWS, 24)
    assert lines[-1] == "(no room for values)"


def test_numbers_end_at_one_edge():
    lines = table(("n",), [("1",), ("100",)], right=frozenset({0}))
    assert lines == ["  n", "  1", "100"]


def test_wide_signs_and_line_breaks_keep_the_columns_straight():
    lines = table(("a", "b"), [("日本", "x"), ("one\ntwo", "y"), ("é", "z")])
    assert len({wide(line) for line in lines}) == 1
    assert lines[2] == "one two  y"


def test_of_a_name_the_middle_goes_and_of_a_value_the_end():
    lines = table(
        ("what", "a-very-long-name-indeed-002"),
        [("optimizer.momentum_of_it", "Adam and all that there is to it")],
        32,
    )
    name, value = lines[1].split("  ")
    assert name.startswith("optim")
    assert "…" in name
    assert name.endswith("of_it")
    assert value.startswith("Adam and")
    assert value.endswith("…")
    assert lines[0].split()[1].endswith("-002")
