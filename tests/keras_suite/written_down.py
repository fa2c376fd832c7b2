"""What became of tests, written down one by one: a run that was ended in the middle is taken up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Outcomes:
    """Outcomes by test, each a line of a file as soon as it is known.

    Args:
        path: the file; what it has is known from the start, but for a line that was torn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, dict[str, Any]] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                one = json.loads(line)
            except ValueError:  # of a process that was killed while it wrote
                continue
            self.known[one.pop("test")] = one

    def begin(self) -> None:
        """Makes the file, with whole lines only, for `add`."""
        self._path.write_text("".join(map(_line, self.known, self.known.values())))

    def left(self, tests: list[str]) -> list[str]:
        """Those whose outcome is not known."""
        return [one for one in tests if one not in self.known]

    def add(self, test: str, outcome: dict[str, Any]) -> None:
        """Writes one more down."""
        self.known[test] = outcome
        with self._path.open("a") as file:
            file.write(_line(test, outcome))


def _line(test: str, outcome: dict[str, Any]) -> str:
    return json.dumps({"test": test, **outcome}) + "\n"
