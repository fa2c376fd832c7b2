"""How a Jupyter server has its kernels forked by `warm.py`: its configuration registers this provisioner."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from forked import Forked
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Unicode


class Provisioner(LocalProvisioner):
    """Jupyter's own but for the start: each kernel leaves a file with its process id for a name."""

    address = Unicode()
    started = Unicode()

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Starts it."""
        self.cwd = options.get("cwd") or Path.cwd()
        outputs = sys.stdout.fileno(), sys.stderr.fileno()
        self.process = Forked(self.address, cmd, options["env"], self.cwd, outputs)
        self.pid = self.pgid = self.process.pid
        (Path(self.started) / str(self.pid)).touch()
        return self.connection_info


def register() -> None:
    """Makes it known in this process to the specifications of kernels that name it."""
    group = KernelProvisionerFactory.GROUP_NAME
    KernelProvisionerFactory.provisioners["warm"] = EntryPoint(
        "warm", f"{__name__}:{Provisioner.__name__}", group
    )
