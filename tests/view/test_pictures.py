from __future__ import annotations

import shutil
import threading

import pytest

from kresume_nb.view import pictures
from kresume_nb.view.pictures import Pictures


class Shown:
    """What was shown, and waiting for it."""

    def __init__(self):
        self.all = []
        self.changed = threading.Condition()

    def take(self, fold, picture):
        with self.changed:
            self.all.append((fold, picture))
            self.changed.notify_all()

    def wait_for(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.all) >= count, 60)


@pytest.fixture
def run(golden, tmp_path):
    return shutil.copytree(golden / "killed", tmp_path / "a-001")


def test_a_run_that_trains_has_a_picture_that_is_drawn_again_until_it_is_stopped(run, monkeypatch):
    monkeypatch.setattr(pictures, "_SHARE", 0)
    shown = Shown()
    drawn = Pictures(run, shown.take, first=0.0, least=0.0)
    drawn.start()
    shown.wait_for(2)
    drawn.stop()
    assert all(picture.startswith(b"\x89PNG") for _, picture in shown.all)
    assert {fold.position.step for fold, _ in shown.all} == {6}
    assert "kresume-picture" not in {one.name for one in threading.enumerate()}


def test_the_first_one_has_time(run):
    shown = Shown()
    drawn = Pictures(run, shown.take)
    drawn.start()
    drawn.stop()
    assert shown.all == []


def test_a_run_without_steps_or_without_folder_has_none_until_it_has(run, monkeypatch):
    monkeypatch.setattr(pictures, "_SHARE", 0)
    looked = threading.Event()
    read = pictures.read_journal

    def look(path):
        fold = read(path).fold
        if fold.position.step == 0:
            looked.set()
        return read(path)

    monkeypatch.setattr(pictures, "read_journal", look)
    away = run.rename(run.with_name("away"))
    shown = Shown()
    drawn = Pictures(run, shown.take, first=0.0, least=0.01)
    drawn.start()
    assert looked.wait(60)
    assert shown.all == []
    away.rename(run)
    shown.wait_for(1)
    drawn.stop()


def test_what_cannot_be_drawn_is_told_and_tried_again(run, monkeypatch):
    monkeypatch.setattr(pictures, "_SHARE", 0)
    told = threading.Event()
    monkeypatch.setattr(pictures.warnings, "warn", lambda *_, **__: told.set())
    figure = pictures.figures.figure

    def draw(fold, name):
        if not told.is_set():
            raise OSError(28, "No space left on device")
        return figure(fold, name)

    monkeypatch.setattr(pictures.figures, "figure", draw)
    shown = Shown()
    drawn = Pictures(run, shown.take, first=0.0, least=0.01)
    drawn.start()
    shown.wait_for(1)
    drawn.stop()
    assert told.is_set()
