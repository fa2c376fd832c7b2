from __future__ import annotations

import sys
import types

import pytest

from kresume_nb import notebook
from kresume_nb.run.reader import read_journal
from kresume_nb.view.marimo import MarimoDisplay
from kresume_nb.view.widget import TrainingWidget


@pytest.fixture
def shown(monkeypatch):
    """What is put into a cell's output, by the two functions of marimo's that are used."""
    marimo = types.ModuleType("marimo")
    appended = []
    marimo.running_in_notebook = lambda: True
    marimo.output = types.SimpleNamespace(append=appended.append)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    return appended


def test_a_cell_shows_the_widget_which_stays(golden, shown):
    display = MarimoDisplay(golden / "finished", lambda _: False)
    display.show()
    display.finish(read_journal(golden / "finished").fold)
    (widget,) = shown
    assert isinstance(widget, TrainingWidget)
    assert widget.name == "finished"


def test_a_notebook_of_marimo_is_known_and_a_mere_import_of_it_is_none(shown, monkeypatch):
    assert notebook.context().marimo
    monkeypatch.setattr(sys.modules["marimo"], "running_in_notebook", lambda: False)
    assert not notebook.context().marimo
