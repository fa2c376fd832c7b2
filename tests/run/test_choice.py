from __future__ import annotations

import json

import pytest

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run import choice
from kresume_nb.run.choice import Continue, Fork, New
from kresume_nb.run.records import Cell

FINISHED, KILLED = "finished", "killed"


def known(path):
    return choice.known(path)


def set_cell(run, cell):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cell": cell}))


def files(chosen):
    return [one.path.name for one in chosen.candidates]


@pytest.fixture
def finished(golden_run):
    return choice.known(golden_run(FINISHED, "mnist-001"))


@pytest.fixture
def killed(golden_run):
    return choice.known(golden_run(KILLED, "mnist-001"))


class TestNewest:
    def test_is_the_one_with_the_highest_number_of_that_name(self, golden_run, place):
        for name in (
            "mnist-001",
            "mnist-002",
            "mnist-1000",
            "mnist-999",
            "mnist-big-2000",
            "zoo-001",
        ):
            golden_run(KILLED, name)
        assert choice.newest(place, "mnist", None).path.name == "mnist-1000"

    def test_is_none_where_there_is_none(self, place):
        assert choice.newest(place, "mnist", None) is None
        assert choice.newest(place / "nowhere", "mnist", None) is None

    def test_belongs_to_the_training_cell(self, golden_run, place):
        for number, cell in ((1, "a"), (2, "b"), (3, "a"), (4, "b")):
            set_cell(golden_run(KILLED, f"mnist-00{number}"), {"id": cell, "source": "x"})
        assert choice.newest(place, "mnist", Cell(id="a", source="y")).path.name == "mnist-003"
        assert choice.newest(place, "mnist", Cell(id="b", source="y")).path.name == "mnist-004"
        assert choice.newest(place, "mnist", Cell(id="c", source="y")) is None

    @pytest.mark.parametrize("cell", [None, Cell(id=None, source="x")])
    def test_of_a_script_or_a_cell_without_id_is_any(self, cell, golden_run, place):
        set_cell(golden_run(KILLED, "mnist-001"), {"id": "a", "source": "x"})
        assert choice.newest(place, "mnist", cell).path.name == "mnist-001"


class TestAutomatic:
    def test_begins_anew_where_nothing_is(self):
        assert choice.automatic(None, 3) == New()

    def test_goes_on_in_an_unfinished_run_from_its_newest_checkpoint(self, killed):
        chosen = choice.automatic(killed, 3)
        assert isinstance(chosen, Continue)
        assert chosen.run == killed
        assert files(chosen) == ["step-00000006.keras", "epoch-0001.keras", "epoch-0000.keras"]

    @pytest.mark.parametrize("epochs", [1, 2, 3, 9])
    def test_goes_on_in_an_unfinished_run_however_many_epochs_are_asked_for(self, epochs, killed):
        assert isinstance(choice.automatic(killed, epochs), Continue)

    @pytest.mark.parametrize(("epochs", "kind"), [(2, New), (3, New), (4, Continue)])
    def test_goes_on_in_a_finished_run_only_for_more_epochs(self, epochs, kind, finished):
        assert isinstance(choice.automatic(finished, epochs), kind)

    def test_restores_a_finished_run_on_the_way_to_another(self, finished):
        assert isinstance(choice.automatic(finished, 3, restore_finished=True), Continue)

    def test_goes_on_in_a_failed_run(self, golden_run):
        assert isinstance(choice.automatic(known(golden_run("nan", "mnist-001")), 3), Continue)

    def test_begins_anew_if_the_run_was_killed_before_its_first_checkpoint(self, golden_run):
        run = golden_run(KILLED, "mnist-001")
        first = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)[0]
        (run / "journal.jsonl").write_bytes(first)
        assert choice.automatic(known(run), 3) == New()


class TestChosen:
    def test_is_the_checkpoint_that_was_clicked_and_older_ones(self, killed):
        chosen = choice.chosen(killed, "epoch-0001.keras")
        assert files(chosen) == ["epoch-0001.keras", "epoch-0000.keras"]

    def test_is_the_newest_if_none_was_named(self, killed):
        assert files(choice.chosen(killed, None))[0] == "step-00000006.keras"

    @pytest.mark.parametrize("name", ["epoch-0007.keras", "../../evil.keras", ""])
    def test_says_which_there_are_if_it_is_gone(self, name, killed):
        with pytest.raises(RunNotFoundError, match=r"epoch-0000\.keras, epoch-0001\.keras, step"):
            choice.chosen(killed, name)


class TestFork:
    def test_begins_from_the_end_of_the_epoch(self, finished, place):
        forked = choice.fork(finished, 2, place, "mnist")
        assert isinstance(forked, Fork)
        assert forked.run == finished
        assert forked.candidate.path.name == "epoch-0002.keras"

    def test_names_the_run_and_what_it_keeps_if_it_lacks_the_epoch(self, finished, place):
        with pytest.raises(RunNotFoundError) as caught:
            choice.fork(finished, 0, place, "mnist")
        message = str(caught.value)
        assert "mnist-001 keeps no checkpoint after 0 epochs" in message
        assert "epoch-0001.keras, epoch-0002.keras, epoch-0003.keras" in message
        assert "keep_last" in message

    def test_names_the_folder_if_there_is_no_run(self, place):
        with pytest.raises(RunNotFoundError) as caught:
            choice.fork(None, 2, place, "mnist")
        message = str(caught.value)
        assert "resume=2" in message
        assert "'mnist'" in message
        assert str(place) in message
