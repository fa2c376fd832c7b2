"""A cell with the tag `kresume-secret` is known by a digest: its source is stored nowhere."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from kresume_nb import notebook, notebook_file
from kresume_nb.notebook import CellLog
from kresume_nb.run.masking import digest
from kresume_nb.run.records import Cell

SOURCE = "answer = 'forty-two'"


class Shell:
    """An IPython shell in a kernel, as far as is asked of it."""

    def __init__(self):
        self.sent = {}
        self.events = SimpleNamespace(callbacks={})
        self.user_ns = {}
        self.kernel = SimpleNamespace(get_parent=lambda _: self.sent, parent=None)

    def executes(self, source, cell, *tags):
        self.sent = {
            "header": {"msg_id": cell},
            "content": {"code": source},
            "metadata": {"cellId": cell, "tags": list(tags)},
        }


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    monkeypatch.setattr(notebook, "_shell", lambda: made)
    return made


@pytest.fixture
def log(shell):
    made = CellLog([])
    shell.events.callbacks["post_run_cell"] = [made.post_run_cell]
    return made


def ran(log, source, cell):
    info = SimpleNamespace(store_history=True, raw_cell=source, cell_id=cell)
    log.post_run_cell(SimpleNamespace(info=info, success=True))


def test_a_cell_that_failed_before_anybody_listened_is_not_remembered(shell):
    """What ran before kresume_nb was imported is told by IPython's history, failures included."""
    shell.events = SimpleNamespace(callbacks={}, register=lambda _, it: kept.append(it))
    kept = []
    shell.history_manager = SimpleNamespace(
        input_hist_raw=["", "x = 1", "y = token_('abc')", "y = 2", "import kresume_nb"],
        exceptions={2: {"ename": "NameError"}},
    )
    notebook.listen()
    [log] = [one.__self__ for one in kept]
    assert [one.source for one in log.setup(Cell(id="z", source="fit"))] == ["x = 1", "y = 2"]


def test_what_the_page_tells_of_a_cell_counts(shell, log):
    shell.executes(SOURCE, "a", "kresume-secret")
    ran(log, SOURCE, "a")
    shell.executes("x = 1", "b", "other")
    ran(log, "x = 1", "b")
    shell.executes("kr.fit()", "c", "kresume-secret")
    found = notebook.context()
    assert found.cell == Cell(id="c", source=digest("kr.fit()"))
    assert found.setup == [Cell(id="a", source=digest(SOURCE)), Cell(id="b", source="x = 1")]


def test_what_the_saved_notebook_tells_counts_where_the_page_tells_nothing(
    shell, log, tmp_path, monkeypatch
):
    path = tmp_path / "net.ipynb"
    cells = [
        {
            "cell_type": "code",
            "id": "a",
            "source": [SOURCE],
            "metadata": {"tags": ["kresume-secret"]},
        },
        {"cell_type": "code", "id": "b", "source": "x = 1", "metadata": {}},
        {"cell_type": "markdown", "source": "x", "metadata": {"tags": ["kresume-secret"]}},
    ]
    path.write_text(json.dumps({"cells": cells}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    ran(log, SOURCE, None)
    ran(log, "x = 1", None)
    shell.executes("kr.fit()", "c")
    assert [one.source for one in notebook.context().setup] == [digest(SOURCE), "x = 1"]


@pytest.mark.parametrize("cell", ["c", None])
def test_the_training_cell_too_is_known_by_the_tag_that_was_saved(
    cell, shell, log, tmp_path, monkeypatch
):
    path = tmp_path / "net.ipynb"
    training = {"cell_type": "code", "source": SOURCE, "metadata": {"tags": ["kresume-secret"]}}
    path.write_text(json.dumps({"cells": [training]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    shell.executes(SOURCE, cell)
    ran(log, SOURCE, cell)
    found = notebook.context()
    assert found.cell is not None
    assert found.cell.source == digest(SOURCE)
    assert found.setup == []


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"cells": 7}', '{"cells": [{"cell_type": "code", "source": "x", "metadata": 7}]}'],
)
def test_a_file_that_is_no_notebook_has_no_secret_cells(content, tmp_path):
    (tmp_path / "net.ipynb").write_text(content)
    assert notebook_file.read(tmp_path / "net.ipynb", "kresume-secret").secret == ()
    assert notebook_file.read(None, "kresume-secret").secret == ()
