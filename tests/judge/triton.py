"""The real Triton server, as the product installs it, with its Python backend only: started on loopback only.

`start()` runs one server on one model repository, and removes what the server leaves behind when it is killed.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from triton_serving.local_runtime import leftovers
from triton_serving.local_runtime.installation import Installation

IDLE_SECONDS = 5.0
LOOK_SECONDS = 0.5
DEADLINE = 180.0


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def settle(self) -> str:
        """What became of the start: ready, exited or hung.

        Hung means that neither the server nor any stub has used the processor for a while. That is told from
        starting slowly on a busy machine, where they wait for the processor, by the state that Linux reports.
        """
        begun = time.monotonic()
        looked = idle_since = begun
        used = -1
        while (now := time.monotonic()) - begun < DEADLINE:
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


@contextmanager
def start(installation: Installation, repository: Path, scratch: Path) -> Iterator[Server]:
    """Runs a server until the block ends; SIGKILL of the thread that started it ends it, too."""
    backends = scratch / "backends"
    backends.mkdir(parents=True)
    (backends / "python").symlink_to(installation.triton / "backends" / "python")
    log = scratch / "triton.log"
    with socket.socket() as reserved, log.open("wb") as output:
        # Bound but not listening: nobody else is given this port, and the server may share it.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        shared_memory = f"triton_judge_{port}_{os.getpid()}_"
        command = [
            "setpriv", "--pdeathsig", "KILL", str(installation.triton / "bin" / "tritonserver"),
            f"--model-repository={repository}",
            f"--backend-directory={backends}",
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
            env={**installation.environment, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        try:
            yield Server(process, port, log)
        finally:
            if process.poll() is None or _activity(process.pid)[1]:
                with suppress(ProcessLookupError):  # a stub may end by itself meanwhile
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            leftovers.remove(shared_memory, backends)
