from __future__ import annotations

import os
import signal
import threading

import pytest

from kresume_nb.train.loop.termination import Termination


@pytest.fixture(autouse=True)
def handler():
    """A handler of the user's, so that no test ends the process."""
    told = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.append((number, frame)))
    yield told
    signal.signal(signal.SIGTERM, before)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_is_remembered_and_handed_on_when_it_is_carried_out(handler, capfd):
    with Termination() as termination:
        assert not termination.requested
        terminate()
        assert (termination.requested, handler) == (True, [])
        termination.carry_out()
        ((number, frame),) = handler
        assert (number, termination.requested) == (signal.SIGTERM, False)
        assert frame is not None
    assert "SIGTERM" in capfd.readouterr().err


def test_carrying_out_what_was_not_asked_for_does_nothing(handler):
    with Termination() as termination:
        termination.carry_out()
    assert handler == []


def test_a_second_one_acts_at_once(handler):
    with Termination():
        terminate()
        terminate()
        assert len(handler) == 1


def test_after_a_handler_that_returned_the_next_one_is_remembered_again(handler):
    with Termination() as termination:
        for count in (1, 2, 3):
            terminate()
            assert termination.requested
            termination.carry_out()
            assert len(handler) == count


def test_what_stood_there_is_put_back(handler):
    before = signal.getsignal(signal.SIGTERM)
    for sent in (False, True):
        with Termination():
            assert signal.getsignal(signal.SIGTERM) != before
            if sent:
                terminate()
        assert signal.getsignal(signal.SIGTERM) == before


def test_a_handler_that_was_set_meanwhile_is_left(handler):
    def mine(*_):
        pass

    with Termination():
        signal.signal(signal.SIGTERM, mine)
    assert signal.getsignal(signal.SIGTERM) == mine


def test_where_it_is_ignored_it_stays_ignored():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with Termination() as termination:
        terminate()
        assert not termination.requested
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


def test_in_another_thread_it_does_nothing(handler):
    before = signal.getsignal(signal.SIGTERM)
    found = []

    def train():
        with Termination() as termination:
            found.append((signal.getsignal(signal.SIGTERM), termination.chained))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == [(before, False)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_worker_that_is_forked_meanwhile_ends_by_it():
    """As a data loader's: its parent ends it by SIGTERM, and waits."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Termination() as termination:
        pid = os.fork()
        if pid == 0:
            terminate()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
        assert not termination.requested
