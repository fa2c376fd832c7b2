from __future__ import annotations

import math
from dataclasses import replace

import pytest

from kresume_nb.errors import ArgumentError
from kresume_nb.run.fold import Fold
from kresume_nb.run.records import Marks
from kresume_nb.run.retention import Rule, decide


@pytest.fixture
def summary(generate):
    """Five epochs and a checkpoint within the sixth; the third is the best. The run was killed."""
    values = [0.5, 0.4, 0.1, 0.1, 0.3]
    events = [generate.start()]
    events += [generate.checkpoint(generate.at(n), value) for n, value in enumerate(values, 1)]
    events.append(generate.checkpoint(generate.at(5, 2)))
    return Fold().feed(events).summary("x")


def staying(summary, marks=None, **rule):
    fates = decide(summary, marks or Marks(), Rule(**rule))
    return {one.checkpoint.file: one.stays for one in fates if one.stays}


def test_the_best_and_where_the_run_goes_on_stay_whatever_the_rule(summary):
    assert staying(summary, keep_last=0) == {
        "epoch-0003.keras": "best val_loss",
        "step-00000022.keras": "where the run goes on",
    }


def test_of_a_finished_run_the_newest_may_go(summary):
    done = replace(summary, status="finished")
    assert staying(done, keep_last=0) == {"epoch-0003.keras": "best val_loss"}


def test_an_interrupted_run_goes_on_too(summary):
    assert "step-00000022.keras" in staying(replace(summary, status="interrupted"), keep_last=0)


def test_as_many_of_the_newest_and_the_best_stay_as_are_asked_for(summary):
    done = replace(summary, status="finished")
    assert list(staying(done, keep_last=2)) == [f"epoch-000{n}.keras" for n in (3, 4, 5)]
    assert list(staying(done, keep_last=0, keep_best=2)) == ["epoch-0003.keras", "epoch-0004.keras"]
    assert list(staying(done, keep_last=0, keep_every=2)) == [
        f"epoch-000{n}.keras" for n in (2, 3, 4)
    ]
    assert len(staying(done, keep_last=99)) == 5


def test_pinned_checkpoints_stay_and_so_does_all_of_a_pinned_run(summary):
    marks = Marks(checkpoints=["epoch-0001.keras"])
    assert staying(summary, marks, keep_last=0)["epoch-0001.keras"] == "pinned"
    assert len(staying(summary, Marks(pinned=True), keep_last=0)) == 6


def test_what_is_no_number_is_never_best(generate):
    events = [
        generate.start(),
        generate.checkpoint(generate.at(1), math.nan),
        generate.checkpoint(generate.at(2), 0.5),
        generate.checkpoint(generate.at(3), -math.inf),
    ]
    done = replace(Fold().feed(events).summary("x"), status="finished")
    assert list(staying(done, keep_last=0)) == ["epoch-0002.keras"]


def test_without_a_monitored_value_there_is_no_best(generate):
    events = [generate.start(), *(generate.checkpoint(generate.at(n)) for n in (1, 2))]
    done = replace(Fold().feed(events).summary("x"), status="finished")
    assert staying(done) == {"epoch-0002.keras": "newest"}


@pytest.mark.parametrize("wrong", [{"keep_last": -1}, {"keep_best": 0}, {"keep_every": 1.5}])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        Rule(**wrong)


def valued(generate, monitor, values, mode=None):
    events = [generate.start()]
    events += [
        replace(generate.checkpoint(generate.at(n), value, mode), monitor=monitor)
        for n, value in enumerate(values, 1)
    ]
    return replace(Fold().feed(events).summary("x"), status="finished")


@pytest.mark.parametrize("monitor", ["val_misses", "val_accuracy", "val_mae", "wow"])
def test_a_run_of_an_older_version_keeps_the_candidates_of_both_directions(generate, monitor):
    run = valued(generate, monitor, [0.5, 0.1, 0.9, 0.4])
    assert staying(run, keep_last=0) == {
        "epoch-0002.keras": f"best {monitor}, if less is better",
        "epoch-0003.keras": f"best {monitor}, if more is better",
    }


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "generator_loss"])
def test_of_a_loss_less_is_better_in_an_older_run_too(generate, monitor):
    run = valued(generate, monitor, [0.5, 0.1, 0.9, 0.4])
    assert list(staying(run, keep_last=0)) == ["epoch-0002.keras"]


@pytest.mark.parametrize("monitor", ["loss", "val_accuracy", "wow"])
@pytest.mark.parametrize(("mode", "best"), [("min", 2), ("max", 3)])
def test_what_training_stored_decides_whatever_the_name(generate, monitor, mode, best):
    run = valued(generate, monitor, [0.5, 0.1, 0.9, 0.4], mode)
    assert staying(run, keep_last=0) == {f"epoch-000{best}.keras": f"best {monitor}"}
    told = replace(valued(generate, monitor, [0.5, 0.1, 0.9, 0.4]), directions={monitor: mode})
    assert list(staying(told, keep_last=0)) == [f"epoch-000{best}.keras"]


def test_all_may_be_kept(summary):
    assert len(staying(replace(summary, status="finished"), keep_last=None)) == 5


@pytest.mark.parametrize("keep_last", range(1, 12))
def test_a_number_larger_than_there_are_keeps_all(summary, keep_last):
    done = replace(summary, status="finished")
    newest = {f"epoch-000{n}.keras" for n in range(max(1, 6 - keep_last), 6)}
    assert set(staying(done, keep_last=keep_last)) == newest | {"epoch-0003.keras"}
