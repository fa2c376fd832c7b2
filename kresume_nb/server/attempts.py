"""`kresume/attempts`: a page looks which attempts to resume a run by itself there are, and makes one.

Jupyter's own listing of the folder costs its only thread half a millisecond for each thing in it, and
a stranger's folder may hold any number of things.
"""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.errors import CorruptRecordError
from kresume_nb.run import attempts, codec
from kresume_nb.run.records import Attempt, FoundAttempt, FoundAttempts
from kresume_nb.server.handlers import Handler


class Attempts(Handler):
    """`GET ?folder=…` tells of attempts that no process has taken down in the journal yet.

    `POST {folder, attempt}` → 200 if it is made, 409 if somebody else has made one of that number.
    """

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `FoundAttempts`."""
        known = await asyncio.to_thread(
            attempts.in_folder, self.run(self.get_query_argument("folder"))
        )
        found = [FoundAttempt(attempt=one.attempt, age=one.age or 0.0) for one in known]
        self.answer(FoundAttempts(attempts=found))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Makes the attempt's file, exclusively."""
        body = self.body()
        folder, data = body.get("folder"), body.get("attempt")
        if not isinstance(folder, str) or not isinstance(data, dict):
            raise HTTPError(400, 'Expected {"folder": an address, "attempt": an Attempt}.')
        try:
            attempt = codec.decode(Attempt, data)
        except CorruptRecordError as error:
            raise HTTPError(400, str(error)) from error
        if not 0 < attempt.number < 10**6:
            raise HTTPError(400, f"An attempt's number is from 1 to 999999, not {attempt.number}.")
        made = await asyncio.to_thread(attempts.claim, self.run(folder), attempt)
        if not made:
            raise HTTPError(409, f"Somebody else makes attempt {attempt.number}.")
        self.answer(attempt)
