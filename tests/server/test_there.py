from __future__ import annotations

import pytest


@pytest.mark.parametrize(("path", "there"), [("a.ipynb", True), ("b.ipynb", False), ("", False)])
def test_whether_a_notebook_is_there(path, there, server, ask):
    (server.root / "a.ipynb").touch()
    assert ask(f"there?path={path}") == (200, {"there": there})


@pytest.mark.parametrize("path", ["../a.ipynb", ".hidden/a.ipynb"])
def test_nobody_may_look_outside_or_at_what_is_hidden(path, ask):
    assert ask(f"there?path={path}")[0] == 404


def test_nobody_may_look_without_the_token(ask):
    assert ask("there?path=a.ipynb", token="wrong")[0] == 403  # noqa: S106
