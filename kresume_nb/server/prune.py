"""`POST kresume/prune`: which checkpoints of a run a rule lets go, and their deletion."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.server.handlers import Handler


class Prune(Handler):
    """Takes `{"folder": address, "keep_last": 1, "carry_out": false}`; false only looks."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answers with the files that go, or went, and their bytes."""
        body = self.body()
        address, keep = body.get("folder"), body.get("keep_last", 1)
        if not isinstance(address, str) or type(keep) is not int:
            raise HTTPError(400, 'Expected {"folder": "kresume_runs/mnist-001", "keep_last": 1}.')
        run, carry_out = str(self.folder(address)), body.get("carry_out") is True
        self.send_text(
            await self.ask(
                "records",
                lambda worker: worker.ask("prune", run=run, keep_last=keep, carry_out=carry_out),
            )
        )
