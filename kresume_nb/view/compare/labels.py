"""Names that tell the runs of a comparison apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kresume_nb.run.records import Compared


def name_of(run: Compared) -> str:
    """The run folder's name."""
    return run.key.rpartition("/")[2]


def distinct(runs: Sequence[Compared]) -> list[Compared]:
    """The runs without those that were asked for before."""
    found: dict[str, Compared] = {}
    for run in runs:
        found.setdefault(run.key, run)
    return list(found.values())


def labels(runs: Sequence[Compared]) -> dict[str, str]:
    """Per key the shortest name that no other run of the comparison has."""
    short = {run.key: run.title or name_of(run) for run in runs}
    count = Counter(short.values())
    return {
        key: name if count[name] == 1 else _tail(key, [one.key for one in runs])
        for key, name in short.items()
    }


def _tail(key: str, keys: Sequence[str]) -> str:
    parts = key.split("/")
    others = [one.split("/") for one in keys if one != key]
    for size in range(1, len(parts)):
        tail = parts[-size:]
        if all(other[-size:] != tail for other in others):
            return "/".join(tail)
    return key
