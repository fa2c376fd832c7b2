"""Forks as a tree in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kresume_nb.run.records import Compared


@dataclass(frozen=True, slots=True)
class Node:
    """A run in the tree."""

    key: str
    parent: str | None
    """Key of the run that it was forked from, if that is among the runs."""
    missing: str | None
    """Name of the run that it was forked from, if that is not."""
    epoch: int
    """After how many epochs of its parent it begins; 0 without one."""
    checkpoint: str
    """The parent's checkpoint that it begins from."""
    depth: int
    started: float
    ended: float
    """When it was last heard of."""


def parents(runs: Sequence[Compared]) -> dict[str, str | None]:
    """Per readable run the key of its parent; None if it has none among them."""
    keys = {run.key for run in runs if run.header is not None}
    found: dict[str, str | None] = {}
    for run in runs:
        if run.header is None:
            continue
        parent = run.header.parent
        key = None if parent is None else _sibling(run.key, parent.run)
        above = key
        while above is not None and above != run.key:
            above = found.get(above)
        found[run.key] = key if key in keys and above is None else None
    return found


def tree(runs: Sequence[Compared]) -> list[Node]:
    """The readable runs, each after its parent."""
    of = parents(runs)
    readable = [run for run in runs if run.key in of]
    children: dict[str | None, list[Compared]] = {}
    for run in readable:
        children.setdefault(of[run.key], []).append(run)
    nodes: list[Node] = []

    def add(run: Compared, depth: int) -> None:
        nodes.append(_node(run, of[run.key], depth))
        for child in sorted(children.get(run.key, []), key=_forked):
            add(child, depth + 1)

    for root in children.get(None, []):
        add(root, 0)
    return nodes


def _node(run: Compared, parent: str | None, depth: int) -> Node:
    header, summary = run.header, run.summary
    named = header.parent if header is not None else None
    started = header.created if header is not None else 0.0
    return Node(
        key=run.key,
        parent=parent,
        missing=named.run if named is not None and parent is None else None,
        epoch=named.epoch if named is not None else 0,
        checkpoint=named.checkpoint if named is not None else "",
        depth=depth,
        started=started,
        ended=max(started, summary.updated if summary is not None else started),
    )


def _forked(run: Compared) -> int:
    return run.header.parent.epoch if run.header is not None and run.header.parent else 0


def _sibling(key: str, name: str) -> str:
    folder, slash, _ = key.rpartition("/")
    return folder + slash + name
