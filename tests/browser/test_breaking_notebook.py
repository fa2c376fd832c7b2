"""The example notebook that breaks: a reader's hand, its four ends, and the clicks that it asks for."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import lab
import pytest

import kresume_nb as kr

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "example_notebooks" / "02_when_things_break.ipynb"


ENDED = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets;
    const { model } = cells.find(one => one.model.sharedModel.getId() === 'train');
    return model.executionState !== 'running' && model.executionCount !== null
        && model.outputs.toJSON().some(output => output.output_type === 'error');
}"""


def put_end(server: lab.Lab, end: str) -> None:
    """As a reader who edits the cell that chooses the end."""
    path = server.root / EXAMPLE.name
    notebook = json.loads(path.read_text())
    (cell,) = (one for one in notebook["cells"] if one["id"] == "choose-end")
    cell["source"] = f'breaks("{end}")'
    path.write_text(json.dumps(notebook))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("kill", r"\(SIGKILL\)"),
        ("segfault", r"invalid memory access \(SIGSEGV\)"),
        ("exit", r"exit status 3"),
    ],
)
def test_it_breaks_as_it_says_and_goes_on_by_one_click(
    end: str, said: str, server: lab.Lab, page: Any
) -> None:
    shutil.copy(EXAMPLE, server.root)
    put_end(server, end)
    opened = lab.Notebook(page, server, EXAMPLE.name)
    opened.open()
    opened.run_all()
    opened.close_restart_dialog()
    banner = opened.banner()
    banner.filter(has_text=re.compile(said)).wait_for()
    assert re.search(r"left out, as they are tagged kresume-skip: ", banner.inner_text())
    banner.locator(".kr-Banner-resume").click()
    opened.wait_for_panel("d.run === 'breaks-001' && d.status === 'finished'")
    run = kr.load_run(server.root / "kresume_runs" / "breaks-001")
    assert len(run.fold.resumes) == 1
    assert run.fold.resumes[0].step >= 50
    assert len(run.history["loss"]) == 30


def test_out_of_memory_it_fails_and_the_training_cell_goes_on(server: lab.Lab, page: Any) -> None:
    shutil.copy(EXAMPLE, server.root)
    put_end(server, "memory")
    opened = lab.Notebook(page, server, EXAMPLE.name)
    opened.open()
    opened.run_all()
    opened.wait_for_panel("d.run === 'breaks-001' && d.status === 'failed'")
    # The journal says so while the cell still ends; what is run before it has ended is aborted.
    page.wait_for_function(ENDED)
    page.wait_for_function(lab.Notebook._READY)
    page.evaluate(
        """() => {
            const { commands, shell } = window.jupyterapp;
            const notebook = shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.findIndex(
                one => one.model.sharedModel.getId() === 'train');
            void commands.execute('notebook:run-cell');
        }"""
    )
    opened.wait_for_panel("d.run === 'breaks-001' && d.status === 'finished'")
    run = kr.load_run(server.root / "kresume_runs" / "breaks-001")
    assert len(run.fold.resumes) == 1
    assert len(run.history["loss"]) == 30
