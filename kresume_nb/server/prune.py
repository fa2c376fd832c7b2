"""`POST kresume/prune`: which checkpoints of a run a rule lets go, and their deletion."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from kresume_nb.run import pruning
from kresume_nb.run.retention import Rule
from kresume_nb.server.handlers import Handler


class Prune(Handler):
    """Takes `{"folder": address, "keep_last": 1, "carry_out": false}`; false only looks."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answers with the files that go, or went, and their bytes."""
        body = self.get_json_body()
        address = body.get("folder") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(address, str):
            raise HTTPError(400, 'Expected {"folder": "kresume_runs/mnist-001"}.')
        rule = Rule(keep_last=body.get("keep_last", 1))
        act = pruning.prune if body.get("carry_out") is True else pruning.plan
        plan = await asyncio.to_thread(act, self.folder(address), rule)
        files = [one.checkpoint.file for one in plan.going]
        self.answer({"files": files, "bytes": plan.bytes})
