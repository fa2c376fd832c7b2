"""The harness, with all that the chosen tests need begun before the first asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from harness import Law, Trial
from scenarios.cells import Cell


@pytest.fixture(scope="session")
def law(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Law]:
    """Trials run two at once, in the order of the tests, ahead of them."""
    made = Law(tmp_path_factory.mktemp("law"))
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        for value in parameters.params.values() if parameters else ():
            if isinstance(value, Trial):
                made.submit(value)
            elif isinstance(value, Cell):
                for by in ("keras", "kresume, unshuffled"):
                    made.submit_plain(value, by)
    yield made
    made.close()
