"""What the n-th call of a cell does, decided from what lies on disk."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from kresume_nb.run import calls, resume_choice
from kresume_nb.run.calls import Past, decide, find
from kresume_nb.run.inventory import Inventory
from kresume_nb.run.reader import candidates
from kresume_nb.run.records import Position
from kresume_nb.run.resume_choice import Continue, GiveBack, New

FINISHED, KILLED = "finished", "killed"
FRESH = Past()


@pytest.fixture
def stored(golden_run):
    """A golden run under a name, with some fields of its header."""

    def copy(kind, name="mnist-001", **fields):
        run = golden_run(kind, name)
        path = run / "run.json"
        header = json.loads(path.read_text())
        header["writer"]["started"] = fields.pop("started", header["writer"]["started"])
        path.write_text(json.dumps(header | {"execution": "e1", **fields}))
        for one in resume_choice.known(run).fold.checkpoints:
            (run / "checkpoints" / one.file).touch()
        return run

    return copy


def decided(run, past=FRESH, *, epochs=3, start="", **how):
    known = None if run is None else resume_choice.known(run)
    found = [] if known is None else candidates(known.path, known.fold)
    return decide(known, found, past, epochs=epochs, start=start, **how)


class TestFind:
    def found(self, place, number, past=FRESH):
        path = find(Inventory(place).named("mnist"), number, past)
        return path.name if path is not None else None

    def test_the_nth_call_looks_at_the_run_of_an_nth_call(self, stored, place):
        for number in (1, 2, 3):
            stored(KILLED, f"mnist-00{number}", call=number, started=float(number))
        assert [self.found(place, number) for number in (1, 2, 3, 4)] == [
            "mnist-001",
            "mnist-002",
            "mnist-003",
            None,
        ]

    def test_the_execution_that_was_under_way_last_counts(self, stored, place):
        stored(FINISHED, "mnist-001", call=1, execution="old", started=1.0)
        stored(KILLED, "mnist-002", call=2, execution="old", started=2.0)
        stored(KILLED, "mnist-003", call=1, execution="new", started=3.0)
        assert self.found(place, 1) == "mnist-003"
        assert self.found(place, 2) is None
        assert self.found(place, 2, Past(execution="old")) == "mnist-002"

    def test_of_two_begun_by_one_call_the_later_counts(self, stored, place):
        stored(KILLED, "mnist-001", started=1.0)
        stored(KILLED, "mnist-002", started=2.0)
        assert self.found(place, 1) == "mnist-002"

    def test_runs_of_an_older_version_are_each_an_execution(self, stored, place):
        stored(KILLED, "mnist-001", execution="", started=1.0)
        stored(FINISHED, "mnist-002", execution="", started=2.0)
        assert self.found(place, 1) == "mnist-002"
        assert self.found(place, 2) is None

    def test_numbers_of_four_digits_are_no_trouble(self, stored, place):
        for number in (999, 1000):
            stored(KILLED, f"mnist-{number}", started=float(number))
        stored(KILLED, "mnist-big-2000", started=5000.0)
        assert self.found(place, 1) == "mnist-1000"

    def test_nothing_is_found_where_nothing_is(self, place):
        assert self.found(place, 1) is None
        assert self.found(place / "nowhere", 1) is None


class TestDecide:
    def test_begins_where_nothing_is(self):
        assert decided(None) == calls.Decision(New(), FRESH)

    @pytest.mark.parametrize("epochs", [2, 3, 9])
    def test_goes_on_in_what_was_broken(self, epochs, stored):
        made = decided(stored(KILLED, execution_complete=False), epochs=epochs)
        assert isinstance(made.choice, Continue)
        assert [one.path.name for one in made.choice.candidates] == [
            "step-00000006.keras",
            "epoch-0001.keras",
            "epoch-0000.keras",
        ]
        assert made.past.execution == "e1"

    def test_also_if_it_was_trained_by_an_older_version(self, stored):
        assert isinstance(decided(stored(KILLED, execution="")).choice, Continue)

    def test_also_if_it_failed(self, stored):
        assert isinstance(decided(stored("nan")).choice, Continue)

    def test_begins_if_it_was_killed_before_its_first_checkpoint(self, stored):
        run = stored(KILLED)
        first = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)[0]
        (run / "journal.jsonl").write_bytes(first)
        for file in (run / "checkpoints").iterdir():
            file.unlink()
        assert decided(run).choice == New()

    def test_does_not_go_on_in_what_went_beyond_the_epochs_asked_for(self, stored):
        made = decided(stored(KILLED), epochs=1)
        assert made.choice == New()
        assert made.why == (
            "mnist-001 stopped after epoch 1, batch 2, beyond the 1 epochs asked for, and stays as "
            "it is; epochs=2 or more goes on in it"
        )

    def test_begins_anew_once_all_was_done(self, stored):
        made = decided(stored(FINISHED))
        assert (made.choice, made.otherwise, made.why) == (New(), None, "")

    @pytest.mark.parametrize("epochs", [1, 2, 3])
    @pytest.mark.parametrize("on_the_way", [False, True])
    def test_gives_back_what_was_done_before_something_broke(self, on_the_way, epochs, stored):
        run = stored(FINISHED, execution_complete=on_the_way)
        made = decided(run, epochs=epochs, on_the_way=on_the_way)
        assert isinstance(made.choice, GiveBack)
        assert made.past == Past(execution="e1")
        assert made.otherwise.choice == New()
        assert made.otherwise.past.stale_after < math.inf
        assert made.otherwise.why == "mnist-001 differs from this call, which is trained anew"

    @pytest.mark.parametrize("complete", [True, False])
    def test_goes_on_from_the_end_for_more_epochs_and_says_so(self, complete, stored):
        made = decided(stored(FINISHED, execution_complete=complete), epochs=4)
        assert isinstance(made.choice, Continue)
        assert made.why == "mnist-001 had finished 3 epochs and is extended to 4"

    def test_trains_again_what_followed_the_newest_checkpoint_that_is_left(self, stored):
        run = stored(FINISHED, execution_complete=False)
        known = resume_choice.known(run)
        found = candidates(run, known.fold)[1:]
        made = decide(known, found, FRESH, epochs=3, start="")
        assert isinstance(made.choice, Continue)

    def test_gives_back_what_somebody_stopped_from_the_page_on_the_way_to_another(self, stored):
        run = stored(KILLED)
        known = resume_choice.known(run)
        known = replace(
            known,
            fold=replace(known.fold, status="interrupted", reason="stopped from the page"),
        )
        found = candidates(run, known.fold)
        there = decide(known, found, FRESH, epochs=3, start="", on_the_way=True)
        assert isinstance(there.choice, GiveBack)
        assert isinstance(decide(known, found, FRESH, epochs=3, start="").choice, Continue)


class TestStale:
    """What followed a call that now takes another course."""

    def test_began_after_it_from_other_weights(self, stored):
        run = stored(KILLED, created=100.0, start="then")
        made = decided(run, Past("e1", stale_after=99.0), start="now")
        assert made.choice == New()
        assert made.why.startswith("mnist-001 is not gone on with: an earlier kr.fit of this cell")

    def test_is_not_what_began_from_the_same_weights(self, stored):
        run = stored(KILLED, created=100.0, start="same")
        assert isinstance(decided(run, Past("e1", 99.0), start="same").choice, Continue)

    def test_unknown_weights_are_not_the_same(self, stored):
        run = stored(KILLED, created=100.0)
        assert decided(run, Past("e1", 99.0)).choice == New()

    def test_is_not_what_ran_beside_it(self, stored):
        run = stored(KILLED, created=100.0, start="then")
        assert isinstance(decided(run, Past("e1", 101.0), start="now").choice, Continue)

    def test_follows_whatever_does_not_give_back(self, stored):
        killed = stored(KILLED, "mnist-001")
        finished = stored(FINISHED, "mnist-002")
        back = stored(FINISHED, "mnist-003", execution_complete=False)
        for run, epochs in ((killed, 3), (killed, 1), (finished, 3), (finished, 4)):
            updated = resume_choice.known(run).fold.updated
            assert decided(run, epochs=epochs).past.stale_after == updated
            assert (
                decided(run, Past(stale_after=1.0), epochs=epochs, start="a").past.stale_after
                == 1.0
            )
        assert decided(back).past.stale_after == math.inf
        assert decided(None).past.stale_after == math.inf


def test_a_position_is_beyond_the_epochs_only_within_another():
    assert not calls._beyond(Position(epoch=2, batch=0, step=20), 2)
    assert calls._beyond(Position(epoch=2, batch=1, step=21), 2)
    assert calls._beyond(Position(epoch=3, batch=0, step=30), 2)
