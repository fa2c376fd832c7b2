from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from kresume_nb import cli
from kresume_nb.run import layout
from kresume_nb.run.container import CONTENT_AT, STATE, WEIGHTS, ContainerWriter

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with the golden runs in it."""
    for number, name in enumerate(("finished", "killed", "nan"), 1):
        shutil.copytree(GOLDEN / name, tmp_path / layout.FOLDER / f"golden-{number:03d}")
    monkeypatch.chdir(tmp_path)
    return tmp_path / layout.FOLDER


def checkpoint(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w+b") as file:
        file.write(bytes(CONTENT_AT) + b"weights")
        with ContainerWriter(file, first=WEIGHTS) as container:
            container.add(STATE, b'{"schema": 1}')
            container.add_array(0, np.arange(100))


def test_ls_lists_each_run_in_a_line(place, capsys):
    assert cli.main(["ls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["golden-001", "finished", "3/3"],
        ["golden-002", "running", "1/3"],
        ["golden-003", "failed", "1/3"],
    ]
    assert "loss nan" in lines[3]


def test_ls_as_json_is_one_object_a_line(place, capsys):
    assert cli.main(["ls", str(place), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["status"] for row in rows] == ["finished", "running", "failed"]


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    assert cli.main(["ls", str(tmp_path / "gone")]) == 2
    assert str(tmp_path / "gone") in capsys.readouterr().err


def test_show_tells_how_a_run_stands(place, capsys):
    assert cli.main(["show", "golden-002"]) == 0
    shown = capsys.readouterr().out
    assert "epoch 1 of 3, batch 2 of 4" in shown
    assert "torn lines" in shown
    assert "step-00000006.keras" in shown


def test_show_as_json_holds_header_and_history(place, capsys):
    assert cli.main(["show", "golden-003", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["loss"] == ["NaN"]
    assert shown["header"]["name"] == "golden-001"


def test_a_run_that_is_not_there_is_named_with_those_that_are(place, capsys):
    assert cli.main(["show", "mnist"]) == 2
    error = capsys.readouterr().err
    assert "'mnist'" in error
    assert "golden-001, golden-002, golden-003" in error


def test_verify_tells_good_from_damaged_by_its_exit_code(place, capsys):
    files = ("epoch-0001.keras", "epoch-0002.keras", "epoch-0003.keras")
    for name in files:
        checkpoint(place / "golden-001" / layout.CHECKPOINTS / name)
    assert cli.main(["verify", "golden-001"]) == 0
    assert capsys.readouterr().out.count("good") == len(files)
    damaged = place / "golden-001" / layout.CHECKPOINTS / files[1]
    data = bytearray(damaged.read_bytes())
    data[CONTENT_AT + 2] ^= 1
    damaged.write_bytes(data)
    assert cli.main(["verify", "golden-001"]) == 1
    assert f"{files[1]}: DAMAGED" in capsys.readouterr().out


def test_plot_draws_to_a_file(place, capsys, tmp_path):
    assert cli.main(["plot", "golden-001", "-o", str(tmp_path / "run.png")]) == 0
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["plot", "golden-001"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "golden-001.png"
