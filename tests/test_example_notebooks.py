"""The example notebooks do what they say, executed from top to bottom by nobody's hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "example_notebooks"


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Executes an example in a folder of its own; returns what each cell says."""
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")

    def execute(name):
        path = Path(shutil.copy(EXAMPLES / name, tmp_path))
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(
            notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
        ).execute()
        return {
            cell.id: "".join(map(text, cell.outputs))
            for cell in notebook.cells
            if cell.cell_type == "code"
        }

    return execute


def text(output):
    if output.output_type == "stream":
        return output.text
    return output.get("data", {}).get("text/plain", "")


def test_no_example_is_kept_with_its_outputs():
    for path in EXAMPLES.glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert all(not cell.get("outputs") for cell in cells), path.name


def test_what_a_resume_tells(executed):
    said = executed("04_what_a_resume_tells.ipynb")
    assert "told-001 was stopped" in said["interrupted"]
    assert "told-001 goes on after epoch 2, batch" in said["resumed"]
    assert "0.002 in the checkpoint, 0.001 now; yours is used" in said["resumed"]
    assert "changed since (the present value is used):" in said["report"]
    assert "restored exactly:" in said["report"]
    assert "epochs: 4 then, 5 now" in said["changed"]
    assert "units: 64 then, 96 now" in said["refused"]
    assert "batch_size" in said["refused"]
    assert "resume=5 goes on knowingly" in said["refused"]
    assert "not restored exactly" in said["fork"]
    assert "'told-002', Parent(run='told-001'" in said["fork"]
    assert "layer hidden (Dense)" in said["fork-report"]
    assert "Gate  a class, of layer 'gate'" in said["missing"]
    assert said["loaded"].startswith("accuracy 0.")


def test_compare_runs(executed):
    said = executed("03_compare_runs.ipynb")
    assert "exit code -9" in said["kill"]
    assert "rmsprop-001: running or stopped" in said["kill"]
    assert "rmsprop-001: finished at epoch 8 of 8" in said["resume"]
    for name in ("adam-001", "sgd-001", "rmsprop-001", "adam-002"):
        assert name in said["compare"]
    assert "└─ adam-002 (fork after epoch 4)" in said["lineage"]
    told = said["differences"]
    assert "optimizer.learning_rate" in told
    assert "data.batch_size" in told
    assert "hidden" in said["layers"]
    assert "digit" in said["late"]
    assert "stays: best val_loss" in said["prune"]
    assert "checkpoints go" in said["prune"]


def test_when_things_break_out_of_memory_is_survived_by_running_the_cell_again(
    tmp_path, monkeypatch
):
    # The ends that kill the kernel are played in the browser (`browser/test_breaking_notebook.py`).
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    notebook = nbformat.read(EXAMPLES / "02_when_things_break.ipynb", as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    cells["choose-end"].source = 'breaks("memory")'
    cells["train"].metadata["tags"] = ["raises-exception"]
    again = nbformat.v4.new_code_cell(cells["train"].source, id="again")
    notebook.cells.insert(notebook.cells.index(cells["train"]) + 1, again)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (error,) = (one for one in cells["train"].outputs if one.output_type == "error")
    assert error.ename == "MemoryError"
    assert "finished after 30 epochs; 1 resumes" in "".join(map(text, cells["after"].outputs))
