"""`.keras` files whose configuration was made to run something, read something or take all memory.

Each is opened by `Run.load_model`, gone on from by `kr.fit`, and read by a worker, in a process that
takes down what ran (`victim.py`). A refusal in our words is what is wanted; a model that opens and
runs nothing will do.
"""

from __future__ import annotations

import base64
import copy
import json
import marshal
import os
import pickle
import random
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

from verdict import Plan, Row

WAYS = ("load_model", "resume", "worker")
PATIENCE = 120.0
MEGABYTES = 1500.0
"""That one model may take besides: Keras' own working memory is some hundred."""


def _lambda() -> dict[str, Any]:
    code = marshal.dumps((lambda x: __import__("os").system("touch pwned") or x).__code__)
    value = [base64.b64encode(code).decode(), None, None]
    return {"class_name": "__lambda__", "config": {"value": value}}


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch pwned",)


def _function(module: str, name: str) -> dict[str, Any]:
    return {
        "module": module, "class_name": "function", "config": name, "registered_name": "function",
    }  # fmt: skip


def _object(module: str | None, name: str, config: Any, registered: str | None = None) -> Any:
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}


def payloads(outside: Path) -> dict[str, Any]:
    """Objects that a configuration may hold in place of a layer, a loss, an initializer."""
    pickled = base64.b64encode(pickle.dumps(_Bomb())).decode()  # a payload, never unpickled by us
    precious = str(outside / "precious")
    layer = "keras.layers"
    deep: dict[str, Any] = _object(layer, "Dense", {"name": "d", "units": 1})
    for _ in range(300):
        deep = _object("keras", "Sequential", {"name": "s", "layers": [deep]})
    return {
        "os.system": _function("os", "system"),
        "builtins.eval": _function("builtins", "eval"),
        "builtins.exec": _object("builtins", "exec", {"source": "open('pwned','w')"}),
        "Popen": _object("subprocess", "Popen", {"args": ["touch", "pwned"]}),
        "Popen by its name": _object(None, "Popen", {"args": ["touch", "pwned"]}, "subprocess>Popen"),
        "class with dots": _object(None, "os.system", "touch pwned"),
        "runpy": _function("runpy", "run_path"),
        "importlib": _function("importlib", "import_module"),
        "shutil.rmtree": _function("shutil", "rmtree"),
        "keras' own load_model": _function("keras.saving", "load_model"),
        "keras' own load_model, private": _function("keras.src.saving.saving_lib", "load_model"),
        "get_file": _object("keras.utils", "get_file", {"fname": "p", "origin": "http://127.0.0.1:9/"}),
        "get_file as a function": _function("keras.utils", "get_file"),
        "unsafe on": _object("keras.config", "enable_unsafe_deserialization", {}),
        "unsafe on, function": _function("keras.config", "enable_unsafe_deserialization"),
        "a scope that switches it off": _object("keras.src.saving", "SafeModeScope", {"safe_mode": False}),
        "lambda": _lambda(),
        "Lambda layer": _object(layer, "Lambda", {"name": "l", "function": _lambda(), "arguments": {}}),
        "Lambda layer, old": _object(layer, "Lambda", {"name": "l", "function": _lambda()["config"]["value"], "function_type": "lambda"}),
        "Lambda by a module": _object(layer, "Lambda", {"name": "l", "function": "system", "module": "os", "function_type": "function"}),
        "TorchModuleWrapper": _object(layer, "TorchModuleWrapper", {"name": "t", "module": pickled}),
        "TFSMLayer": _object(layer, "TFSMLayer", {"name": "t", "filepath": str(outside)}),
        "StringLookup of a file": _object(layer, "StringLookup", {"name": "s", "vocabulary": precious}),
        "TextVectorization of a file": _object(layer, "TextVectorization", {"name": "s", "vocabulary": precious}),
        "IntegerLookup of a file": _object(layer, "IntegerLookup", {"name": "s", "vocabulary": precious}),
        "CSVLogger": _object("keras.callbacks", "CSVLogger", {"filename": "pwned"}),
        "a class of ours": _object("kresume_nb.run.writer", "RunWriter", {"path": str(outside)}),
        "numpy.load": _function("numpy", "load"),
        "pickle.loads": _function("pickle", "loads"),
        "numpy object": {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}},
        "a tensor of 10**12": {"class_name": "__tensor__", "config": {"value": [[0.0]], "dtype": "x" * 9000}},
        "bytes": {"class_name": "__bytes__", "config": {"value": "x" * 10**6}},
        "typespec": {"class_name": "__typespec__", "spec_name": "system", "module": "os", "spec": {}, "config": {"spec_name": "system", "module": "os", "spec": {}}},
        "slice": {"class_name": "__slice__", "config": {"start": [], "stop": {}, "step": "x"}},
        "ellipsis": {"class_name": "__ellipsis__", "config": {"value": 7}},
        "deep": deep,
        "Dense of 10**9": _object(layer, "Dense", {"name": "d", "units": 10**9}),
        "Dense of 10**18": _object(layer, "Dense", {"name": "d", "units": 10**18}),
        "Dense of -1": _object(layer, "Dense", {"name": "d", "units": -1}),
        "Dense of text": _object(layer, "Dense", {"name": "d", "units": "many"}),
        "Embedding": _object(layer, "Embedding", {"name": "e", "input_dim": 10**7, "output_dim": 10**3}),
        "two Dense": _object("keras", "Sequential", {"name": "s", "layers": [_object(layer, "Dense", {"name": n, "units": 20_000}) for n in ("x", "y")]}),
        "LSTM": _object(layer, "LSTM", {"name": "d", "units": 10**6}),
        "Reshape": _object(layer, "Reshape", {"name": "r", "target_shape": [10**9, 10**9]}),
        "RepeatVector": _object(layer, "RepeatVector", {"name": "r", "n": 10**12}),
        "Normalization": _object(layer, "Normalization", {"name": "n", "mean": [0.0] * 10**5, "variance": 1.0}),
        "ZeroPadding": _object(layer, "ZeroPadding1D", {"name": "z", "padding": 10**12}),
        "null": None, "a number": 7, "a list": [[[]]], "text": "<script>alert(1)</script>",
        "no class": {"config": {}}, "no config": {"class_name": "Dense"},
        "a class that is none": _object(layer, "system", {}), "a dunder": _object(layer, "__class__", {}),
    }  # fmt: skip


def _places(config: dict[str, Any]) -> dict[str, Any]:
    """Where an object may stand: a function that puts it there."""
    layers = config["config"]["layers"]
    dense = next(one["config"] for one in layers if one["class_name"] == "Dense")

    def compiled(key: str) -> Any:
        return lambda value: config["compile_config"].__setitem__(key, value)

    return {
        "a layer": lambda value: layers.__setitem__(1, value),
        "the first layer": lambda value: layers.__setitem__(0, value),
        "one more layer": layers.append,
        "an initializer": lambda value: dense.__setitem__("kernel_initializer", value),
        "an activation": lambda value: dense.__setitem__("activation", value),
        "a regularizer": lambda value: dense.__setitem__("kernel_regularizer", value),
        "a type": lambda value: dense.__setitem__("dtype", value),
        "the loss": compiled("loss"),
        "the optimizer": compiled("optimizer"),
        "a metric": lambda value: config["compile_config"].__setitem__("metrics", [value]),
        "the build": lambda value: config.__setitem__("build_config", value),
    }


def hostile(
    config: dict[str, Any], chance: random.Random, outside: Path, number: int
) -> tuple[str, bytes]:
    """What was done to a configuration, and its text. Every payload comes once before any comes twice."""
    every = payloads(outside)
    name = list(every)[number % len(every)]
    made = copy.deepcopy(config)
    places = _places(made)
    place = (
        list(places)[(number // len(every)) % 3]
        if number < 2 * len(every)
        else chance.choice(list(places))
    )
    if number % 11 == 10 and isinstance(every[name], dict):
        return f"{name} as the model", json.dumps(every[name]).encode()
    places[place](every[name])
    return f"{name} as {place}", json.dumps(made).encode()


class Victim:
    """The process, begun again if it died."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._start()

    def _start(self) -> None:
        shutil.rmtree(self._place / "kresume_runs", ignore_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "victim.py"), str(self._place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self._place / "work",
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def do(self, way: str, run: Path) -> str:
        """What came of it; whatever ran, was read or took memory is raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        self._process.stdin.write(json.dumps({"way": way, "run": str(run)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        timer.cancel()
        if not line:
            code = self._process.wait()
            self._start()
            raise AssertionError(f"the process ended ({code})")
        answer = json.loads(line)
        assert not answer["happened"], answer["happened"]
        assert not answer["lost"], answer["lost"]
        assert answer["grown"] < MEGABYTES, f"took {answer['grown']:.0f} MB ({answer['told']})"
        made = list((self._place / "work").iterdir())
        assert not made, [one.name for one in made]
        return str(answer["told"])

    def close(self) -> None:
        self._process.communicate(timeout=60)


def configurations(plan: Plan) -> list[Row]:
    """Each configuration in each way."""
    place = plan.place("configurations")
    outside = place / "outside"
    (place / "work").mkdir()
    outside.mkdir()
    (outside / "precious").write_text("precious\n")
    victim = Victim(place)
    run = place / "kresume_runs" / "net-001"
    whole = place / "whole"
    shutil.copytree(run, whole)
    newest = max(path.name for path in (whole / "checkpoints").iterdir())
    with zipfile.ZipFile(whole / "checkpoints" / newest) as file:
        config = json.loads(file.read("config.json"))
    rows = [Row(f"hostile .keras configurations: {way}") for way in WAYS]
    for row, way in zip(rows, WAYS, strict=True):
        chance = plan.chance("configurations")
        for number in range(max(3, plan.count // 5)):
            told, content = hostile(config, chance, outside, number)
            shutil.rmtree(run)
            shutil.copytree(whole, run)
            for path in (run / "checkpoints").iterdir():
                _with_config(whole / "checkpoints" / path.name, path, content)
            row.judge(told, lambda w=way: victim.do(w, run))
    victim.close()
    return rows


def _with_config(source: Path, target: Path, content: bytes) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == "config.json" else old.read(name))
