"""What the server tells a kernel of its notebook's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kresume_nb.run import whereabouts


def test_a_kernel_hears_the_last_that_it_was_told_until_it_is_gone(tmp_path):
    assert whereabouts.told(tmp_path, "k1") is None
    whereabouts.tell(tmp_path, "k1", Path("/home/me/a.ipynb"))
    whereabouts.tell(tmp_path, "k1", Path("/home/me/b ü.ipynb"))
    assert whereabouts.told(tmp_path, "k1") == Path("/home/me/b ü.ipynb")
    assert whereabouts.told(tmp_path, "k2") is None
    whereabouts.forget(tmp_path, "k1")
    whereabouts.forget(tmp_path, "k1")
    assert whereabouts.told(tmp_path, "k1") is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"notebook": 1}', '{"notebook": "b.ipynb"}'])
def test_what_says_nothing_is_nothing(tmp_path, text):
    (tmp_path / "kresume-notebook-k1.json").write_text(text)
    assert whereabouts.told(tmp_path, "k1") is None
