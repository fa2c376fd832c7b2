"""Three of the models, of three kinds; `make models` tries all, on every backend they run on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from field_models.registry import EVERYWHERE
from field_models.runner import Trials, judged, known, refused_or_failed

from kresume_nb.check.verdict import Difference, Verdict

OTHER = {"weights": [Difference("1 kernel", "1 of 2 values differ")]}


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    made = Trials(tmp_path_factory.mktemp("models"))
    yield made
    made.close()


@pytest.mark.law
@pytest.mark.parametrize(
    "name", ["policy gradient", "diffusion with averaged twin", "siamese pairs"]
)
def test_a_model_as_people_write_it_resumes_exactly(name, trials):
    (model,) = [one for one in known() if one.name == name]
    finding = trials.judge(model, "tensorflow")
    assert finding.verdict == "exact", finding.detail


def test_what_differs_unannounced_is_bad():
    assert judged(Verdict({}, OTHER)).verdict == "**DIFFERS**"
    assert not judged(Verdict({}, OTHER)).is_good
    assert not judged(Verdict({}, OTHER, told=["changed: a callback: it is new"])).is_good


def test_what_differs_as_announced_is_told_with_the_reason():
    finding = judged(Verdict({}, OTHER, told=["lost: the order: nothing has it. And more."]))
    assert finding.verdict == "approximate as announced: lost: the order: nothing has it"
    assert finding.is_good


def test_a_refusal_is_an_error_of_our_own():
    ours = "Traceback …\nkresume_nb.errors.UnsupportedError: It cannot be. Do that.\n\nOr this.\n"
    assert refused_or_failed(ours).verdict == "refused: It cannot be"
    assert not refused_or_failed("Traceback …\nValueError: no\n").is_good


def test_there_are_many_models_in_many_families():
    models = known()
    assert len(models) >= 15
    assert sum(model.backends == EVERYWHERE for model in models) >= 10
