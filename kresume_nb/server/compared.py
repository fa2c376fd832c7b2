"""`GET kresume/compared`: a run as a comparison shows it, in one answer and no larger than it need be."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from kresume_nb.errors import WorkerError
from kresume_nb.run.records import Compared
from kresume_nb.server.handlers import Handler


class ComparedRoute(Handler):
    """`?run=RUN`: its header, how it stands and its metrics, thinned if it is long."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answers with `Compared`."""
        name = self.get_query_argument("run").strip("/")
        folder = self.folder(name)
        try:
            text = await self.ask(
                "records", lambda worker: worker.ask_bytes("compared", run=str(folder), key=name)
            )
        except WorkerError as error:
            problem = f"{folder.name}: {error}"
            self.answer(Compared(key=name, header=None, summary=None, history={}, problem=problem))
            return
        await self.send_long(text)
