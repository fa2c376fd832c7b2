"""Weights that an optimizer averages (`use_ema=True`): a checkpoint holds both, `fit` ends with averages."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

from kresume_nb.errors import ArgumentError

if TYPE_CHECKING:
    import keras

Weights = Literal["raw", "averaged"]


def choose(model: keras.Model, weights: Weights | None, where: str) -> None:
    """Gives a loaded model the weights that were asked for.

    Args:
        model: as a checkpoint holds it: with the weights that training goes on with.
        weights: None: leaves them, and says so where there are averages, too.
        where: what messages call the checkpoint.

    Raises:
        ArgumentError: if averages are asked for and there are none, or for another word.
    """
    if weights not in (None, "raw", "averaged"):
        raise ArgumentError(f'weights={weights!r}. Expected "raw" or "averaged".')
    averages = _averages(model.optimizer)
    if weights == "averaged":
        if not averages:
            raise ArgumentError(
                f'weights="averaged", but the optimizer of {where} averages none: it was made without '
                "use_ema=True. Leave weights out."
            )
        model.optimizer.finalize_variable_values(model.trainable_variables)
    elif weights is None and averages:
        warnings.warn(
            f"kresume_nb: {where} has raw weights, those that training goes on with; its optimizer "
            'also averages them (use_ema), and fit returns the averages. weights="averaged" gives '
            'these, weights="raw" gives the raw ones without this warning.',
            stacklevel=3,
        )


def _averages(optimizer: Any) -> bool:
    """Whether an optimizer, or one within it, averages weights."""
    if optimizer is None:
        return False
    within = [getattr(optimizer, "inner_optimizer", None), *getattr(optimizer, "optimizers", ())]
    return bool(getattr(optimizer, "use_ema", False)) or any(map(_averages, within))
