"""The house's rules of who may know whom, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kresume_nb

PACKAGE = Path(kresume_nb.__file__).parent
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts[len(PACKAGE.parts) :]
)
SIDES = ("run", "train", "view", "weights")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def side_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in SIDES else ""


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(prefix: str) -> set[str]:
    def matches(name: str) -> bool:
        return name == prefix or name.startswith(f"{prefix}.")

    return {name_of(path) for path in MODULES if any(map(matches, imported(path)))}


def calls(path: Path) -> Iterator[str]:
    """Each call's dotted name, `os.replace` for example, or `.unlink` for a method of something."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            # str.replace takes two arguments, Path.replace one.
            renames = node.func.attr == "replace" and len(node.args) == 1
            method = "rename" if renames else node.func.attr
            yield f"{owner.id if isinstance(owner, ast.Name) else ''}.{method}"


def sides(names: set[str]) -> set[str]:
    return {name.partition("/")[0] for name in names}


def test_all_modules_are_looked_at():
    assert {"fit", "run/atomic", "train/session", "view/figures"} <= {name_of(p) for p in MODULES}
    assert "fit" in importers("kresume_nb.train")
    assert "os.fsync" in set(calls(PACKAGE / "run" / "atomic.py"))


def test_run_knows_neither_side():
    for side in ("train", "view"):
        assert "run" not in sides(importers(f"kresume_nb.{side}"))


def test_train_and_view_do_not_know_each_other():
    assert "view" not in sides(importers("kresume_nb.train"))
    assert "train" not in sides(importers("kresume_nb.view"))


def test_the_sides_do_not_know_who_composes_them():
    for composer in ("fit", "runs"):
        assert not sides(importers(f"kresume_nb.{composer}")) & set(SIDES)


def test_weights_know_the_run_folder_only_and_hdf5_is_opened_in_two_places():
    assert "weights" not in sides(importers("keras"))
    for other in ("train", "view", "server"):
        assert "weights" not in sides(importers(f"kresume_nb.{other}"))
    assert sides(importers("kresume_nb.weights")) <= {
        "weights",
        "server",
        "answers",
        "comparison",
        "cli",
    }
    assert importers("h5py") == {"train/checkpoint_file", "weights/archive"}


def test_only_the_composition_root_brings_both_sides_together():
    assert {one for one in importers("kresume_nb.train") if "/" not in one} <= {"fit", "__init__"}
    viewers = {one for one in importers("kresume_nb.view") if "/" not in one}
    assert viewers <= {"fit", "runs", "comparison", "__init__"}


def test_the_server_reads_and_is_known_to_nobody_but_the_package():
    assert "server" not in sides(importers("kresume_nb.train"))
    assert sides(importers("kresume_nb.server")) <= {"server"}


def test_view_run_and_server_never_import_keras_or_a_backend():
    for library in ("keras", "tensorflow", "jax", "torch", "h5py"):
        assert not sides(importers(library)) & {"view", "run", "server"}, library


def test_run_needs_the_standard_library_numpy_and_filelock_only():
    allowed = {"kresume_nb", "numpy", "filelock"}
    for path in (PACKAGE / "run").glob("*.py"):
        tops = {name.partition(".")[0] for name in imported(path)}
        foreign = tops - allowed - sys.stdlib_module_names
        assert not foreign, f"{name_of(path)} imports {foreign}"


def test_private_keras_is_used_in_two_modules():
    assert importers("keras.src") == {"train/keras_private", "train/keras_data"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_one_module_fsyncs_renames_and_deletes(path):
    durable = {"fsync", "fdatasync", "replace", "rename", "renames", "unlink", "remove", "rmdir"}
    by_os = {f"{owner}.{name}" for owner in ("os", "shutil") for name in (*durable, "rmtree")}
    by_path = {"unlink", "rename", "rmdir"}
    found = {call for call in calls(path) if call in by_os or call.partition(".")[2] in by_path}
    assert not found or name_of(path) == "run/atomic"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_unpickles_or_evaluates(path):
    names = set(imported(path))
    assert not {
        name for name in names if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill")
    }
    source = ast.parse(path.read_text())
    called = {
        node.func.id
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}
    for node in ast.walk(source):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False
