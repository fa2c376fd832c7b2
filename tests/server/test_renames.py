"""A notebook that is renamed in Jupyter: its runs and its kernel learn of it, from a real server."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import lab
import nbformat
import pytest

from kresume_nb.run.reader import read_header
from kresume_nb.run.writer import lock
from kresume_nb.server import renames

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def folder(server, request):
    """With the notebook `a.ipynb`."""
    made = server.root / request.node.name[:40]
    made.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), made / "a.ipynb")
    return made


def run_in(folder: Path, name: str = "a-001", **fields: Any) -> Path:
    """A run that `a.ipynb` trained."""
    run = folder / "kresume_runs" / name
    shutil.copytree(GOLDEN / "killed", run)
    header = json.loads((run / "run.json").read_text())
    told = {"name": name, "notebook": "a.ipynb", "notebook_path": "../a.ipynb"}
    (run / "run.json").write_text(json.dumps(header | told | fields))
    return run


def path_of(run: Path) -> str | None:
    return read_header(run).notebook_path


def test_its_runs_are_the_renamed_notebooks(server, api, folder):
    own, other = run_in(folder), run_in(folder, "b-001", notebook_path="../b.ipynb")
    (folder / "kresume_runs" / "broken-001").mkdir()
    (folder / "kresume_runs" / "broken-001" / "run.json").write_text("{")
    name = folder.name
    api("PATCH", f"contents/{name}/a.ipynb", {"path": f"{name}/c.ipynb"})
    lab.wait_for(lambda: path_of(own) == "../c.ipynb", 20, lambda: str(path_of(own)))
    assert path_of(other) == "../b.ipynb"
    (folder / "elsewhere").mkdir()
    api("PATCH", f"contents/{name}/c.ipynb", {"path": f"{name}/elsewhere/c.ipynb"})
    lab.wait_for(lambda: path_of(own) == "../elsewhere/c.ipynb", 20, lambda: str(path_of(own)))


def test_its_kernel_knows_it_and_forgets_it_with_its_end(server, api, folder):
    name = folder.name
    session = api(
        "POST",
        "sessions",
        {"path": f"{name}/a.ipynb", "name": "a", "type": "notebook", "kernel": {"name": "python3"}},
    )
    runtime = server.log.parent / "runtime"
    told = runtime / f"kresume-notebook-{session['kernel']['id']}.json"
    api("PATCH", f"contents/{name}/a.ipynb", {"path": f"{name}/c.ipynb"})
    lab.wait_for(told.exists, 20, "the kernel was not told")
    assert json.loads(told.read_text()) == {"notebook": str(folder / "c.ipynb")}
    api("PATCH", f"sessions/{session['id']}", {"path": f"{name}/c.ipynb"})  # as its page does
    api("PATCH", f"contents/{name}", {"path": f"{name} moved"})  # the folder that it lies in
    moved = {"notebook": str(folder.with_name(f"{name} moved") / "c.ipynb")}
    lab.wait_for(lambda: json.loads(told.read_text()) == moved, 20, told.read_text)
    api("DELETE", f"sessions/{session['id']}")
    lab.wait_for(lambda: not told.exists(), 20, "what it was told is still there")


def test_a_run_that_is_trained_in_this_moment_is_told_as_well(tmp_path, monkeypatch):
    run = run_in(tmp_path)
    held = lock(run)
    monkeypatch.setattr(renames, "PATIENCE", 0.01)
    slept: list[float] = []
    monkeypatch.setattr(renames.time, "sleep", slept.append)
    renames.follow(tmp_path / "a.ipynb", tmp_path / "c.ipynb")
    assert path_of(run) == "../c.ipynb"
    assert max(slept) < 1, "the lock was waited for"

    # Its process has just taken it up, and may be writing the same file.
    header = json.loads((run / "run.json").read_text())
    header["writer"]["started"] = time.time()
    (run / "run.json").write_text(json.dumps(header))
    renames.follow(tmp_path / "c.ipynb", tmp_path / "d.ipynb")
    assert path_of(run) == "../d.ipynb"
    assert 4 < max(slept) <= 5
    held.release()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("w/a.ipynb", "w/b.ipynb"),
        ("w/b.ipynb", "w/b.ipynb"),  # the page told its session first
        ("w/a.ipynb.ipynb", None),
        ("a.ipynb", None),
    ],
)
def test_of_a_notebook(path, expected):
    assert renames.followed(path, "w/a.ipynb", "w/b.ipynb") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("w/x/a.ipynb", "v/x/a.ipynb"), ("v/a.ipynb", "v/a.ipynb"), ("ww/a.ipynb", None)],
)
def test_of_a_folder(path, expected):
    assert renames.followed(path, "w", "v") == expected
