from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import kresume_nb as kr


def python(code):
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout


def test_public_names_are_these():
    assert sorted(kr.__all__) == [
        "Checkpointing",
        "KResumeError",
        "Run",
        "TrainingWidget",
        "compare",
        "configure",
        "fit",
        "load_run",
        "register_callback_adapter",
        "runs",
    ]
    assert len(kr.__all__) <= 10


def test_every_public_name_is_there_and_documented():
    for name in kr.__all__:
        value = getattr(kr, name)
        assert value.__doc__, name
        assert name in dir(kr)


@pytest.mark.parametrize("name", ["fit", "runs", "compare", "configure"])
def test_no_module_takes_the_name_of_a_function(name):
    """Importing such a module would put it in the function's place."""
    code = f"""
        import pkgutil, importlib, kresume_nb
        names = [one.name for one in pkgutil.iter_modules(kresume_nb.__path__)]
        print({name!r} in names, callable(kresume_nb.{name}))"""
    assert python(textwrap.dedent(code)) == "False True\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'train_forever'"):
        _ = kr.train_forever


@pytest.mark.parametrize("statement", ["import kresume_nb", "import kresume_nb.run.reader"])
def test_importing_it_imports_nothing_heavy(statement):
    heavy = [
        "keras",
        "tensorflow",
        "jax",
        "torch",
        "matplotlib",
        "h5py",
        "IPython",
        "anywidget",
        "ipywidgets",
    ]
    code = f"import sys; {statement}; print(*(set({heavy}) & sys.modules.keys()))"
    assert python(code).split() == []


def test_jupyter_finds_the_extension():
    assert kr._jupyter_labextension_paths() == [{"src": "labextension", "dest": "kresume_nb"}]
