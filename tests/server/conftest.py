"""A real Jupyter Server with the extension, and no page."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import lab


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Lab]:
    with lab.Lab(tmp_path_factory.mktemp("root")) as started:
        yield started


@pytest.fixture
def ask(server: lab.Lab) -> Callable[..., tuple[int, Any]]:
    """Sends a request to a route of ours; returns the status and the answer."""

    def request(
        route: str, *, method: str = "GET", body: Any = None, token: str = lab.TOKEN
    ) -> tuple[int, Any]:
        made = urllib.request.Request(  # noqa: S310  # of the server above
            f"{server.url}/kresume/{route}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {token}"},
        )
        try:
            with urllib.request.urlopen(made, timeout=30) as response:  # noqa: S310
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    return request


@pytest.fixture
def api(server: lab.Lab) -> Callable[..., Any]:
    """Sends a request to Jupyter's own routes; returns the answer."""

    def request(method: str, path: str, body: Any = None) -> Any:
        made = urllib.request.Request(  # noqa: S310  # of the server above
            f"{server.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {lab.TOKEN}"},
        )
        with urllib.request.urlopen(made, timeout=60) as response:  # noqa: S310
            return json.loads(response.read() or b"null")

    return request
