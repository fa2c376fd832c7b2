from __future__ import annotations

import math

import pytest

from kresume_nb.run.monitored import best, greater_is_better


@pytest.mark.parametrize("name", ["loss", "val_loss", "val_mae", "root_mean_squared_error", None])
def test_losses_and_errors_are_better_when_lower(name):
    assert not greater_is_better(name)


@pytest.mark.parametrize("name", ["accuracy", "val_accuracy", "auc", "f1"])
def test_everything_else_when_higher(name):
    assert greater_is_better(name)


def test_the_best_is_the_earliest_of_equals_and_never_nan():
    assert best([math.nan, 2.0, 1.0, 1.0], greater=False) == 2
    assert best([math.nan, 2.0, 2.0, 1.0], greater=True) == 1
    assert best([math.nan], greater=True) is None
    assert best([], greater=False) is None
