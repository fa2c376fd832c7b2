"""Runs the installed Keras' own tests with `fit` carried out by `kr.fit`, and compares.

    python tests/keras_suite/suite.py [--backend tensorflow …] [PART …]

Its wheel brings them along (that of 3.15 does; where there are none, this says so). A test counts
that reaches `fit`, fails with `kr.fit` and passes with Keras' own: exactly those of `expected.json`
may, each with the reason that stands there. A PART chooses the test files whose path contains it.
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


def outcomes(backend: str, chosen: list[str], *, swap: bool) -> dict[str, Any]:
    """What becomes of the chosen tests, in a process of their own."""
    root = keras_folder().parent
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
            "KRESUME_SUITE_RESULTS": str(results),
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
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(str(root / one) for one in chosen)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if not results.exists():
            raise RuntimeError(
                f"Keras' tests did not run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        found: dict[str, Any] = json.loads(results.read_text())
        return found


def compare(backend: str, paths: list[Path]) -> Verdict:
    """Runs files with `kr.fit`, what fails once more without, and judges."""
    root = keras_folder().parent
    swapped = outcomes(backend, [str(one.relative_to(root)) for one in paths], swap=True)
    failed = [
        test for test, one in swapped.items() if one["reached"] and one["outcome"] == "failed"
    ]
    plain = outcomes(backend, failed, swap=False) if failed else {}
    return judge(swapped, plain, json.loads((HERE / "expected.json").read_text()), backend)


def main() -> int:
    """Prints what was found; the exit status says whether it is what was expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--backend", action="append", choices=BACKENDS)
    asked = parser.parse_args()
    paths = files(asked.parts)
    if not paths:
        print(f"The Keras in {keras_folder()} brings no such tests along: nothing was tried.")
        return 0
    wrong = False
    for backend in asked.backend or BACKENDS:
        found = compare(backend, paths)
        print(f"{backend}: {found.reached} tests reach fit, {len(found.known)} fail as documented")
        for test, error in found.unexpected.items():
            print(f"  newly fails: {test}\n      {error}")
        for pattern in found.stale:
            print(f"  listed, but passes: {pattern}")
        wrong = wrong or bool(found.unexpected or found.stale)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
