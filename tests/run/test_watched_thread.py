"""A thread that ends is told apart from one that has done its work."""

from __future__ import annotations

import threading

import pytest

from kresume_nb.run.watched_thread import WatchedThread


@pytest.fixture
def told():
    return []


@pytest.fixture
def watched(told):
    """Makes a watched thread."""

    def make(work):
        return WatchedThread(
            work, name="w", what="the thread", without="Nothing.", tell=told.append
        )

    return make


def test_a_thread_that_does_the_last_of_its_work_while_it_is_checked_has_not_ended_by_an_error(
    watched, told
):
    go_on = threading.Event()
    one = watched(go_on.wait)
    thread = one._thread

    class EndsNow:
        """The thread, which ends between two questions."""

        def is_alive(self):
            go_on.set()
            thread.join()
            return thread.is_alive()

    one._thread = EndsNow()
    assert one.check()
    assert told == []


def test_a_thread_that_ended_by_an_error_is_restarted_once(watched, told):
    def work():
        raise MemoryError("no room")

    one = watched(work)
    one.join()
    assert not one.check()
    assert told == [
        "the thread ended by MemoryError: no room. It was restarted.",
        "the thread ended by MemoryError: no room. Nothing.",
    ]
