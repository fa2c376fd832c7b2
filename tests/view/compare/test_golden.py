"""Golden comparisons: what this side and the page's must make of the same runs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from kresume_nb.run import codec
from kresume_nb.run.records import Compared

GOLDEN = Path(__file__).parents[2] / "golden" / "compare"
CASES = ["forks", "odd", "two"]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("golden_compare", GOLDEN / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_golden_comparisons_are_tested():
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == CASES


@pytest.mark.parametrize("case", CASES)
def test_a_golden_comparison_comes_out_as_expected(case, generate):
    document = json.loads((GOLDEN / f"{case}.json").read_text())
    runs = [codec.decode(Compared, one) for one in document["runs"]]
    assert generate.expected(runs) == document["expected"]


@pytest.mark.parametrize("case", CASES)
def test_golden_comparisons_are_what_the_generator_makes(case, generate):
    made = json.loads(codec.dumps(generate.CASES[case]()))
    assert json.loads((GOLDEN / f"{case}.json").read_text())["runs"] == made
