"""Panels of run folders that were written without training, in tabs of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import staged
from stories import Story

Visit = Callable[..., Any]
"""Opens a notebook, named for its run, in a new tab; returns the tab once its panel shows the run."""


def panel(page: Any, condition: str) -> dict[str, str]:
    """Waits until a condition holds for the data attributes (`d`) of every panel; the first's."""
    page.wait_for_function(
        "condition => { const all = [...document.querySelectorAll('.kr-Panel')]; "
        "return all.length > 0 && all.every(one => "
        "new Function('d', `return ${condition}`)(one.dataset)); }",
        arg=condition,
    )
    return dict(page.evaluate("() => ({...document.querySelector('.kr-Panel').dataset})"))


@contextlib.contextmanager
def living(root: Path, story: Story) -> Iterator[staged.Teller]:
    """A run that trains, and a notebook named for it."""
    with staged.told(root / "kresume_runs", story) as teller:
        staged.notebook(root / f"{story.base}.ipynb", teller.held.path)
        yield teller


def left(root: Path, story: Story) -> Path:
    """A run whose process is gone, and a notebook named for it."""
    path = staged.written(root / "kresume_runs", story)
    staged.notebook(root / f"{story.base}.ipynb", path)
    return path
