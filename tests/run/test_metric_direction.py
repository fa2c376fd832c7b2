from __future__ import annotations

import json
import math

import pytest

from kresume_nb.run import codec
from kresume_nb.run.fold import Fold
from kresume_nb.run.metric_direction import (
    best,
    checkpoints_direction,
    direction,
    direction_by_name,
    is_loss,
    stored_direction,
)
from kresume_nb.run.records import Checkpoint
from kresume_nb.run.retention import staying


@pytest.fixture
def directions(golden):
    return json.loads((golden / "directions.json").read_text())


def test_what_a_name_tells_is_what_it_tells_on_the_page(directions):
    assert {name: direction_by_name(name) for name in directions["names"]} == directions["names"]


def test_the_best_checkpoint_is_that_of_the_page(directions, generate):
    for case in directions["best"]:
        checkpoints = [
            codec.decode(
                Checkpoint,
                {
                    **codec.plain(generate.checkpoint(generate.at(one["epoch"]))),
                    **{name: one[name] for name in ("monitor", "value", "mode")},
                },
            )
            for one in case["checkpoints"]
        ]
        mode = next(iter(case["directions"].values()), None)
        stays = staying(checkpoints, keep_last=0, keep_best=1, mode=mode)
        (found,) = [one.position.epoch for one in checkpoints if one.file in stays]
        assert found == case["best"], case["what"]


def test_a_loss_is_one_by_its_whole_last_word():
    assert all(map(is_loss, ["loss", "val_loss", "d_loss"]))
    assert not any(map(is_loss, ["lossless", "loss_ratio", "gloss", "val_mae"]))


def test_what_is_stored_counts_then_the_name_else_more_is_better():
    assert direction("val_accuracy", "min") == "min"
    assert direction("val_mae") == "min"
    assert direction("misses") == "max"


def test_a_run_says_by_its_record_or_by_its_checkpoints(generate):
    summary = Fold().summary("x")
    assert stored_direction("f1", summary) is None
    valued = [generate.checkpoint(generate.at(n), 0.5, mode="min") for n in (1, 2)]
    assert checkpoints_direction("val_loss", valued) == "min"
    assert checkpoints_direction("val_loss", []) is None
    assert checkpoints_direction("loss", valued) is None
    summary.directions["f1"] = "min"
    assert stored_direction("f1", summary) == "min"


def test_the_best_is_the_earliest_of_equals_and_finite_if_any_is():
    assert best([math.nan, 2.0, 1.0, 1.0], "min") == 2
    assert best([math.nan, 2.0, 2.0, 1.0], "max") == 1
    assert best([math.inf, 1.0], "max") == 1
    assert best([math.nan, -math.inf], "max") == 1
    assert best([math.nan], "max") is None
    assert best([], "min") is None
