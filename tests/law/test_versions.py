"""What each version of Keras and of a backend is tried on, from the matrix: one kill and resume a kind.

A kind is here for what a version may lack or change. Backends that are not installed are left out:
of the lowest torch pip finds only a build with CUDA, of gigabytes.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from harness import Law, Trial
from scenarios.cells import Cell

pytestmark = pytest.mark.law

DATA = [
    Cell(),
    Cell(source="py_dataset"),
    Cell(source="tf_data_shuffled"),
    Cell(source="tf_data_shuffled_twice"),
    Cell(source="generator_function"),
    Cell(source="grain_dataset"),
    Cell(source="frames"),
    Cell(backend="jax", source="arrays_weighted"),
]
"""How data are read: through Keras' adapters, TensorFlow's iterators, grain and pandas; and by JAX."""

OTHERS = [
    Cell(model="moving_average", callbacks="everyday"),
    Cell(model="mixed_float16", callbacks="everyday"),
    Cell(model="recurrent", callbacks="everyday"),
    Cell(model="gan", callbacks="without_a_model_file"),
    Cell(callbacks="event_files"),
    Cell(backend="torch", source="loader"),
]
"""What an optimizer keeps, how a step is built, what a callback keeps to itself; torch."""


def _killed_once(cells: list[Cell]) -> list[Trial]:
    return [
        Trial(cell, (point,))
        for cell in cells
        if find_spec(cell.backend)
        for point in cell.points(1)
    ]


@pytest.mark.parametrize("trial", _killed_once(DATA), ids=str)
def test_each_kind_of_data_resumes_exactly(trial: Trial, law: Law) -> None:
    assert law.judge(trial) == "exact"


@pytest.mark.parametrize("trial", _killed_once(OTHERS), ids=str)
def test_models_callbacks_and_backends_resume_exactly(trial: Trial, law: Law) -> None:
    assert law.judge(trial) == "exact"
