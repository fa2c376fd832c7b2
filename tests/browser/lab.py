"""A real JupyterLab server and a real Chromium, for the browser tests and for `make demo`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import nbformat
import psutil
from forked import Forked

TOKEN = "story"  # noqa: S105  # of a server on the loopback interface that lives for a test
# Chromium's own traffic to its makers is switched off: it has no place in a test.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str:
    """The system's Chromium; a clear error if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        "No chromium, chromium-browser or google-chrome on the PATH. `make chromium` installs one."
    )


@dataclass(frozen=True)
class Application:
    """What serves the page. The kernel is this interpreter's in any case."""

    module: str
    options: tuple[str, ...]
    address: str
    """Where it opens a notebook, below the server's address."""
    python: Path = Path(sys.executable)
    """Whose server and page."""


HERE = Path(__file__).parent
_WARM = """import sys
sys.path.append({here!r})
import warm_kernels
warm_kernels.register()
"""
LAB = Application(
    "jupyterlab",
    (
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ),
    "lab/tree",
)
NOTEBOOK = Application(
    "notebook", ("--JupyterNotebookApp.expose_app_in_browser=True",), "notebooks"
)


@dataclass(frozen=True)
class Warm:
    """Sockets of two `warm.py`, which fork servers and kernels.

    Kernels train on torch: a model of TensorFlow's takes seconds of a processor to its first step.
    """

    servers: Path
    kernels: Path
    settings: ClassVar[dict[str, str]] = {"KERAS_BACKEND": "torch"}


class Lab:
    """A JupyterLab server with its own settings, over a folder of notebooks.

    Args:
        root: the folder.
        options: more options of `jupyter lab`.
        application: another page, or another version of it.
        packages: a folder in which the kernel's Python looks before it looks into its own.
        cold: whether server and kernels import everything themselves in any case.
    """

    warm: ClassVar[Warm | None] = None
    """Who forks servers and kernels, where somebody does."""

    def __init__(
        self,
        root: Path,
        *options: str,
        application: Application = LAB,
        packages: Path | None = None,
        cold: bool = False,
    ) -> None:
        self.root = root
        self._packages = packages
        self._warm = None if cold else self.warm
        self.application = application
        self._options = options
        # Nobody asks whether JupyterLab should be built anew: the answer takes node to start.
        self._page: dict[str, Any] = {"buildCheck": False}
        self._home = Path(tempfile.mkdtemp(prefix="kresume-lab-"))
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self.port = 0

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._refuse_news()
        self._have_kernel()
        self._configure_page()
        self.start()
        return self

    def _refuse_news(self) -> None:
        """Else JupyterLab asks, on top of what is tested."""
        folder = self._home / "settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True)
        (folder / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')

    def _have_kernel(self) -> None:
        """This interpreter's, before any that the application's own environment has."""
        folder = self._home / "first" / "kernels" / "python3"
        folder.mkdir(parents=True)
        self._forked.mkdir()
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec: dict[str, Any] = {
            "argv": command,
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
        }
        if self._packages is not None:
            spec["env"] = {"PYTHONPATH": str(self._packages)}
        elif self._warm is not None:
            spec["metadata"] = {
                "kernel_provisioner": {
                    "provisioner_name": "warm",
                    "config": {"address": str(self._warm.kernels), "started": str(self._forked)},
                }
            }
            configuration = self._home / "config" / "jupyter_server_config.py"
            configuration.parent.mkdir(exist_ok=True)
            configuration.write_text(_WARM.format(here=str(HERE)))
        (folder / "kernel.json").write_text(json.dumps(spec))

    def disable(self, extension: str) -> None:
        """Leaves a JupyterLab extension out. To be called before the server starts."""
        self._page["disabledExtensions"] = {extension: True}

    def _configure_page(self) -> None:
        folder = self._home / "config" / "labconfig"
        folder.mkdir(parents=True)
        (folder / "page_config.json").write_text(json.dumps(self._page))

    def start(self) -> None:
        """Starts the server; returns when it answers."""
        command = [
            *(str(self.application.python), "-m", self.application.module),
            *("--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={self.port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.root}"),
            *self.application.options,
            *self._options,
        ]
        # What a server leaves where it runs is not left in the checkout.
        folder = self._home
        with self.log.open("ab") as log:
            if self._warm is not None and self.application.python == LAB.python:
                outputs = log.fileno(), log.fileno()
                self._process = Forked(
                    self._warm.servers, command, self._environment, folder, outputs
                )
            else:
                self._process = subprocess.Popen(
                    command,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    cwd=folder,
                    start_new_session=True,
                )
        wait_for(self._answers, 60, lambda: f"The server did not start:\n{self.log.read_text()}")

    @property
    def _environment(self) -> dict[str, str]:
        """Of the server, and with it of its kernels."""
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_PATH": "first",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "XDG_DATA_HOME": "desktop",  # with the trash
        }
        settings = {} if self._warm is None else self._warm.settings
        return (
            os.environ
            | {name: str(self._home / at) for name, at in places.items()}
            | {
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "JUPYTER_PLATFORM_DIRS": "0",
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "CUDA_VISIBLE_DEVICES": "-1",
                **settings,
            }
        )

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, urllib.error.URLError):
            urllib.request.urlopen(f"{self.url}/api/status?token={TOKEN}", timeout=5)  # noqa: S310
            return True
        return False

    def stop(self) -> None:
        """Ends the server in an orderly way: it interrupts its kernels, then ends them."""
        self._end(signal.SIGTERM, 15)

    def crash(self) -> None:
        """Ends the server and its kernels at once, as a machine that is switched off."""
        self._end(signal.SIGKILL, 0)

    def _end(self, sign: signal.Signals, patience: float) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        family = self._family()
        self._process.send_signal(sign)
        psutil.wait_procs(family, timeout=patience)
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.kill()
        self._process.wait()

    def __exit__(self, *error: object) -> None:
        self.crash()  # an orderly end takes seconds
        shutil.rmtree(self._home, ignore_errors=True)

    def execute(self, notebook: Path) -> None:
        """A notebook from start to end in a kernel of its own, by nobody's hand: no page."""
        # Playwright has an event loop in this thread.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, self._execute(notebook)).result()

    async def _execute(self, notebook: Path) -> None:
        import warm_kernels
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        warm_kernels.register()  # as the server's configuration does
        specs = KernelSpecManager(kernel_dirs=[str(self._home / "first" / "kernels")])
        await NotebookClient(
            nbformat.read(notebook, as_version=4),
            km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
            timeout=180,
            resources={"metadata": {"path": str(notebook.parent)}},
        ).async_execute(env=self._environment, cleanup_kc=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the server and the kernels say."""
        return self._home / "lab.log"

    @property
    def trash(self) -> Path:
        """Where deleted files go, if temporary files and settings share a file system.

        Of a cold server only: where it is, is asked when a module is imported.
        """
        assert self._warm is None
        return self._home / "desktop" / "Trash" / "files"

    @property
    def _forked(self) -> Path:
        """Files whose names are the process ids of the kernels that were forked for this server."""
        return self._home / "forked"

    def _family(self) -> list[psutil.Process]:
        """The server's processes: its children, and the kernels that were forked for it."""
        assert self._process is not None
        found = psutil.Process(self._process.pid).children(recursive=True)
        for one in self._forked.iterdir():
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(int(one.name)))
        return found

    def kernels(self) -> list[int]:
        """Process ids of the kernels."""
        found = []
        for one in self._family():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                command = " ".join(one.cmdline())
                if "ipykernel_launcher" in command or "warm.py" in command:
                    found.append(one.pid)
        return found

    def kill_kernel(self) -> int:
        """SIGKILL to the only kernel; returns its process id."""
        (pid,) = self.kernels()
        os.kill(pid, signal.SIGKILL)
        return pid


def whole(notebook: Path) -> bytes:
    """A notebook's bytes; Jupyter saves in place, and a page saves when training has ended: not half of them."""

    def read() -> bytes | None:
        found = notebook.read_bytes()
        with contextlib.suppress(ValueError):
            json.loads(found)
            return found
        return None

    found: bytes = wait_for(read, 30, f"{notebook} is no notebook")
    return found


@contextlib.contextmanager
def warm() -> Iterator[Warm]:
    """Starts them."""
    modules = {
        "servers": ("jupyterlab.labapp", "nbconvert.exporters", "kresume_nb.notebook"),
        # `keras.utils.set_random_seed` imports TensorFlow on every backend.
        "kernels": (
            *("ipykernel.kernelapp", "IPython", "keras", "tensorflow", "torch", "sklearn.datasets"),
        ),
    }
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"} | Warm.settings
    with (
        tempfile.TemporaryDirectory(prefix="kresume-warm-") as folder,
        contextlib.ExitStack() as up,
    ):
        made = Warm(Path(folder) / "servers", Path(folder) / "kernels")
        for kind, imported in modules.items():
            command = [sys.executable, "-P", str(HERE / "warm.py"), f"{folder}/{kind}", *imported]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | settings)
            up.callback(process.communicate)
        for one in (made.servers, made.kernels):
            wait_for(one.exists, 120, f"The process that forks {one.name} did not start.")
        yield made


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(), headless=True, args=CHROMIUM_OPTIONS
        )
        try:
            yield chromium
        finally:
            chromium.close()


_FINISH = """([name, args, patience]) => Promise.race([
    window.jupyterapp.commands.execute(name, args ?? undefined).then(() => ''),
    new Promise(resolve => setTimeout(
        () => resolve(document.querySelector('.jp-Dialog')?.innerText ?? 'no dialog'), patience)),
])"""


def finish(page: Any, name: str, args: Any = None, seconds: float = 60) -> None:
    """Executes a command of JupyterLab, and waits for its end; a dialog that it waits for is told."""
    stuck = page.evaluate(_FINISH, [name, args, seconds * 1000])
    assert not stuck, f"{name} did not end within {seconds} s: {stuck}"


def theme(page: Any, name: str) -> None:
    """JupyterLab in the colours of a theme."""
    finish(page, "apputils:change-theme", {"theme": name})
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)


class Notebook:
    """A notebook open in JupyterLab, as a person sees it."""

    _READY = """() => {
        const widget = window.jupyterapp?.shell?.currentWidget;
        const context = widget?.sessionContext;
        return !!(context?.isReady && context.session?.kernel?.status === 'idle');
    }"""

    def __init__(self, page: Any, lab: Lab, name: str) -> None:
        self.page = page
        self._url = f"{lab.url}/{lab.application.address}/{name}?token={TOKEN}&reset"
        page.set_default_timeout(60_000)

    def open(self) -> None:
        """Opens it, with a kernel ready."""
        self.page.goto(self._url)
        self.page.wait_for_function(self._READY)

    def open_busy(self) -> None:
        """Opens it while its kernel is busy."""
        self.page.goto(self._url)
        self.page.locator(".jp-Notebook").wait_for()

    def reload(self) -> None:
        """Reloads the page."""
        self.page.reload()

    def command(self, name: str) -> None:
        """Executes a command of JupyterLab; does not wait for its end."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)

    def run_all(self) -> None:
        """*Run → Run All Cells*."""
        self.command("notebook:run-all-cells")

    def save(self) -> None:
        """*File → Save*, to its end."""
        self.finish("docmanager:save")

    def finish(self, name: str, args: Any = None) -> None:
        """Executes a command of JupyterLab to its end.

        `evaluate` waits without bounds, for example for an answer to a dialog: this does not.
        """
        finish(self.page, name, args)

    def wait_for_panel(self, condition: str, timeout: float = 120) -> dict[str, str]:
        """Waits until a condition on the panel's data attributes (`d`) holds; returns them."""
        self.page.wait_for_function(
            "condition => { const node = document.querySelector('.kr-Panel'); "
            "if (!node) return false; const d = node.dataset; "
            "return new Function('d', `return ${condition}`)(d); }",
            arg=condition,
            timeout=timeout * 1000,
        )
        return self.panel()

    def panel(self) -> dict[str, str]:
        """The panel's data attributes."""
        found = self.page.evaluate(
            "() => ({...(document.querySelector('.kr-Panel')?.dataset ?? {})})"
        )
        return dict(found)

    def close_restart_dialog(self) -> None:
        """JupyterLab's own "Kernel Restarting", which stands over the page after a death."""
        button = self.page.locator(".jp-Dialog button.jp-mod-accept")
        button.click()
        button.wait_for(state="detached")

    def banner(self, state: str = "offer", timeout: float = 60) -> Any:
        """Waits for the banner; returns it."""
        found = self.page.locator(f".kr-Banner[data-state={state}]")
        found.wait_for(timeout=timeout * 1000)
        return found


def wait_for(
    condition: Callable[[], Any], seconds: float, complaint: Callable[[], str] | str
) -> Any:
    """Waits until a condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(complaint if isinstance(complaint, str) else complaint())
        time.sleep(0.05)
