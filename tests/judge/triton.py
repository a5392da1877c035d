"""The real Triton server, out of the PyPI package `nvidia-pytriton`: installed once, started on loopback only.

`install()` makes a virtual environment of its own, because the server needs NumPy 1 and the project does not.
`start()` runs one server on one model repository, and removes what the server leaves behind when it is killed.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from triton_serving.models.user_folders import cache_home

RELEASE = "24.10"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
IDLE_SECONDS = 5.0
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Installation:
    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = self.home.glob("lib/python3.*/site-packages")
        return found

    @property
    def tree(self) -> Path:
        return self.packages / "pytriton" / "tritonserver"

    @cached_property
    def environment(self) -> dict[str, str]:
        libraries = _run(self.python, "-c", "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))").strip()
        return {
            # First on PATH: the stub takes its prefix, and so its NumPy, from the python3 found there.
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "LD_LIBRARY_PATH": f"{self.packages / 'nvidia_pytriton.libs'}:{libraries}",
            "PYTHONPATH": str(self.packages),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }


def install() -> Installation:
    """The installed server; costs a download the first time and nothing afterwards."""
    cache = cache_home()
    installation = Installation(cache / f"triton-{RELEASE}")
    if installation.home.exists():
        return installation
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"triton-{RELEASE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installation.home.exists():
            with tempfile.TemporaryDirectory(dir=cache, prefix="building-") as building:
                _build(Installation(Path(building) / "venv")).home.rename(installation.home)
    return installation


def _build(installation: Installation) -> Installation:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("the real Triton server is installed with 'uv': put it on PATH or its path into UV")
    _run(uv, "venv", "--quiet", "--python", ">=3.11,<3.13", installation.home)
    # Copied, not linked: one file's mode is changed below, and links would change uv's cache with it.
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--link-mode=copy",
         "--python", installation.python, "--requirements", REQUIREMENTS)  # fmt: skip
    version = installation.packages.parent.name.removeprefix("python")
    stub = installation.tree / "backends" / "python" / "triton_python_backend_stub"
    shutil.copyfile(installation.tree / "python_backend_stubs" / version / stub.name, stub)
    for program in stub, installation.tree / "bin" / "tritonserver":
        program.chmod(0o755)
    # The stub embeds Python; without its shared library every model would seem to hang.
    embedded = f"import ctypes, numpy; ctypes.CDLL('libpython{version}.so.1.0')"
    _run(installation.python, "-c", embedded, environment=installation.environment)
    return installation


def _run(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return result.stdout


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def settle(self, deadline: float = 180.0) -> str:
        """What became of the start: ready, exited or hung.

        Hung means that neither the server nor any stub has used the processor for a while. That is told from
        starting slowly on a busy machine, where they wait for the processor, by the state that Linux reports.
        """
        begun = time.monotonic()
        looked = idle_since = begun
        used = -1
        while (now := time.monotonic()) - begun < deadline:
            if self.process.poll() is not None:
                return "exited"
            if self._listens():
                return "ready"
            if now - looked > LOOK_SECONDS:
                looked = now
                runnable, now_used = _activity(self.process.pid)
                if runnable or now_used != used:
                    idle_since, used = now, now_used
                elif now - idle_since > IDLE_SECONDS:
                    return "hung"
            time.sleep(0.05)
        return "hung"

    def _listens(self) -> bool:
        """Triton opens its port once all models are loaded, a moment after it says so in its log."""
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except ConnectionRefusedError:
            return False
        return True


def _activity(group: int) -> tuple[bool, int]:
    """Whether any process of a group is running or wants to, and the processor time all have used, in ticks."""
    runnable, used = False, 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(fields[2]) == group:
                runnable |= fields[0] in "RD"
                used += int(fields[11]) + int(fields[12])
    return runnable, used


def _remove_environment_folders() -> None:
    """What killed Python backends leave in /tmp, whatever TMPDIR says, under names that nobody can choose.

    A running server makes its folder after it started and aborts if that is gone, so only older ones are removed.
    """
    oldest = time.time()
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    for program in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            head, _, fields = program.read_text(errors="replace").rpartition(")")
            if head.endswith("(tritonserver"):
                age = up - int(fields.split()[19]) / os.sysconf("SC_CLK_TCK")
                oldest = min(oldest, time.time() - age - 1)
    for folder in Path("/tmp").glob("python_env_*"):
        with suppress(OSError):
            if folder.stat().st_ctime < oldest:
                folder.rmdir()


@contextmanager
def start(installation: Installation, repository: Path, scratch: Path) -> Iterator[Server]:
    """Runs a server until the block ends; SIGKILL of the thread that started it ends it, too."""
    scratch.mkdir(parents=True, exist_ok=True)
    log = scratch / "triton.log"
    with socket.socket() as reserved, log.open("wb") as output:
        # Bound but not listening: nobody else is given this port, and the server may share it.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        shared_memory = f"triton_judge_{port}_{os.getpid()}_"
        command = [
            "setpriv", "--pdeathsig", "KILL", str(installation.tree / "bin" / "tritonserver"),
            f"--model-repository={repository}",
            f"--backend-directory={installation.tree / 'backends'}",
            f"--backend-config=python,shm-region-prefix-name={shared_memory}",
            "--http-address=127.0.0.1", f"--http-port={port}", "--reuse-http-port=true",
            "--allow-grpc=false", "--allow-metrics=false", "--pinned-memory-pool-byte-size=0",
            "--model-load-thread-count=2", "--exit-timeout-secs=1",
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=installation.environment,
            start_new_session=True,
        )
        try:
            yield Server(process, port, log)
        finally:
            if process.poll() is None or _activity(process.pid)[1]:
                with suppress(ProcessLookupError):  # a stub may end by itself meanwhile
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for region in Path("/dev/shm").glob(f"{shared_memory}*"):
                region.unlink(missing_ok=True)
            _remove_environment_folders()
