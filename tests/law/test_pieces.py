"""The law is not blind: each piece of state left out of a resume turns it red."""

from __future__ import annotations

import pytest
from harness import Law, Trial
from scenarios.cells import Cell

pytestmark = pytest.mark.law

WITHIN = 22
"""Within an epoch, after the rate fell and with an early stop under way."""


def of(model: str, backend: str = "tensorflow") -> Cell:
    return Cell(model=model, callbacks="everyday", backend=backend)


PIECES: dict[str, Cell | tuple[Cell, int | str]] = {
    "weight": Cell(),
    "batch statistic": Cell(),
    "seed": Cell(),
    "optimizer": Cell(),
    "iterations": Cell(),
    "metric": Cell(),
    "callbacks": Cell(),
    "history": Cell(),
    "order of the batches": Cell(),
    "that it was stopped": (Cell(model="schedule", callbacks="impatient"), "training"),
    "stream of python": Cell(),
    "stream of numpy": Cell(),
    "stream of keras": Cell(),
    "stream of tensorflow": of("generators_of_tensorflow"),
    "stream of torch": Cell(backend="torch"),
    "moving average": of("moving_average"),
    "loss scale": of("mixed_float16"),
    "accumulated gradient": (of("accumulated_gradients"), 19),
    "second optimizer": of("two_optimizers", "torch"),
    "plain attribute": of("two_optimizers", "torch"),
    "untracked variable": of("recurrent"),
    "position in the data": Cell(source="arrays_in_steps"),
    "iterators of tf.data": Cell(source="tf_data_shuffled"),
    "order of a DataLoader": Cell(source="loader", backend="torch"),
    "state of a PyDataset": Cell(source="py_dataset"),
    "iterators of the validation data": (Cell(source="tf_data"), 9),
}
"""Pieces, and a training where the loss of each shows; the step of the kill, where it is not `WITHIN`."""


def trials() -> list[Trial]:
    found = (
        (piece, one if isinstance(one, tuple) else (one, WITHIN)) for piece, one in PIECES.items()
    )
    return [Trial(cell, (kill,), forget=piece) for piece, (cell, kill) in found]


@pytest.mark.parametrize("trial", trials(), ids=str)
def test_the_law_notices_every_piece_that_is_not_put_back(trial: Trial, law: Law) -> None:
    with pytest.raises(AssertionError, match="differs in"):
        law.judge(trial)
