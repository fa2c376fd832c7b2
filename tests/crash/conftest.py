from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from sessions import Sessions, check


@pytest.fixture(scope="session")
def sessions(tmp_path_factory):
    return Sessions(tmp_path_factory.mktemp("sessions"))


@pytest.fixture(scope="session")
def check_folder():
    return check
