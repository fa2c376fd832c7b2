"""Whether reading a batch again gives the same batch: seen once, before training reads any.

That a person's code gives the same from the same state is what every way back to a batch relies on. So
one batch is read the way a resume would read it, with random streams and attributes as they were, and
compared with what was read in order; what that changed is put back.
"""

from __future__ import annotations

from typing import Any

from kresume_nb.run.records import Finding
from kresume_nb.train.keras_compat.keras_data import as_numpy
from kresume_nb.train.state.equality import difference


def doubts(how: str, in_order: Any, again: Any) -> list[Finding]:
    """What a resume could not do exactly; empty if both batches are the same.

    Args:
        how: the batch was read again, for the message.
        in_order, again: the two.
    """
    wrong = difference(as_numpy(in_order), as_numpy(again))
    if wrong is None:
        return []
    detail = (
        f"{how}, a batch was not the same: {wrong}. Something else than the random streams and "
        "attributes that are saved decides what it holds"
    )
    return [Finding(what="batches", verdict="approximate", detail=detail)]


def said(how: str, doubts: list[Finding], obstacle: str = "") -> str:
    """The detail of an exact position: how it is found, and that a batch was compared, if it was the same.

    Args:
        obstacle: why none was, as the end of a sentence; empty if one was.
    """
    if obstacle:
        return f"{how}; no batch was read twice to compare: {obstacle}"
    return how if doubts else f"{how}; a batch that was read twice was the same"
