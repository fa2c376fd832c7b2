"""Which tests of a file can come to `fit`: the others need not be run, and they are five in six."""

from __future__ import annotations

import ast

_WAYS = frozenset({"fit", "run_layer_test"})


class Reaching:
    """What a file of tests says of its own.

    Args:
        source: of the file.
    """

    def __init__(self, source: str) -> None:
        self._names: dict[str, set[str]] = {}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                self._names.setdefault(node.name, set()).update(_names_in(node))
        self._reach: set[str] = set()
        found = {name for name, names in self._names.items() if names & _WAYS}
        while found:
            self._reach |= found
            found = {
                name
                for name, names in self._names.items()
                if name not in self._reach and names & self._reach
            }

    def may(self, test: str) -> bool:
        """Whether a test names `fit`, or a function of its file that leads there.

        Args:
            test: its name, with what parameters add to that of its function; one that the file does
                not define, since it is inherited, may come to anything.
        """
        defined = max(
            (name for name in self._names if test.startswith(name)), key=len, default=None
        )
        return defined is None or defined in self._reach or "setUp" in self._reach


def _names_in(function: ast.FunctionDef) -> set[str]:
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Name | ast.Attribute)
    }
