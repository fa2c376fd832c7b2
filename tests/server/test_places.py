from __future__ import annotations

import pytest

from kresume_nb.server.places import OutsideRootError, os_path


def test_an_address_below_the_root_is_a_folder_on_disk(tmp_path):
    assert os_path("/sub/kresume_runs/", tmp_path) == tmp_path / "sub" / "kresume_runs"
    assert os_path("", tmp_path) == tmp_path


@pytest.mark.parametrize("path", ["..", "a/../../b", "a\\..\\b", "a\0b"])
def test_no_address_leads_out_of_the_root(path, tmp_path):
    with pytest.raises(OutsideRootError, match="not a path below"):
        os_path(path, tmp_path)


def test_nor_does_a_link(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "away").symlink_to(tmp_path)
    with pytest.raises(OutsideRootError, match="leads out"):
        os_path("away", root)


def test_hidden_folders_are_served_only_where_the_server_shows_them(tmp_path):
    with pytest.raises(OutsideRootError, match="hidden"):
        os_path("a/.git", tmp_path)
    assert os_path("a/.git", tmp_path, hidden=True) == tmp_path / "a" / ".git"
