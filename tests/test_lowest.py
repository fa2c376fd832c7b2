from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("lowest", Path(__file__).with_name("lowest.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

PROJECT = {
    "dependencies": ["numpy>=1.26", "jupyterlab>=4.2,<5", "pillow>=9.1"],
    "optional-dependencies": {"jax": ["jax>=0.4.34"], "test": ["own[jax]", "ruff~=0.17.0"]},
}


def test_each_dependency_has_its_lowest_version():
    assert module.lowest(PROJECT) == ["numpy==1.26", "jupyterlab==4.2", "pillow==9.1"]


def test_optional_dependencies_are_named():
    assert module.lowest(PROJECT, ["jax", "ruff"])[3:] == ["jax==0.4.34", "ruff==0.17.0"]


def test_what_is_declared_without_a_lowest_version_is_an_error():
    with pytest.raises(KeyError, match="numpy"):
        module.lowest({"dependencies": ["numpy<3"]})
