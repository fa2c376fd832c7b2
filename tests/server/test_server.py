from __future__ import annotations

from kresume_nb.run.records import SCHEMA


def test_the_installed_extension_answers(ask):
    assert ask("about") == (200, {"schema": SCHEMA})


def test_it_answers_nobody_without_the_servers_token(ask):
    status, _ = ask("about", token="another")  # noqa: S106
    assert status == 403
