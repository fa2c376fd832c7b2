"""The house's rules of who may know whom, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import kresume_nb

PACKAGE = Path(kresume_nb.__file__).parent
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts[len(PACKAGE.parts) :]
)
SIDES = ("run", "train", "view", "weights", "worker")


@cache
def parsed(path: Path) -> ast.Module:
    """Once each: of these there are hundreds of tests."""
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def side_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in SIDES else ""


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything that a module imports, wherever in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dotted(path: Path) -> str:
    return ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts))


def imported_modules(path: Path) -> Iterator[str]:
    """Dotted names of the modules that a module needs when it is loaded: what is imported at its top."""
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield f"{node.module}"


def importers(prefix: str) -> set[str]:
    def matches(name: str) -> bool:
        return name == prefix or name.startswith(f"{prefix}.")

    return {name_of(path) for path in MODULES if any(map(matches, imported(path)))}


def calls(path: Path) -> Iterator[str]:
    """Each call's dotted name, `os.replace` for example, or `.unlink` for a method of something."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            # str.replace takes two arguments, Path.replace one.
            renames = node.func.attr == "replace" and len(node.args) == 1
            method = "rename" if renames else node.func.attr
            yield f"{owner.id if isinstance(owner, ast.Name) else ''}.{method}"


def sides(names: set[str]) -> set[str]:
    return {name.partition("/")[0] for name in names}


def test_all_modules_are_looked_at():
    assert {"_fit", "run/atomic", "train/loop/callback_list", "view/figures"} <= {
        name_of(p) for p in MODULES
    }
    assert "_fit" in importers("kresume_nb.train")
    assert "os.fsync" in set(calls(PACKAGE / "run" / "atomic.py"))
    assert "os.unlink" in set(calls(PACKAGE / "run" / "files.py"))


def test_run_knows_neither_side():
    for side in ("train", "view"):
        assert "run" not in sides(importers(f"kresume_nb.{side}"))


WINGS = ("keras_compat", "state", "sources", "checkpoint", "resume", "loop")
"""Of `train`, from the ground up: each knows only those before it; `checkpoint` and `sources` not each other."""


def wing_of(path: Path) -> str:
    return path.relative_to(PACKAGE / "train").parts[0]


def test_each_wing_of_training_knows_only_those_below_it():
    for path in (PACKAGE / "train").rglob("*.py"):
        wing = wing_of(path)
        if wing == "__init__.py":
            continue
        below = {
            one for one in WINGS[: WINGS.index(wing)] if {one, wing} != {"checkpoint", "sources"}
        }
        known = {
            name.split(".")[2] for name in imported(path) if name.startswith("kresume_nb.train.")
        }
        assert known <= below | {wing}, f"{name_of(path)} knows {known - below - {wing}}"


def test_nothing_imports_in_a_circle():
    graph = {
        path: {by_name[name] for name in imported_modules(path) if name in by_name}
        for by_name in [{dotted(path): path for path in MODULES}]
        for path in MODULES
    }
    done: set[Path] = set()

    def visit(path: Path, above: tuple[Path, ...]) -> None:
        assert path not in above, " -> ".join(map(name_of, (*above, path)))
        if path not in done:
            for other in graph[path]:
                visit(other, (*above, path))
            done.add(path)

    for path in MODULES:
        visit(path, ())


def test_train_and_view_do_not_know_each_other():
    assert "view" not in sides(importers("kresume_nb.train"))
    assert "train" not in sides(importers("kresume_nb.view"))


def test_the_sides_do_not_know_who_composes_them():
    for composer in ("_fit", "_runs"):
        assert not sides(importers(f"kresume_nb.{composer}")) & set(SIDES)


def test_weights_know_the_run_folder_only_and_hdf5_is_opened_in_two_places():
    assert "weights" not in sides(importers("keras"))
    for other in ("train", "view", "server"):
        assert "weights" not in sides(importers(f"kresume_nb.{other}"))
    assert sides(importers("kresume_nb.weights")) <= {"weights", "worker"}
    assert importers("kresume_nb.weights") & {"worker/process", "worker/checkpoints"} == set()
    assert importers("h5py") == {"hdf5", "stored", "train/checkpoint/keras_file", "weights/archive"}


def test_only_the_composition_root_brings_both_sides_together():
    assert {one for one in importers("kresume_nb.train") if "/" not in one} <= {"_fit", "__init__"}
    viewers = {one for one in importers("kresume_nb.view") if "/" not in one}
    assert viewers <= {"_fit", "_runs", "comparison", "__init__"}


def test_the_server_reads_and_is_known_to_nobody_but_the_package():
    assert "server" not in sides(importers("kresume_nb.train"))
    assert sides(importers("kresume_nb.server")) <= {"server"}


def test_view_run_and_server_never_import_keras_or_a_backend():
    for library in ("keras", "tensorflow", "jax", "torch", "h5py"):
        assert not sides(importers(library)) & {"view", "run", "server"}, library


def test_run_needs_the_standard_library_numpy_and_filelock_only():
    allowed = {"kresume_nb", "numpy", "filelock"}
    for path in (PACKAGE / "run").rglob("*.py"):
        tops = {name.partition(".")[0] for name in imported(path)}
        foreign = tops - allowed - sys.stdlib_module_names
        assert not foreign, f"{name_of(path)} imports {foreign}"


def test_private_keras_is_looked_up_in_one_module_and_used_in_two():
    assert importers("keras.src") == set()
    named = {name_of(path) for path in MODULES if '"keras.src' in path.read_text()}
    assert named == {"train/keras_compat/keras_versions"}
    users = {
        name_of(path)
        for path in MODULES
        if any(
            name == "kresume_nb.train.keras_compat.keras_versions.find" for name in imported(path)
        )
    }
    assert users == {"train/keras_compat/keras_private", "train/keras_compat/keras_data"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_one_module_fsyncs_and_one_renames_and_deletes(path):
    durable = {"replace", "rename", "renames", "unlink", "remove", "rmdir"}
    by_os = {f"{owner}.{name}" for owner in ("os", "shutil") for name in (*durable, "rmtree")}
    by_path = {"unlink", "rename", "rmdir"}
    found = {call for call in calls(path) if call in by_os or call.partition(".")[2] in by_path}
    assert not found or name_of(path) == "run/files"
    assert not {"os.fsync", "os.fdatasync"} & set(calls(path)) or name_of(path) == "run/atomic"


OPENS = {
    *("open", "io.open", "os.open", "os.fdopen", "os.scandir", "os.listdir", "os.walk"),
    *("os.stat", "os.lstat", "os.utime", "os.mkdir", "os.makedirs", "os.truncate", "os.chmod"),
    *("os.link", "os.symlink", "os.path.exists", "os.path.getsize"),
    *("open_memmap", "memmap", "fromfile", "tofile", "loadtxt", "savetxt"),
}
METHODS = {
    *("open", "read_bytes", "read_text", "write_bytes", "write_text", "touch", "stat", "lstat"),
    *("iterdir", "glob", "rglob", "exists", "is_file", "mkdir", "symlink_to", "hardlink_to"),
    *("chmod", "samefile", "walk", "ZipFile", "File", "FileLock", "SoftFileLock"),
}
MAY_OPEN = {
    "run/files": "the module that may",
    "run/reader": {"folder.iterdir": "the folder of runs"},
    "run/search": {
        "os.scandir": "folders of the server's root, in search of runs",
        ".exists": "pyvenv.cfg in one of them",
    },
    "run/typescript": {".write_text": "the page's source, when it is generated"},
    "run/writer": {
        "folder.mkdir": "the folder of runs",
        "folder.iterdir": "the folder of runs",
        "filelock.FileLock": "the lock of a run, of which files.info knows that it is no link",
    },
    "run/container": {
        "zipfile.ZipFile": "of a file that is open",
        "self.open": "a member",
        ".open": "a member of an archive",
    },
    "weights/archive": {"h5py.File": "of a file that is open", "found.open": "a member"},
    "train/checkpoint/keras_file": {"h5py.File": "of a file that is open", ".open": "a member"},
    "server/newest": {"os.scandir": "the folder of runs", "one.stat": "of a run folder"},
    "server/switches": {
        "run.stat": "the inode of a run folder",
        "path.stat": "the same",
        ".read_bytes": "the user's own settings",
        ".mkdir": "of the user's own settings",
        "filelock.FileLock": "of the user's own settings",
    },
    "server/ended": {"stat.read_text": "/proc/stat"},
    "server/memory": {"path.read_text": "/proc", ".read_text": "/proc", "os.open": "/dev/kmsg"},
    "cli/__init__": {"os.open": "/dev/null"},
    "worker/__main__": {"os.fdopen": "standard output"},
    "run/inventory": {".exists": "the notebook"},
    "notebook_file": {"path.stat": "the notebook", "path.read_bytes": "the notebook"},
    "cli/terminal": {"path.is_file": "what the command was given"},
    "comparison": {"path.is_file": "what the caller named"},
    "view/figures": {"Image.open": "a picture in memory"},
    **dict.fromkeys(
        ("check/job", "check/notebook", "check/outcome", "check/shipping", "check/trainee"),
        "what a check writes into a temporary folder of its own",
    ),
    **dict.fromkeys(("check/trial", "testing"), "the same"),
    "train/keras_compat/keras_private": {
        "top.rglob": "the temporary folder that layers saved their files into",
        "one.is_file": "what is in it",
        "one.read_bytes": "the same",
    },
    "train/state/adapters/csv_logger": "the user's own file",
    "train/state/adapters/tensorboard": "the user's own files",
    "train/sources/tf_shuffles": "temporary files of TensorFlow's",
    "train/sources/stream": "a reader's own open: no file",
}
"""Who opens or looks at files besides `run/files`, which calls, and why they are none of a run."""


def opening(path: Path) -> set[str]:
    """The calls that open a file, look at one or list a folder."""
    found = {call for call in calls(path) if call in OPENS or call.partition(".")[2] in METHODS}
    return {call for call in found if not call.startswith("files.")} | {
        node.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPENS
    }


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_one_module_opens_the_files_of_a_run_folder(path):
    allowed = MAY_OPEN.get(name_of(path), {})
    assert isinstance(allowed, str) or opening(path) <= set(allowed)


def test_whoever_may_open_files_does():
    by_name = {name_of(path): path for path in MODULES}
    for name, allowed in MAY_OPEN.items():
        found = opening(by_name[name])
        assert found if isinstance(allowed, str) else found == set(allowed), name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_unpickles_or_evaluates(path):
    names = set(imported(path))
    assert not {
        name for name in names if name.split(".")[0] in ("pickle", "marshal", "shelve", "dill")
    }
    source = parsed(path)
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
