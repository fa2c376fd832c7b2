"""Prints the lowest versions that pyproject.toml declares, as requirements for pip.

    python tests/lowest.py [NAME …]

Those are of the package's own dependencies, all together, and of the named optional ones.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
_DECLARED = re.compile(r"(?P<name>[\w-]+)[>~]=(?P<lowest>[\d.]+)")


def lowest(project: dict[str, Any], optional: Iterable[str] = ()) -> list[str]:
    """`name==version` of each dependency, and of those optional ones that are named.

    >>> lowest({"dependencies": ["numpy>=1.26", "keras>=3,<4"]})
    ['numpy==1.26', 'keras==3']
    """
    extras = project.get("optional-dependencies", {}).values()
    declared = {
        found["name"]: f"{found['name']}=={found['lowest']}"
        for one in (*project["dependencies"], *(one for extra in extras for one in extra))
        if (found := _DECLARED.match(one))
    }
    own = [re.split(r"[<>~=]", one)[0] for one in project["dependencies"]]
    return [declared[name] for name in (*own, *optional)]


if __name__ == "__main__":
    print("\n".join(lowest(tomllib.loads(PYPROJECT.read_text())["project"], sys.argv[1:])))
