"""How Keras' tests are judged, and a part of them; `make keras-tests` runs all."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("keras_suite", HERE / "suite.py")
suite = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = suite  # where dataclasses look for the module of theirs
spec.loader.exec_module(suite)
Outcomes = suite.Outcomes
Reaching = importlib.import_module("reaching").Reaching  # beside it, where it looks itself

LISTED = [{"tests": ["a.py::*refused*"], "backends": ["jax"], "reason": "refused"}]


def outcome(outcome, *, reached=True, error=""):
    return {"outcome": outcome, "reached": reached, "error": error}


def judged(swapped, plain, backend="jax"):
    return suite.judge(swapped, plain, LISTED, backend)


def test_an_outcome_is_on_disk_at_once_and_a_torn_line_is_left_out(tmp_path):
    path = tmp_path / "results.jsonl"
    first = Outcomes(path)
    first.begin()
    first.add("a.py::one", outcome("passed"))
    with path.open("a") as file:
        file.write('{"test": "a.py::two", "outc')  # killed here
    taken_up = Outcomes(path)
    assert taken_up.left(["a.py::one", "a.py::two", "a.py::three"]) == ["a.py::two", "a.py::three"]
    taken_up.begin()
    taken_up.add("a.py::three", outcome("failed", error="Wrong"))
    assert Outcomes(path).known == {
        "a.py::one": outcome("passed"),
        "a.py::three": outcome("failed", error="Wrong"),
    }


FILE = """
class Tests:
    def helper(self):
        self.model.fit()

    def test_at_once(self):
        model.fit(x)

    def test_by_another(self):
        self.helper()

    def test_layer(self):
        self.run_layer_test(Dense)

    def test_layer_shape(self):
        assert Dense(2)
"""


@pytest.mark.parametrize(
    ("test", "may"),
    [
        ("test_at_once", True),
        ("test_by_another", True),
        ("test_layer_of_parameters_0", True),
        ("test_layer_shape", False),
        ("test_layer_shape1", False),
        ("test_inherited", True),
    ],
)
def test_which_tests_can_come_to_fit(test, may):
    assert Reaching(FILE).may(test) is may


def test_what_newly_fails_without_being_listed_is_told_with_its_error():
    found = judged(
        {"a.py::one": outcome("failed", error="Wrong\nmore")}, {"a.py::one": outcome("passed")}
    )
    assert found.unexpected == {"a.py::one": "Wrong"}


def test_what_fails_with_keras_own_fit_or_before_fit_is_not_ours():
    found = judged(
        {
            "a.py::broken": outcome("failed"),
            "a.py::early": outcome("failed", reached=False),
        },
        {"a.py::broken": outcome("failed")},
    )
    assert found.unexpected == {}
    assert found.reached == 1


def test_what_is_listed_may_fail_on_its_backends_only():
    swapped = {"a.py::refused_1": outcome("failed")}
    plain = {"a.py::refused_1": outcome("passed")}
    assert judged(swapped, plain).known == ["a.py::refused_1"]
    assert judged(swapped, plain).unexpected == {}
    assert list(judged(swapped, plain, "torch").unexpected) == ["a.py::refused_1"]


def test_what_is_listed_and_passes_is_told_if_it_ran():
    assert judged({"a.py::refused": outcome("passed")}, {}).stale == ["a.py::*refused*"]
    assert judged({"b.py::other": outcome("passed")}, {}).stale == []


def test_each_entry_of_the_list_has_a_reason():
    for one in json.loads((HERE / "expected.json").read_text()):
        assert one["reason"]
        assert one["tests"]
        assert set(one["backends"]) <= set(suite.BACKENDS)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_keras_own_tests_of_callbacks_pass(backend, tmp_path):
    paths = suite.files(["callbacks/early_stopping", "callbacks/backup_and"])
    if not paths:
        pytest.skip("the installed Keras brings no tests along")
    found = suite.compare(backend, paths, tmp_path)
    assert found.reached >= 5
    assert len(Outcomes(tmp_path / f"{backend}-swapped.jsonl").known) >= found.reached
    assert not found.unexpected
    assert not found.stale
