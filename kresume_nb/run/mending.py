"""A journal that lost some of its lines under its writer, made whole again as far as it can be: pure.

A writer remembers every event but the steps, of which there may be millions. So a journal that somebody
deleted comes back complete (its content stays readable until it is closed), and one that was cut
comes back with all epochs, checkpoints and answers; steps of the part that is gone stay missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import codec
from kresume_nb.run.records import JournalEvent, Steps


def mended(remains: bytes, remembered: Sequence[str]) -> bytes:
    """The whole lines of what is left, and what is missing among them.

    Args:
        remains: the file as it is now: its beginning, and what was appended since it was cut.
        remembered: lines of all events that were ever in it, in order, without steps.
    """
    lines = [read for one in remains.split(b"\n") if (read := _line(one)) is not None]
    taken, head, sure = 0, 0, 0
    for _, told in lines:
        if told is not None:
            if taken == len(remembered) or told != remembered[taken]:
                break
            taken, sure = taken + 1, head + 1
        head += 1
    tail = [told for _, told in lines[head:] if told is not None]
    start = len(remembered) - len(tail)
    if start < taken or list(remembered[start:]) != tail:
        lines, start = lines[:head], len(remembered)
    rest = lines[head:]
    if taken < start:  # on which side of the cut the steps next to it were, nothing tells
        lines = lines[:sure]
        while rest and rest[0][1] is None:
            rest.pop(0)
    else:
        lines = lines[:head]
    missing = [one.encode() for one in remembered[taken:start]]
    whole = [*(line for line, _ in lines), *missing, *(line for line, _ in rest)]
    return b"".join(line + b"\n" for line in whole)


def remembered(events: Sequence[JournalEvent]) -> list[str]:
    """Lines of events, without steps."""
    return [codec.dumps(one) for one in events if not isinstance(one, Steps)]


def _line(line: bytes) -> tuple[bytes, str | None] | None:
    """A line as it is, and what is remembered of it (nothing of steps); None if it is torn."""
    with suppress(CorruptRecordError):
        event = codec.load_event(line)
        plain = event is not None and not isinstance(event, Steps)  # None: of a newer version
        return line, codec.dumps(event) if plain else None
    return None
