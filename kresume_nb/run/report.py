"""The resume report as a value: what a resume found of each piece of state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from kresume_nb.run.records import Finding, Verdict

_HEADINGS: dict[Verdict, str] = {
    "lost": "not restored",
    "approximate": "restored approximately",
    "changed": "changed since (the present value is used)",
    "exact": "restored exactly",
}
"""In the order in which a person wants to know."""
_COUNTED: dict[Verdict, str] = {
    "exact": "restored exactly",
    "approximate": "approximately",
    "lost": "not restored",
    "changed": "changed",
}

_NAMED = 3
"""Findings of a verdict that the line names."""


@dataclass(frozen=True, slots=True, repr=False)
class Report(Sequence[Finding]):
    """What became of each piece of state when a run went on; empty if it never did.

    >>> kr.load_run("mnist").report.approximate  # doctest: +SKIP
    [Finding(what='order of the batches', verdict='approximate', detail='…')]
    """

    findings: tuple[Finding, ...] = ()

    @property
    def exact(self) -> list[Finding]:
        """What is bit for bit as it was."""
        return self._of("exact")

    @property
    def approximate(self) -> list[Finding]:
        """What is nearly as it was, and why not quite."""
        return self._of("approximate")

    @property
    def lost(self) -> list[Finding]:
        """What was not put back."""
        return self._of("lost")

    @property
    def changed(self) -> list[Finding]:
        """What is different now from what the checkpoint says; the present value is used."""
        return self._of("changed")

    @property
    def line(self) -> str:
        """The report in a sentence: counts, and whatever is not exact by name."""
        if not self.findings:
            return "nothing was resumed"
        parts = []
        for verdict in get_args(Verdict):
            found = self._of(verdict)
            if found or verdict == "exact":
                names = ", ".join(map(_told, found[:_NAMED]))
                more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
                named = f": {names}{more}" if verdict != "exact" else ""
                parts.append(f"{len(found)} {_COUNTED[verdict]}{named}")
        return "; ".join(parts)

    def _of(self, verdict: Verdict) -> list[Finding]:
        return [one for one in self.findings if one.verdict == verdict]

    def __getitem__(self, index: int) -> Finding:  # type: ignore[override]
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __repr__(self) -> str:
        if not self.findings:
            return "never resumed"
        width = min(36, max(len(one.what) for one in self.findings))
        room = max(60, shutil.get_terminal_size((100, 24)).columns)
        lines = []
        for verdict, heading in _HEADINGS.items():
            found = self._of(verdict)
            if found:
                lines.append(f"{heading}:")
                lines += [_line(one, width, room) for one in found]
        return "\n".join(lines)


def _told(one: Finding) -> str:
    detail = one.detail if len(one.detail) <= 60 else f"{one.detail[:59]}…"
    return f"{one.what} ({detail})" if detail else one.what


def _line(one: Finding, width: int, room: int) -> str:
    text = f"  {one.what.ljust(width)}  {one.detail}".rstrip()
    return text if len(text) <= room else f"{text[: room - 1]}…"
