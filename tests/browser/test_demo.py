"""`make demo HEADLESS=1`, as a person would run it; with it the example notebook runs to its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

DEMO = Path(__file__).parents[2] / "example_notebooks" / "demo.py"


def test_the_demo_plays_the_story_and_every_fact_holds() -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO), "--headless"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    facts = dict(line.split(":", 1) for line in done.stdout.splitlines())
    answers = {name: value.strip() for name, value in facts.items()}
    assert answers["final weights, optimizer and random states equal"] == "yes"
    assert answers["every step there once"] == "yes"
    assert "NO" not in answers.values()
