"""What a kernel's death undid, and a resume trains once more: pure."""

from __future__ import annotations

from collections.abc import Iterable

from kresume_nb.run.records import Checkpoint, Controlled, Epoch, JournalEvent, Start, Steps

Row = Steps | Epoch


def undone(events: Iterable[JournalEvent]) -> list[Row]:
    """Steps and epochs that the last process took down after its newest checkpoint.

    What follows a learning rate set by hand is left out: nobody sets it a second time.

    Args:
        events: of the whole journal.
    """
    rows: list[Row] = []
    by_hand = False
    for event in events:
        match event:
            case Start():
                rows, by_hand = [], False
            case Checkpoint():
                rows = [one for one in rows if _last(one) > event.position.step]
            case Controlled(action="learning_rate", done=True):
                by_hand = True
            case Steps() | Epoch() if not by_hand:
                rows.append(event)
    return rows


def _last(row: Row) -> int:
    return row.step + row.count - 1 if isinstance(row, Steps) else row.step
