from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kresume_nb.errors import RunLockedError
from kresume_nb.run.writer import lock

GOLDEN = Path(__file__).parents[1] / "golden"
ADDRESS = "kresume_runs/pruned-001"


@pytest.fixture
def run(server):
    made = server.root / ADDRESS
    shutil.copytree(GOLDEN / "finished", made)
    (made / "checkpoints").mkdir()
    for epoch in (1, 2, 3):
        (made / "checkpoints" / f"epoch-000{epoch}.keras").write_bytes(b"x")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def there(run: Path) -> list[str]:
    return sorted(one.name for one in (run / "checkpoints").iterdir())


def test_a_preview_deletes_nothing_and_tells_what_would_go(run, ask):
    body = {"folder": ADDRESS, "keep_last": 1}
    status, said = ask("prune", method="POST", body=body)
    assert (status, said["files"]) == (200, ["epoch-0001.keras"])
    assert said["bytes"] > 0
    assert len(there(run)) == 3
    assert ask("prune", method="POST", body=body | {"carry_out": True}) == (200, said)
    assert there(run) == ["epoch-0002.keras", "epoch-0003.keras"]


def test_a_run_that_a_process_writes_is_left_alone_and_the_servers_log_has_a_line(run, ask, server):
    held = lock(run)
    status, said = ask("prune", method="POST", body={"folder": ADDRESS, "carry_out": True})
    held.release()
    assert (status, said["reason"]) == (409, RunLockedError.__name__)
    assert len(there(run)) == 3
    told = server.log.read_text()
    assert f"POST /kresume/prune: {said['message']!r}" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("body", [{}, [], {"folder": 7}])
def test_what_names_no_run_is_refused(body, ask):
    assert ask("prune", method="POST", body=body)[0] == 400
