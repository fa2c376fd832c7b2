"""The harness, with all that the chosen tests need begun before any test runs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from harness import Law, Trial
from scenarios.cells import Cell

LAW = pytest.StashKey[Law]()


def _asks(item: pytest.Item) -> bool:
    return "law" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are the last to be judged."""
    items.sort(key=_asks)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begins the trials of the chosen tests, two at once and in their order.

    Their processes are the last to be given a processor: they take what tests of other kinds leave
    idle, and most of their work is done when the first test asks for it.
    """
    chosen = [item for item in session.items if _asks(item)]
    if not chosen or session.config.option.collectonly:
        return
    made = Law(Path(tempfile.mkdtemp(prefix="kresume-law-")))
    session.config.stash[LAW] = made
    for item in chosen:
        parameters = getattr(item, "callspec", None)
        for value in parameters.params.values() if parameters else ():
            if isinstance(value, Trial):
                made.submit(value)
            elif isinstance(value, Cell):
                for by in ("keras", "kresume, unshuffled"):
                    made.submit_plain(value, by)


def pytest_sessionfinish(session: pytest.Session) -> None:
    made = session.config.stash.get(LAW, None)
    if made is not None:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def law(pytestconfig: pytest.Config) -> Law:
    return pytestconfig.stash[LAW]
