"""At most one request of a kind is at work, and none for a page that is gone."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tornado.web import HTTPError

from kresume_nb.server.handlers import Handler
from kresume_nb.worker.process import Worker


class Asked(Handler):
    """A request without a connection."""

    settings = None

    def __init__(self, settings):
        self.settings = settings


class Killed(Worker):
    """Is at work until it is killed."""

    def __init__(self):
        super().__init__()
        self.killed = threading.Event()

    def kill(self):
        self.killed.set()


def test_at_most_one_request_of_each_kind_is_at_work():
    at_work, most = [], []

    def work(kind):
        at_work.append(kind)
        most.append(sorted(at_work))
        barrier.wait(30)  # one of each kind is at work at once
        at_work.remove(kind)

    async def all_of_them():
        settings = {}
        kinds = ["records", "checkpoints"] * 3
        await asyncio.gather(
            *(Asked(settings).ask(kind, lambda _, kind=kind: work(kind)) for kind in kinds)
        )

    barrier = threading.Barrier(2)
    asyncio.run(all_of_them())
    assert len(most) == 6
    assert ["checkpoints", "records"] in most
    assert all(len(set(one)) == len(one) for one in most)


def test_a_page_that_goes_away_ends_the_work_and_what_waits_is_not_begun():
    worker, begun = Killed(), []

    def work(_):
        begun.append("first")
        assert worker.killed.wait(30)
        return "ended"

    async def story():
        settings = {"kresume_workers": {"records": (asyncio.Lock(), worker)}}
        first, second = Asked(settings), Asked(settings)
        at_work = asyncio.ensure_future(first.ask("records", work))
        waiting = asyncio.ensure_future(second.ask("records", lambda _: begun.append("second")))
        while not begun:
            await asyncio.sleep(0)
        second.on_connection_close()
        assert not worker.killed.is_set()  # it works for another page
        first.on_connection_close()
        assert await at_work == "ended"
        with pytest.raises(HTTPError, match="gone"):
            await waiting

    asyncio.run(story())
    assert begun == ["first"]
