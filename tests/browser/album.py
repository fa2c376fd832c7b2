"""What every picture of `make screenshots` is taken with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lab


class Album:
    """A folder of pictures.

    Args:
        place: the folder.
        words: only pictures whose names hold one of these are taken; none: all.
    """

    def __init__(self, place: Path, words: list[str]) -> None:
        self.place = place
        self._words = words

    def wants(self, name: str) -> bool:
        """Whether a picture of that name is to be taken."""
        return not self._words or any(word in name for word in self._words)

    def on_both_grounds(self, pictures: Mapping[str, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Those of them that are to be taken, each light and dark: its name, what is told, if dark."""
        return [
            (f"{name}-{ground}", *told, ground == "dark")
            for name, told in pictures.items()
            for ground in ("light", "dark")
            if self.wants(f"{name}-{ground}")
        ]

    def take(self, what: Any, name: str, *, live: bool = False) -> Path:
        """A picture of a page, or of a part of it, once that has drawn what it has to draw.

        Args:
            what: the page or part.
            name: of the picture.
            live: it goes on drawing: it is taken as it is.
        """
        if not live:
            settle(getattr(what, "page", what))
        path = self.place / f"{name}.png"
        what.screenshot(path=path)
        print(path, flush=True)
        return path


Part = Callable[[Any, Album], None]
"""Takes a browser and takes the pictures of one part of the page."""


def theme(page: Any, dark: bool) -> None:
    """Sets JupyterLab's."""
    name = "JupyterLab Dark" if dark else "JupyterLab Light"
    lab.theme(page, name)


def begun(page: Any, server: lab.Lab, path: str = "") -> None:
    """Opens JupyterLab with a workspace of its own, at a notebook if one is named."""
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/lab{path and f'/tree/{path}'}?token={lab.TOKEN}&reset")
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")


def settle(page: Any) -> None:
    """Waits until the page has drawn what it has to draw: its charts stay as they are."""
    page.wait_for_function(
        """() => {
            const now = JSON.stringify([...document.querySelectorAll('[class^=kr-], canvas')]
                .map(node => [node.clientWidth, node.clientHeight, node.toDataURL?.().length]));
            const still = now === window.__seen ? (window.__still ?? 0) + 1 : 0;
            window.__seen = now;
            window.__still = still;
            return still >= 5;
        }""",
        polling=100,
    )
