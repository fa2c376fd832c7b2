"""Runs the installed Keras' own tests with `fit` carried out by `kr.fit`, and compares.

    python tests/keras_suite/suite.py [--backend tensorflow …] [--keep FOLDER] [PART …]

Its wheel brings them along (that of 3.15 does; where there are none, this says so). A test counts
that reaches `fit`, fails with `kr.fit` and passes with Keras' own: exactly those of `expected.json`
may, each with the reason that stands there. A PART chooses the test files whose path contains it.

Of each file those tests are run that can come to `fit` (`reaching.py`); they still take hours. With `--keep` the outcomes stay in a folder, test by test, and those that are there
are not found out again: so a run that was ended is taken up. What was changed since is not seen.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from written_down import Outcomes

HERE = Path(__file__).parent
BACKENDS = ("tensorflow", "jax", "torch")
_REACHES_FIT = re.compile(r"\.fit\(|run_layer_test")


@dataclass(frozen=True)
class Verdict:
    """What a comparison has found."""

    reached: int
    unexpected: dict[str, str]
    """Tests that newly fail without being listed, and their errors."""
    stale: list[str]
    """Patterns of the list that fit no test that newly fails."""
    known: list[str]


def keras_folder() -> Path:
    """Where the installed Keras is; it is not imported, which would take a backend."""
    from importlib.util import find_spec

    found = find_spec("keras")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def files(parts: list[str]) -> list[Path]:
    """Keras' test files that reach `fit`, and whose path contains one of the parts, if any."""
    return [
        path
        for path in sorted(keras_folder().glob("src/**/*_test.py"))
        if _REACHES_FIT.search(path.read_text())
        and (not parts or any(part in path.as_posix() for part in parts))
    ]


def judge(
    swapped: dict[str, Any], plain: dict[str, Any], expected: list[dict[str, Any]], backend: str
) -> Verdict:
    """Compares outcomes with `kr.fit` and without.

    Args:
        swapped, plain: by test; `plain` has at least those that fail in `swapped`.
        expected: `{"tests": patterns, "backends": names, "reason": sentence}` each.
    """
    newly = {
        test: one["error"].splitlines()[0] if one["error"] else "no message"
        for test, one in swapped.items()
        if one["reached"] and one["outcome"] == "failed" and plain[test]["outcome"] == "passed"
    }
    patterns = [
        pattern
        for one in expected
        if backend in one["backends"]
        for pattern in one["tests"]
        if any(fnmatch(test, pattern) for test in swapped)
    ]
    known = [test for test in newly if any(fnmatch(test, pattern) for pattern in patterns)]
    return Verdict(
        reached=sum(one["reached"] for one in swapped.values()),
        unexpected={test: error for test, error in newly.items() if test not in known},
        stale=[one for one in patterns if not any(fnmatch(test, one) for test in known)],
        known=known,
    )


def outcomes(backend: str, chosen: list[str], keep: Path, *, swap: bool) -> dict[str, Any]:
    """What becomes of the chosen tests, in a process of their own.

    Args:
        keep: where outcomes and pytest's output are written; what is there is not run again.

    Raises:
        RuntimeError: pytest did not get to the end.
    """
    root = keras_folder().parent
    name = f"{backend}-{'swapped' if swap else 'plain'}"
    results, log = keep / f"{name}.jsonl", keep / f"{name}.log"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
            "KRESUME_SUITE_RESULTS": str(results.resolve()),
            "KRESUME_SUITE_SWAP": "1" if swap else "",
            "PYTHONPATH": os.pathsep.join(
                [str(HERE), str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
            ),
        }
        options = [
            "-p",
            "swapped_fit",
            "-p",
            "no:cacheprovider",
            "-q",
            "--tb=short",
            "-W",
            "ignore",
        ]
        options += ["-c", os.devnull, "--rootdir", str(root), "-m", "not multi_device"]
        options += ["--continue-on-collection-errors"]
        with log.open("w") as output:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options, *(str(root / one) for one in chosen)],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
    # All passed, some failed, or none is left to run.
    if done.returncode not in (0, 1, 5):
        raise RuntimeError(
            f"Keras' tests on {backend} did not run to their end (exit status {done.returncode}). The "
            f"outcomes so far are in {results}: --keep {keep} goes on. The end of the output:\n"
            + log.read_text()[-3000:]
        )
    return Outcomes(results).known


def compare(backend: str, paths: list[Path], keep: Path | None = None) -> Verdict:
    """Runs files with `kr.fit`, what fails once more without, and judges.

    Args:
        keep: as in `outcomes`; by default nothing is kept.
    """
    root = keras_folder().parent
    with tempfile.TemporaryDirectory() as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        chosen = [one.relative_to(root).as_posix() for one in paths]
        found = outcomes(backend, chosen, place, swap=True)
        # What is kept may have tests of other files, from when more were chosen.
        swapped = {
            test: one for test, one in found.items() if test.partition("::")[0] in set(chosen)
        }
        failed = [
            test for test, one in swapped.items() if one["reached"] and one["outcome"] == "failed"
        ]
        plain = outcomes(backend, failed, place, swap=False) if failed else {}
    return judge(swapped, plain, json.loads((HERE / "expected.json").read_text()), backend)


def main() -> int:
    """Prints what was found; the exit status says whether it is what was expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--backend", action="append", choices=BACKENDS)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    paths = files(asked.parts)
    if not paths:
        print(f"The Keras in {keras_folder()} brings no such tests along: nothing was tried.")
        return 0
    wrong = False
    for backend in asked.backend or BACKENDS:
        found = compare(backend, paths, asked.keep)
        print(f"{backend}: {found.reached} tests reach fit, {len(found.known)} fail as documented")
        for test, error in found.unexpected.items():
            print(f"  newly fails: {test}\n      {error}")
        for pattern in found.stale:
            print(f"  listed, but passes: {pattern}")
        wrong = wrong or bool(found.unexpected or found.stale)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
