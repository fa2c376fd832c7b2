from __future__ import annotations

from pathlib import Path

import pytest

from kresume_nb.run.search import Bounds, find_runs


@pytest.fixture
def tree(tmp_path):
    def add(*paths):
        for path in paths:
            (tmp_path / path).mkdir(parents=True)
            (tmp_path / path / "run.json").touch()
        return tmp_path

    return add


def names(found, root):
    return [Path(one).relative_to(root).as_posix() for one in found.runs]


def test_runs_are_found_at_any_depth_the_nearest_first(tree):
    root = tree("a/b/kresume_runs/deep-001", "kresume_runs/near-002", "own folder/other-001")
    found = find_runs(root)
    near = ["kresume_runs/near-002", "own folder/other-001"]
    assert names(found, root) == [*near, "a/b/kresume_runs/deep-001"]
    assert found.complete


def test_a_folder_that_is_no_run_is_looked_through(tree):
    root = tree("data-2024/kresume_runs/a-001", "unnumbered")
    assert names(find_runs(root), root) == ["data-2024/kresume_runs/a-001"]


@pytest.mark.parametrize(
    "place", [".hidden", "node_modules", "x/site-packages", "__pycache__", "venv"]
)
def test_where_no_runs_are_kept_none_are_looked_for(place, tree):
    assert find_runs(tree(f"{place}/a-001")).runs == []


def test_a_virtual_environment_of_any_name_is_passed_over(tree):
    root = tree("my env/lib/a-001")
    (root / "my env" / "pyvenv.cfg").touch()
    assert find_runs(root).runs == []


def test_links_are_not_followed_and_nothing_is_looked_for_within_a_run(tree):
    root = tree("kresume_runs/a-001", "kresume_runs/a-001/checkpoints/b-001")
    (root / "again").symlink_to(root)
    assert names(find_runs(root), root) == ["kresume_runs/a-001"]


@pytest.mark.parametrize(
    "bounds", [Bounds(depth=1), Bounds(folders=2), Bounds(runs=1), Bounds(seconds=-1)]
)
def test_a_search_that_ends_at_a_bound_says_so(bounds, tree):
    root = tree("kresume_runs/a-001", "kresume_runs/a-002", "x/y/b-001")
    found = find_runs(root, bounds)
    assert not found.complete
    assert len(found.runs) < 3


def test_a_folder_that_is_not_there_has_no_runs(tmp_path):
    assert find_runs(tmp_path / "gone").runs == []
