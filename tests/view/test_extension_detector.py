from __future__ import annotations

import os
import threading

import pytest

from kresume_nb.run import layout
from kresume_nb.view import extension_detector
from kresume_nb.view.extension_detector import ExtensionDetector


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(extension_detector, "INTERVAL", 0.005)


def looks(run, condition):
    """Whether `seen` is called for widget `abc` after what `condition` does; then none is any more."""
    seen = threading.Event()
    watching = ExtensionDetector(run, "abc", seen.set)
    watching.start()
    condition()
    found = seen.wait(0.2)
    watching.stop()
    return found


def test_it_calls_once_the_widget_is_named(tmp_path):
    assert looks(tmp_path, lambda: (tmp_path / layout.SEEN).write_text("abc"))


@pytest.mark.parametrize("text", ["", "ab", "abcd", "abc" * 1000, "another"])
def test_half_a_name_or_another_s_says_nothing(text, tmp_path):
    assert not looks(tmp_path, lambda: (tmp_path / layout.SEEN).write_text(text))


def test_what_is_no_file_and_a_folder_that_is_gone_say_nothing(tmp_path):
    assert not looks(tmp_path / "gone", lambda: None)
    os.mkfifo(tmp_path / layout.SEEN)  # to open it would wait for who writes into it
    assert not looks(tmp_path, lambda: None)


def test_stopped_it_looks_no_more(tmp_path):
    seen = threading.Event()
    watching = ExtensionDetector(tmp_path, "abc", seen.set)
    watching.start()
    watching.stop()
    (tmp_path / layout.SEEN).write_text("abc")
    assert not seen.wait(0.05)
