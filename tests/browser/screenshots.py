"""Pictures of the page as people will see it, one for each thing that can look wrong.

    make screenshots

Real JupyterLabs show run folders that were written without training (`staged.py`, `comparisons.py`),
and a notebook whose kernel is killed. The pictures are for looking at: nothing here asserts. Names
after the folder take only the pictures whose names hold one of them. The README's picture is a copy:

    cp screenshots/after-a-kill.png example_notebooks/after_a_kill.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import lab
import shots_banner
import shots_compare
import shots_panel
import shots_side
import shots_story
from album import Album, Part

PARTS: tuple[Part, ...] = (
    shots_panel.take,
    shots_side.take,
    shots_banner.take,
    shots_compare.take,
    shots_story.take,
)


def main(to: Path, words: list[str]) -> None:
    """Takes the pictures into that folder."""
    to.mkdir(parents=True, exist_ok=True)
    if not words:
        for old in to.glob("*.png"):
            old.unlink()
    with lab.browser() as chromium:
        for part in PARTS:
            part(chromium, Album(to, words))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("to", nargs="?", type=Path, default=Path("screenshots"), help="folder")
    parser.add_argument("words", nargs="*", help="only pictures whose name holds one of them")
    asked = parser.parse_args()
    main(asked.to, asked.words)
