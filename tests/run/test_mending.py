from __future__ import annotations

import pytest

from kresume_nb.run import codec
from kresume_nb.run.fold import Fold
from kresume_nb.run.mending import mended, remembered
from kresume_nb.run.records import Steps


@pytest.fixture(params=["FINISHED", "RESUMED", "CONTROLLED", "NAN"])
def events(request, generate):
    return getattr(generate, request.param)


def told(events):
    return [codec.dumps(one) for one in events]


def written(events):
    return "".join(f"{line}\n" for line in told(events)).encode()


def test_what_was_only_deleted_comes_back_whole(events):
    assert mended(written(events), remembered(events)) == written(events)


def test_cut_anywhere_and_gone_on_only_steps_are_missing(events):
    """Cut after some bytes, at some moment of the run; its writer went on appending."""
    for at in range(0, len(events) + 1, 2):
        before, after = written(events[:at]), written(events[at:])
        for cut in range(0, len(before) + 1, 97):
            whole = mended(before[:cut] + after, remembered(events))
            lines = whole.decode().splitlines()
            kept = [line for line in lines if not isinstance(codec.load_event(line), Steps)]
            assert kept == remembered(events)
            rest = iter(told(events))
            assert all(line in rest for line in lines), "in the order in which it was written"


def test_a_journal_of_somebody_else_is_not_mixed_in(events, generate):
    other = written(list(reversed(generate.ATTEMPTED)))
    whole = mended(other, remembered(events)).decode().splitlines()
    assert whole == remembered(events)
    assert Fold().feed(map(codec.load_event, whole)).summary("x").status
