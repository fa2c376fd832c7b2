"""Two outcomes side by side: what is equal bit for bit, what is not, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kresume_nb.check.outcome import GROUPS, Outcome

_SHOWN = 12
"""Differences of a group that the table names."""
_WIDE = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not equal."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison found.

    Args:
        equal: how many things of each group are equal.
        differences: those that are not, by group.
        kills: steps after which processes were killed.
        checkpoint: file that the last of them went on from.
        told: what the resume report called approximate, lost or changed.
    """

    equal: dict[str, int]
    differences: dict[str, list[Difference]]
    kills: tuple[int, ...] = ()
    checkpoint: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether nothing differs."""
        return not any(self.differences.values())

    @property
    def table(self) -> str:
        """For people."""
        steps = ", ".join(map(str, self.kills))
        lines = [f"killed after step {steps}, resumed from {self.checkpoint or 'the beginning'}"]
        width = max(map(len, GROUPS))
        for group in GROUPS:
            found = self.differences.get(group, [])
            total = self.equal.get(group, 0) + len(found)
            if not total:
                continue
            lines.append(f"  {group.ljust(width)}  {self.equal.get(group, 0)} of {total} equal")
            lines += [f"    {one.name}: {one.detail}" for one in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"    and {len(found) - _SHOWN} more")
        lines += [f"  the resume report said {one}" for one in self.told]
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {
            "exact": self.exact,
            "kills": list(self.kills),
            "checkpoint": self.checkpoint,
            "equal": self.equal,
            "differences": {
                group: {one.name: one.detail for one in found}
                for group, found in self.differences.items()
                if found
            },
            "report": self.told,
        }


def compare(unbroken: Outcome, resumed: Outcome, kills: tuple[int, ...] = ()) -> Verdict:
    """Compares the outcome of a resumed training with the unbroken one's."""
    equal = dict.fromkeys(GROUPS, 0)
    differences: dict[str, list[Difference]] = {group: [] for group in GROUPS}
    for key in {**unbroken.arrays, **resumed.arrays}:
        detail = _of_arrays(unbroken.arrays.get(key), resumed.arrays.get(key))
        _enter(key, detail, equal, differences)
    for key in {**unbroken.texts, **resumed.texts}:
        one, other = unbroken.texts.get(key), resumed.texts.get(key)
        detail = "" if one == other else f"{_short(one)} unbroken, {_short(other)} resumed"
        _enter(key, detail, equal, differences)
    told = [
        f"{verdict}: {what}: {detail}"
        for verdict, what, detail in resumed.findings
        if verdict != "exact"
    ]
    return Verdict(
        {group: count for group, count in equal.items() if count},
        differences,
        kills,
        resumed.checkpoint,
        told,
    )


def _enter(
    key: tuple[str, str],
    detail: str,
    equal: dict[str, int],
    differences: dict[str, list[Difference]],
) -> None:
    group, name = key
    if detail:
        differences[group].append(Difference(name, detail))
    else:
        equal[group] += 1


def _of_arrays(one: Any, other: Any) -> str:
    if one is None or other is None:
        return "only in the resumed training" if one is None else "only in the unbroken training"
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        return f"{one.dtype} {one.shape} unbroken, {other.dtype} {other.shape} resumed"
    if one.tobytes() == other.tobytes():
        return ""
    if one.dtype.kind not in "fiu":
        return "other bits"
    apart = np.abs(one.astype("float64") - other.astype("float64"))
    return f"{int(np.count_nonzero(apart))} of {apart.size} values differ, by up to {np.max(apart):.3g}"


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"
