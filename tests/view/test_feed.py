from __future__ import annotations

import os
import shutil
import threading
import time

import pytest

from kresume_nb.view import feed
from kresume_nb.view.feed import Feed, JournalLines


def write(run, *lines, end="\n"):
    with (run / "journal.jsonl").open("a") as file:
        file.write("\n".join(lines) + end)


class Page:
    """What a widget was sent."""

    def __init__(self):
        self.pieces = []
        self.changed = threading.Condition()

    def take(self, piece):
        with self.changed:
            self.pieces.append(piece)
            self.changed.notify_all()

    @property
    def lines(self):
        return [line for piece in self.pieces for line in piece.lines]

    def wait_for(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.lines) >= count, 60), self.lines


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(feed, "INTERVAL", 0.001)
    monkeypatch.setattr(feed, "_CATCH_UP", 0.0)
    return Page()


def test_only_whole_lines_are_read_and_each_once(tmp_path):
    journal = JournalLines(tmp_path)
    assert journal.next() == []
    write(tmp_path, "a", "b", "to", end="")
    assert journal.next() == ["a", "b"]
    assert journal.next() == []
    write(tmp_path, "rn", "", "c")
    assert journal.next() == ["torn", "", "c"]
    assert journal.number == 5


def test_what_is_no_text_does_not_stop_it(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(b"\xff\r{\nb\n")
    assert JournalLines(tmp_path).next() == ["\ufffd\r{", "b"]


def test_a_long_journal_comes_in_pieces_and_a_long_line_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(feed, "_PIECE", 100)
    lines = [f"{number:09}" for number in range(50)] + ["x" * 1000, "end"]
    write(tmp_path, *lines)
    journal, pieces = JournalLines(tmp_path), []
    while piece := journal.next():
        pieces.append(piece)
    assert [line for piece in pieces for line in piece] == lines
    assert len(pieces[0]) == 10


@pytest.mark.parametrize("number", [-1, 0, 1, 37, 49, 50, 99])
def test_it_goes_back_to_any_line(number, tmp_path, monkeypatch):
    monkeypatch.setattr(feed, "_PIECE", 100)
    lines = [f"{one:09}" for one in range(50)]
    write(tmp_path, *lines)
    journal = JournalLines(tmp_path)
    while journal.next():
        pass
    journal.rewind(number)
    wanted = lines[max(number, 0) :]
    assert journal.number == len(lines) - len(wanted)
    assert journal.next() == wanted[:10]


def test_a_feed_passes_on_what_is_there_and_what_comes(page, tmp_path):
    write(tmp_path, "a", "b")
    followed = Feed(tmp_path, page.take)
    followed.follow()
    page.wait_for(2)
    write(tmp_path, "c")
    page.wait_for(3)
    write(tmp_path, "d")
    followed.finish()
    assert page.lines == ["a", "b", "c", "d"]
    firsts = [piece.first for piece in page.pieces if piece.lines]
    assert firsts[0] == 0
    assert firsts[-1] == 3
    assert threading.active_count() == 1 or "kresume-widget" not in {
        one.name for one in threading.enumerate()
    }


def test_asked_again_it_passes_on_again_even_when_the_run_has_ended(page, tmp_path):
    write(tmp_path, "a", "b", "c")
    followed = Feed(tmp_path, page.take)
    followed.follow()
    page.wait_for(3)
    followed.finish()
    followed.reopen(1)
    page.wait_for(5)
    followed.finish()
    assert page.lines == ["a", "b", "c", "b", "c"]


def test_a_run_without_a_beating_heart_is_told_to_be_dead(page, tmp_path):
    write(tmp_path, "a")
    (tmp_path / "heartbeat").touch()
    for age, alive in ((0, True), (60, False)):
        os.utime(tmp_path / "heartbeat", (time.time() - age,) * 2)
        one = Feed(tmp_path, page.take)
        one.follow()
        one.finish()
        assert page.pieces[-1].alive is alive


def test_a_folder_that_goes_away_is_no_error(page, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    write(run, "a")
    followed = Feed(run, page.take)
    followed.follow()
    page.wait_for(1)
    shutil.rmtree(run)
    followed.finish()
    assert page.lines == ["a"]
    assert page.pieces[-1].alive is False or len(page.pieces) == 1
