"""What `jupyter_server_config.py` sets, seen from a kernel that a real server starts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from kresume_nb import server
from kresume_nb.run import sources


async def seen_by_a_kernel(app: ServerApp) -> str:
    """What a kernel of that server finds in its environment."""
    name = await app.kernel_manager.start_kernel()
    client = app.kernel_manager.get_kernel(name).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        asked = f"import os; said = os.environ.get({sources.VARIABLE!r})"
        answer = await client.execute_interactive(
            asked, user_expressions={"said": "said"}, timeout=60
        )
        return answer["content"]["user_expressions"]["said"]["data"]["text/plain"]
    finally:
        client.stop_channels()
        await app.kernel_manager.shutdown_kernel(name, now=True)


@pytest.mark.parametrize(("keep", "said"), [(False, "'0'"), (True, "None")])
def test_no_kernel_of_the_server_stores_sources_if_the_setting_says_so(
    keep, said, tmp_path, monkeypatch
):
    for place in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(place, str(tmp_path / place))
    monkeypatch.setattr(ServerApp, "init_signal", lambda _: None)  # Ctrl-C stays pytest's
    # Both undo what the server sets.
    monkeypatch.setenv(sources.VARIABLE, "1")
    monkeypatch.delenv(sources.VARIABLE)
    app = ServerApp(
        config=Config(KResume={"keep_sources": keep}, IdentityProvider={"token": ""}),
        root_dir=str(tmp_path),
        allow_root=True,
    )
    app.initialize(argv=[], find_extensions=False, new_httpserver=False)
    server.load(app)
    with ThreadPoolExecutor(1) as thread:  # in this one the browser's loop may be running
        assert thread.submit(asyncio.run, seen_by_a_kernel(app)).result() == said
