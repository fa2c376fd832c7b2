"""The side panel of runs over a folder of runs that were written without training."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lab
import staged
from stories import Story


class Listed:
    """A folder with a notebook and runs beside it, and the side panel that shows them."""

    def __init__(self, server: lab.Lab, page: Any, name: str) -> None:
        self.server, self.page, self.name = server, page, name
        self.folder = server.root / name
        self.runs = self.folder / "kresume_runs"
        self.errors: list[str] = []
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))

    def write(self, *stories: Story) -> None:
        for story in stories:
            staged.written(self.runs, story)

    def open(self, query: str = "&reset") -> None:
        """The notebook and the side panel."""
        staged.notebook(self.folder / "train.ipynb")
        self.page.goto(
            f"{self.server.url}/lab/tree/{self.name}/train.ipynb?token={lab.TOKEN}{query}"
        )
        self.page.locator(".jp-Notebook").wait_for()
        self.execute("kresume:show-runs")

    def execute(self, command: str, **arguments: Any) -> None:
        """A command, to its end."""
        lab.finish(self.page, command, arguments)

    def begin(self, command: str) -> None:
        """A command that asks something."""
        self.page.evaluate("id => void window.jupyterapp.commands.execute(id)", command)

    @property
    def rows(self) -> Any:
        """Of the runs beside the notebook."""
        return self.page.get_by_role("listbox", name="Beside the notebook").get_by_role("option")

    def row(self, run: str) -> Any:
        return self.page.locator(f".kr-Run[data-folder='{self.name}/kresume_runs/{run}']")

    def names(self) -> list[str]:
        """As they stand from top to bottom."""
        return self.rows.evaluate_all(
            "all => all.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
            ".map(one => one.dataset.run)"
        )

    def marks(self, run: str) -> dict[str, Any]:
        return dict(json.loads((self.runs / run / "marks.json").read_text()))

    def remove(self) -> None:
        """The folder, though the server may be writing there still."""

        def gone() -> bool:
            shutil.rmtree(self.folder, ignore_errors=True)
            return not self.folder.exists()

        lab.wait_for(gone, 30, f"{self.folder} is written again and again")

    def accept(self, label: str) -> None:
        """A dialog; another may follow it at once."""
        button = self.page.locator(".jp-Dialog").get_by_role("button", name=label, exact=True)
        button.click()
        button.wait_for(state="detached")


@contextmanager
def in_a_folder(server: lab.Lab, page: Any, test: str) -> Iterator[Listed]:
    """One for a test, in a folder of the server's that is the test's own, and gone after it."""
    made = Listed(server, page, test.removeprefix("test_").partition("[")[0][:40])
    made.folder.mkdir()
    yield made
    assert made.errors == []
    made.remove()


def finished(base: str, **changes: Any) -> Story:
    return Story(**({"base": base, "epochs": 2, "batches": 20} | changes))
