from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from sessions import Sessions, check


@pytest.fixture(scope="session")
def sessions(tmp_path_factory):
    made = Sessions(tmp_path_factory.mktemp("sessions"))
    yield made
    made.process.communicate(timeout=60)


@pytest.fixture(scope="session")
def check_folder():
    return check
