"""The law is not blind: each piece of state left out of a resume turns it red."""

from __future__ import annotations

import pytest
from harness import Law, Trial
from scenarios.cells import Cell

pytestmark = pytest.mark.law

WITHIN = 22
"""Within an epoch, after the rate fell and with an early stop under way."""


BASE = Cell(backend="torch")
"""Where it is all the same: the backend whose processes are quick to begin."""


def of(model: str, backend: str = "tensorflow") -> Cell:
    return Cell(model=model, callbacks="everyday", backend=backend)


PIECES: dict[str, Cell | tuple[Cell, int | str]] = {
    "weight": BASE,
    "batch statistic": BASE,
    "seed": BASE,
    "optimizer": BASE,
    "iterations": BASE,
    "metric": BASE,
    "callbacks": BASE,
    "history": BASE,
    "order of the batches": BASE,
    "that it was stopped": (
        Cell(model="schedule", callbacks="impatient", backend="torch"),
        "training",
    ),
    "stream of python": BASE,
    "stream of numpy": BASE,
    "stream of keras": BASE,
    "stream of tensorflow": of("generators_of_tensorflow"),
    "stream of torch": BASE,
    "moving average": of("moving_average", "torch"),
    "loss scale": of("mixed_float16"),
    "accumulated gradient": (of("accumulated_gradients", "torch"), 19),
    "second optimizer": of("two_optimizers", "torch"),
    "plain attribute": of("two_optimizers", "torch"),
    "untracked variable": of("recurrent"),
    "position in the data": Cell(source="arrays_in_steps", backend="torch"),
    "iterators of tf.data": Cell(source="tf_data_shuffled"),
    "order of a DataLoader": Cell(source="loader", backend="torch"),
    "state of a PyDataset": Cell(source="py_dataset", backend="torch"),
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
