"""`GET kresume/there`: whether there is a notebook at an address.

Whose run it is depends on that, for notebooks that were renamed or copied. Asked of Jupyter's own
routes, the answer "no" would stand as an error in the browser's console.
"""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.run.records import There
from kresume_nb.server.handlers import Handler


class ThereRoute(Handler):
    """`?path=notebook.ipynb`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `There`; 404 where nobody may look."""
        place = self.place(self.get_query_argument("path"))
        self.answer(There(there=await asyncio.to_thread(place.is_file)))
