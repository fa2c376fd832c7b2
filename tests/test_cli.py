from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kresume_nb import cli
from kresume_nb.cli import plot
from kresume_nb.comparison import compare
from kresume_nb.run import layout
from kresume_nb.run.container import CONTENT_AT, STATE, WEIGHTS, ContainerWriter
from kresume_nb.run.writer import lock

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with the golden runs in it."""
    for number, name in enumerate(("finished", "killed", "nan"), 1):
        shutil.copytree(GOLDEN / name, tmp_path / layout.FOLDER / f"golden-{number:03d}")
    monkeypatch.chdir(tmp_path)
    return tmp_path / layout.FOLDER


STATE_DATA = {
    "schema": 1, "position": {"epoch": 1, "batch": 0, "step": 4}, "facts": {}, "variables": [],
    "callbacks": [], "array_dtypes": [],
}  # fmt: skip


def checkpoint(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w+b") as file:
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            h5["layers/dense/vars/0"] = np.ones(3, "float32")
        file.write(bytes(CONTENT_AT) + content.getvalue())
        with ContainerWriter(file, first=WEIGHTS) as container:
            container.add(STATE, json.dumps(STATE_DATA).encode())
            container.add_array(0, np.arange(100))


def test_what_is_left_out_is_told_in_a_line_that_names_no_python(place, capsys):
    broken = place / "broken-001"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert cli.main(["ls"]) == 0
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert line.startswith("kresume: broken-001 is left out: ")
    assert "golden-001" in shown.out


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


def test_show_tells_what_says_which_checkpoint_is_best_and_which_are_made(place, capsys):
    path = place / "golden-001" / "run.json"
    policy = {"every_epochs": 1, "every_steps": None, "every_seconds": 60.0, "keep_last": None}
    policy |= {"keep_best": 2, "monitor": "val_loss", "mode": "min"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"policy": policy}))
    event = {"type": "monitored", "time": 1.0, "monitor": "val_loss", "directions": {}}
    with (place / "golden-001" / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(event | {"directions": {"val_loss": "min"}}) + "\n")
    assert cli.main(["show", "golden-001"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "monitored:     val_loss (min)" in shown
    made = "every_epochs=1, every_seconds=60.0, keep_best=2, monitor='val_loss', mode='min'"
    assert f"checkpoints:   {made}" in shown


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
    assert f"{files[1]}: DAMAGED: {WEIGHTS}: Bad CRC-32" in capsys.readouterr().out


def test_verify_names_a_missing_member_and_a_missing_file_once(place, capsys):
    kept = place / "golden-001" / layout.CHECKPOINTS
    for name in ("epoch-0001.keras", "epoch-0002.keras"):
        checkpoint(kept / name)
    with zipfile.ZipFile(kept / "epoch-0001.keras", "w") as archive:
        archive.writestr(WEIGHTS, b"weights")
    assert cli.main(["verify", "golden-001"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"epoch-0001.keras: DAMAGED: {STATE}: ")
    assert lines[1] == "epoch-0002.keras: good"
    assert lines[2].startswith("epoch-0003.keras: DAMAGED: cannot be opened: ")
    assert not any(str(kept / "epoch-0001.keras") in line for line in lines)


def test_plot_draws_to_a_file(place, capsys, tmp_path):
    assert cli.main(["plot", "golden-001", "-o", str(tmp_path / "run.png")]) == 0
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["plot", "golden-001"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "golden-001.png"


@pytest.mark.parametrize("name", ["run.xyz", "run"])
@pytest.mark.parametrize("command", [["plot", "golden-001"], ["compare", "golden-001"]])
def test_a_picture_of_an_unknown_format_is_refused_in_a_line(place, capsys, command, name):
    assert cli.main([*command, "-o", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert name in line
    assert "png" in line
    assert not Path(name).exists()


def test_of_one_run_that_is_plotted_no_fork_is_drawn(place, monkeypatch):
    header = place / "golden-002" / layout.HEADER
    fork = {"run": "golden-001", "checkpoint": "epoch-0001.keras", "epoch": 1}
    header.write_text(json.dumps({**json.loads(header.read_text()), "parent": fork}))
    assert len(compare("golden-001").runs) == 2
    drawn = []
    monkeypatch.setattr(plot, "save", lambda figure, _: drawn.append(figure))
    assert cli.main(["plot", "golden-001", "-x", "time", "--width", "3.4"]) == 0
    (axes,) = drawn[0].axes
    assert axes.get_xlabel().startswith("training time")
    assert len(axes.lines) == 1
    assert drawn[0].get_figwidth() == 3.4


@pytest.mark.parametrize("width", ["0", "1e9", "nan", "wide"])
def test_a_width_that_no_figure_has_is_refused(place, capsys, width):
    with pytest.raises(SystemExit) as left:
        cli.main(["plot", "golden-001", "--width", width])
    assert left.value.code == 2
    assert width in capsys.readouterr().err


def write_checkpoints(run: Path, *epochs: int, kernel: float = 1.0) -> None:
    (run / "checkpoints").mkdir(exist_ok=True)
    for epoch in epochs:
        content = io.BytesIO()
        with h5py.File(content, "w") as h5:
            h5["layers/dense/vars/0"] = np.full((3, 2), kernel * epoch, np.float32)
        with zipfile.ZipFile(run / "checkpoints" / f"epoch-{epoch:04d}.keras", "w") as archive:
            archive.writestr(WEIGHTS, content.getvalue())


def test_diff_tells_by_its_exit_code_whether_weights_differ(place, capsys):
    run = place / "golden-001"
    write_checkpoints(run, 1, 2, 3)
    assert cli.main(["diff", "golden-001@1", "golden-001@1"]) == 0
    assert cli.main(["diff", "golden-001@1", "golden-001"]) == 1
    assert "dense" in capsys.readouterr().out
    file = str(run / "checkpoints" / "epoch-0002.keras")
    assert cli.main(["diff", "-q", file, "golden-001@epoch-0002.keras"]) == 0
    assert capsys.readouterr().out == ""
    assert cli.main(["diff", "golden-001@7", file]) == 2
    assert "Kept: epoch-0001.keras" in capsys.readouterr().err
    assert cli.main(["diff", "--json", "golden-001@1", "golden-001@2"]) == 1
    assert json.loads(capsys.readouterr().out)["layers"][0]["weights"]["relative"] == 1.0


def test_diff_of_a_damaged_file_is_trouble(place, capsys):
    write_checkpoints(place / "golden-001", 1)
    (place / "golden-001" / "checkpoints" / "epoch-0003.keras").write_bytes(b"no")
    assert cli.main(["diff", "golden-001@1", "golden-001@3"]) == 2
    assert "epoch-0003.keras" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["60", "80", "200"])
@pytest.mark.parametrize(
    "command",
    [["ls"], ["show", "golden-001"], ["compare", "golden-001", "golden-002", "golden-003"]],
)
def test_tables_fit_the_terminal(place, capsys, monkeypatch, columns, command):
    monkeypatch.setenv("COLUMNS", columns)
    assert cli.main(command) == 0
    longest = max(map(len, capsys.readouterr().out.splitlines()))
    assert longest <= int(columns)


def test_compare_tells_what_differs_and_draws(place, capsys, tmp_path):
    header = place / "golden-002" / "run.json"
    header.write_text(json.dumps(json.loads(header.read_text()) | {"seed": 8}))
    picture = tmp_path / "out.svg"
    assert cli.main(["compare", "golden-001", "golden-002", "-o", str(picture)]) == 0
    shown = capsys.readouterr().out
    assert "data.seed" in shown
    assert picture.read_text().lstrip().startswith("<?xml")
    assert cli.main(["compare", "golden-001", "golden-002", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["differences"]] == ["data.seed"]
    assert [one["status"] for one in found["table"]] == ["finished", "running"]


def test_several_runs_are_drawn_into_one_picture(place, capsys):
    assert cli.main(["plot", "golden-001", "golden-002", "-m", "loss", "--log"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_bytes().startswith(b"\x89PNG")


def files(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_prune_shows_what_would_go_and_asks(place, capsys, monkeypatch):
    run = place / "golden-001"
    write_checkpoints(run, 1, 2, 3)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "")
    assert cli.main(["prune", "golden-001"]) == 1
    shown = capsys.readouterr().out
    assert "goes" in shown
    assert "stays: best val_loss" in shown
    assert "Nothing was deleted." in shown
    assert files(run) == [f"epoch-000{n}.keras" for n in (1, 2, 3)]
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert cli.main(["prune", "golden-001"]) == 0
    assert files(run) == ["epoch-0002.keras", "epoch-0003.keras"]


def test_prune_deletes_nothing_where_nobody_can_be_asked(place, capsys, monkeypatch):
    run = place / "golden-001"
    write_checkpoints(run, 1, 2, 3)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert cli.main(["prune"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert cli.main(["prune", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["goes"] == ["epoch-0001.keras"]
    assert cli.main(["prune", "--dry-run"]) == 0
    assert len(files(run)) == 3
    assert cli.main(["prune", "--yes"]) == 0
    assert len(files(run)) == 2


def test_prune_leaves_a_run_alone_that_a_process_writes(place, capsys):
    run = place / "golden-001"
    write_checkpoints(run, 1, 2, 3)
    held = lock(run)
    try:
        assert cli.main(["prune", "--yes"]) == 2
    finally:
        held.release()
    assert "golden-001 is being written by another process" in capsys.readouterr().err
    assert len(files(run)) == 3


@pytest.mark.parametrize("json_", [[], ["--json"]])
def test_prune_of_all_leaves_a_bad_run_alone_and_goes_on(json_, place, capsys):
    bad, run = place / "broken-001", place / "golden-001"
    write_checkpoints(run, 1, 2, 3)
    shutil.copytree(run, bad)
    (bad / "run.json").write_text("{")
    before = files(bad)
    assert cli.main(["prune", "--yes", *json_]) == 2
    told = capsys.readouterr().err
    assert "broken-001 was left alone" in told
    assert "run.json" in told
    assert files(bad) == before
    assert len(files(run)) < 3


def test_no_command_writes_an_escape_sequence(place, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    for command in (["ls"], ["show", "golden-001"], ["compare", "golden-001", "golden-002"]):
        cli.main(command)
    assert "\x1b" not in capsys.readouterr().out


def test_a_pipe_that_closes_early_is_no_trouble(place):
    shell = subprocess.Popen(
        [sys.executable, "-m", "kresume_nb.cli", "ls", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    shell.stdout.close()
    _, said = shell.communicate(timeout=60)
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said
