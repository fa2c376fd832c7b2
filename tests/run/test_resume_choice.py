from __future__ import annotations

import pytest

from kresume_nb.errors import RunNotFoundError
from kresume_nb.run import resume_choice
from kresume_nb.run.resume_choice import Fork

FINISHED, KILLED = "finished", "killed"


def files(chosen):
    return [one.path.name for one in chosen.candidates]


@pytest.fixture
def finished(golden_run):
    return resume_choice.known(golden_run(FINISHED, "mnist-001"))


@pytest.fixture
def killed(golden_run):
    return resume_choice.known(golden_run(KILLED, "mnist-001"))


class TestChosen:
    def test_is_the_checkpoint_that_was_clicked_and_older_ones(self, killed):
        chosen = resume_choice.chosen(killed, "epoch-0001.keras")
        assert files(chosen) == ["epoch-0001.keras", "epoch-0000.keras"]

    def test_is_the_newest_if_none_was_named(self, killed):
        assert files(resume_choice.chosen(killed, None))[0] == "step-00000006.keras"

    @pytest.mark.parametrize("name", ["epoch-0007.keras", "../../evil.keras", ""])
    def test_says_which_there_are_if_it_is_gone(self, name, killed):
        with pytest.raises(RunNotFoundError, match=r"epoch-0000\.keras, epoch-0001\.keras, step"):
            resume_choice.chosen(killed, name)


class TestFork:
    def test_begins_from_the_end_of_the_epoch(self, finished, place):
        forked = resume_choice.fork(finished, 2, place, "mnist")
        assert isinstance(forked, Fork)
        assert forked.run == finished
        assert forked.candidate.path.name == "epoch-0002.keras"

    def test_names_the_run_and_what_it_keeps_if_it_lacks_the_epoch(self, finished, place):
        with pytest.raises(RunNotFoundError) as caught:
            resume_choice.fork(finished, 0, place, "mnist")
        message = str(caught.value)
        assert "mnist-001 keeps no checkpoint after 0 epochs" in message
        assert "epoch-0001.keras, epoch-0002.keras, epoch-0003.keras" in message
        assert "keep_last" in message

    def test_names_the_folder_if_there_is_no_run(self, place):
        with pytest.raises(RunNotFoundError) as caught:
            resume_choice.fork(None, 2, place, "mnist")
        message = str(caught.value)
        assert "resume=2" in message
        assert "'mnist'" in message
        assert str(place) in message
