from __future__ import annotations

from pathlib import Path

import pytest

from kresume_nb.errors import ArgumentError
from kresume_nb.run import layout
from kresume_nb.run.records import Position

HOSTILE = [
    "", " ", ".", "..", "../up", "/etc/passwd", "a/b", "a\\b", "C:\\x", "con:", "a\x00b", "a\nb",
    ".hidden", "ends.", " padded", "padded ", "what?", "star*", "<script>", 'quo"te', "pi|pe",
    "x" * 201, "é" * 101, "../../kresume_runs/mnist-001",
]  # fmt: skip


@pytest.mark.parametrize("name", [*HOSTILE, None, 7, Path("a")])
def test_a_name_that_cannot_be_a_folder_is_refused(name):
    with pytest.raises(ArgumentError) as caught:
        layout.check_base(name)
    message = str(caught.value)
    assert repr(name) in message
    assert "kr.fit(model, x, y, run='mnist')" in message
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", ["mnist", "Größe 日本 🎉", "a.b", "a-001", "x" * 200, "it's (1)"])
def test_a_usable_name_is_taken_as_it_is(name):
    assert layout.check_base(name) == name


@pytest.mark.parametrize("name", [*HOSTILE, "Untitled 1", "x" * 500, "日本" * 100])
def test_any_string_becomes_a_usable_name(name):
    cleaned = layout.clean_base(name)
    assert layout.check_base(cleaned) == cleaned
    assert layout.clean_base(cleaned) == cleaned


@pytest.mark.parametrize("base", ["mnist", "a-001", "é", "x y"])
@pytest.mark.parametrize("number", [1, 42, 999, 1000, 123456])
def test_a_run_s_name_splits_into_what_it_was_made_of(base, number):
    assert layout.split_name(layout.run_name(base, number)) == (base, number)


@pytest.mark.parametrize(
    "name", ["mnist", "mnist-1", "mnist-01", "-001", "mnist-001x", "mnist_001"]
)
def test_what_is_no_run_s_name_does_not_split(name):
    assert layout.split_name(name) is None


@pytest.mark.parametrize("epoch", [0, 7, 9999, 10000])
@pytest.mark.parametrize("batch", [0, 3])
def test_a_checkpoint_s_name_is_one(epoch, batch):
    name = layout.checkpoint_name(Position(epoch=epoch, batch=batch, step=epoch * 10 + batch))
    assert layout.is_checkpoint(name)
    assert layout.checkpoint_path(Path("run"), name) == Path("run/checkpoints") / name


def test_a_checkpoint_is_named_after_its_epoch_or_its_step():
    assert layout.checkpoint_name(Position(epoch=7, batch=0, step=3283)) == "epoch-0007.keras"
    assert layout.checkpoint_name(Position(epoch=7, batch=29, step=3312)) == "step-00003312.keras"


@pytest.mark.parametrize(
    "name",
    [
        "../epoch-0001.keras",
        "/etc/epoch-0001.keras",
        "epoch-0001.keras/../../x",
        "epoch-0001.keras\n",
        "epoch-0001.keras.tmp",
        "epoch-1.keras",
        "step-0001.keras",
        "EPOCH-0001.keras",
        "model.keras",
        "",
        ".",
    ],
)
def test_a_checkpoint_s_name_leads_nowhere_else(name):
    assert not layout.is_checkpoint(name)
    with pytest.raises(ArgumentError, match="is not the name of a checkpoint"):
        layout.checkpoint_path(Path("run"), name)
