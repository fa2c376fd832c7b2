from __future__ import annotations

import pytest

from kresume_nb.errors import CorruptRecordError, NewerSchemaError
from kresume_nb.run import codec
from kresume_nb.run.marks import pinned, read_marks
from kresume_nb.run.records import SCHEMA, Marks

FILES = ["epoch-0001.keras", "epoch-0002.keras"]


def test_a_run_without_marks_has_no_title_and_pins_nothing(tmp_path):
    assert read_marks(tmp_path) == Marks()
    assert pinned(tmp_path, FILES) == set()


def test_the_pinned_checkpoints_that_there_are_stay(tmp_path):
    marks = Marks(title="the good one", pinned=True, checkpoints=[FILES[1], "epoch-0009.keras"])
    (tmp_path / "marks.json").write_text(codec.dumps(marks))
    assert read_marks(tmp_path) == marks
    assert pinned(tmp_path, FILES) == {FILES[1]}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"schema": 1, "checkpoi', CorruptRecordError),
        ('{"schema": 1, "checkpoints": "all"}', CorruptRecordError),
        (f'{{"schema": {SCHEMA + 1}}}', NewerSchemaError),
    ],
)
def test_marks_that_cannot_be_read_pin_everything(text, error, tmp_path):
    (tmp_path / "marks.json").write_text(text)
    with pytest.raises(error, match=r"marks\.json|Marks"):
        read_marks(tmp_path)
    assert pinned(tmp_path, FILES) == set(FILES)
