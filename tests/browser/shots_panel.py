"""Pictures of the panel: each is photographed alone, in a notebook named for its run."""

from __future__ import annotations

import contextlib
import math
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab
import staged
from album import Album, begun, theme
from stories import STORIES

LONG = 1_000_000


@dataclass(frozen=True)
class Shot:
    """One picture."""

    name: str
    run: str
    theme: str = "light"
    width: int = 1100
    script: str = ""
    """What is clicked before."""


CHOOSE = "document.querySelector('.kr-Chooser-button').click()"
SHOTS = (
    *(Shot(f"light-{run}", run) for run in (*STORIES, "million-steps")),
    *(Shot(f"dark-{run}", run, "dark") for run in ("running", "resumed", "nan", "300-metrics")),
    *(Shot(f"320px-{run}", run, width=320) for run in ("running", "resumed", "nan", "long-names")),
    Shot("640px-resumed", "resumed", width=640),
    Shot("640px-nan", "nan", width=640),
    Shot("850px-running", "running", width=850),
    Shot("850px-killed", "killed", width=850),
    Shot("4k-resumed", "resumed", width=3600),
    Shot("1800px-300-metrics", "300-metrics", width=1800),
    Shot("light-chooser", "300-metrics", script=CHOOSE),
    Shot("dark-chooser", "300-metrics", "dark", script=CHOOSE),
    Shot(
        "light-learning-rate",
        "running",
        script="document.querySelectorAll('.kr-Controls-button')[2].click()",
    ),
    Shot(
        "light-report",
        "resumed",
        script="document.querySelector('.kr-Report-summary').click()",
    ),
    Shot(
        "light-log-smooth-steps",
        "finished",
        script="for (const one of ['step', 'log', '0.9'])"
        " document.querySelector(`.kr-Toolbar input[value='${one}']`).click()",
    ),
    Shot(
        "light-time-zoom",
        "resumed",
        script="document.querySelector(`.kr-Toolbar input[value='time']`).click();"
        "document.querySelector('[data-zoom=in]').click()",
    ),
    Shot("light-gone", "gone"),
)


@contextlib.contextmanager
def stage(root: Path) -> Iterator[None]:
    """Notebooks named for the runs they show; those that run are alive within the context."""
    folder = root / "kresume_runs"
    with contextlib.ExitStack() as alive:
        for name, story in STORIES.items():
            if story.status == "running" and name != "killed":
                teller = alive.enter_context(staged.told(folder, story))
                path = teller.held.path
            else:
                path = staged.written(folder, story)
            staged.notebook(root / f"{name}.ipynb", path)
        chance = random.Random(1)

        def loss(step: int) -> float:
            if step == 654_321:
                return 6.0
            return (2 * math.exp(-step / 2e5) + 0.1) * math.exp(0.1 * chance.gauss(0, 1))

        staged.notebook(root / "million-steps.ipynb", staged.write_long(folder, LONG, loss))
        staged.notebook(root / "gone.ipynb", folder / "gone-001")
        yield


def photograph(page: Any, server: lab.Lab, shot: Shot, album: Album) -> None:
    """Opens the notebook, makes the panel as wide as wanted, and takes the picture."""
    height = 2400 if shot.width < 700 else 1200  # a picture ends where the window does
    page.set_viewport_size({"width": max(900, shot.width + 260), "height": height})
    begun(page, server, f"{shot.run}.ipynb")
    page.locator(".kr-Panel").wait_for()
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    theme(page, shot.theme == "dark")
    page.add_style_tag(
        content=f".kr-Output {{ flex: none !important; width: {shot.width}px !important; }}"
    )
    page.wait_for_function(
        "steps => { const d = document.querySelector('.kr-Panel')?.dataset;"
        " return d?.status && +d.steps >= steps; }",
        arg=LONG if shot.run == "million-steps" else 0,
    )
    if shot.script:
        page.evaluate(shot.script)
    album.take(page.locator(".kr-Panel"), shot.name)


def take(chromium: Any, album: Album) -> None:
    """All pictures of the panel."""
    shots = [shot for shot in SHOTS if album.wants(shot.name)]
    if not shots:
        return
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        with stage(root), lab.Lab(root) as server:
            for shot in shots:
                context = chromium.new_context()
                photograph(context.new_page(), server, shot, album)
                context.close()
