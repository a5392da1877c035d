"""The product's own Triton, started in a folder as a service would, and removed without a trace."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.error import HTTPError

from triton_serving.local_runtime import leftovers
from triton_serving.local_runtime.installation import Installation, install
from triton_serving.models.work import Work
from triton_serving.plan.processes import TritonPlaces, triton_process

from .ports import reserved_port

DEADLINE = 120.0


@cache
def installation() -> Installation:
    """Installed once for all tests, in the cache of whoever runs them."""
    return install(Work())


@dataclass(frozen=True)
class Triton:
    port: int
    grpc_port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    shared_memory_prefix: str

    def stubs(self) -> list[int]:
        """Process ids of the Python processes that run the models."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(line) for line in found.stdout.split()]


@contextmanager
def running_triton(
    folder: Path,
    repository: str,
    environment: Mapping[str, str] | None = None,
    *,
    complete_configurations: bool = False,
    wait: bool = True,
    metrics_port: int | None = None,
) -> Iterator[Triton]:
    """Runs in the folder, on the repository of that name in it, until the block ends. `environment` replaces variables
    of the installed server's own. There are metrics where a port for them is given, as in a pod."""
    programs = installation()
    if not (folder / "triton").is_symlink():
        (folder / "triton").symlink_to(programs.triton)
    with ExitStack() as held:
        http, grpc = (reserved_port(held) for _ in range(2))
        places = TritonPlaces(
            installation="triton",
            repository=repository,
            temporary=f"temporary-{http}",
            shared_memory_prefix=f"tests-{http}-{os.getpid()}-",
            environment={**programs.environment, **(environment or {})},
            complete_configurations=complete_configurations,
        )
        (folder / places.temporary).mkdir()
        started = triton_process(places, http, grpc)
        log = folder / f"triton-{http}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *started.command, *_metrics(metrics_port)],
                cwd=folder,
                env=dict(started.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        triton = Triton(http, grpc, process, log, places.shared_memory_prefix)
        try:
            if wait:
                _wait(triton)
            yield triton
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            leftovers.remove(places.shared_memory_prefix, folder / places.temporary)


def _metrics(port: int | None) -> list[str]:
    """What is said last counts."""
    return [] if port is None else ["--allow-metrics=true", "--metrics-address=127.0.0.1", f"--metrics-port={port}"]


def _wait(triton: Triton) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and triton.process.poll() is None:
        with suppress(OSError, HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{triton.port}/v2/health/ready", timeout=5).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"Triton did not become ready:\n{triton.log.read_text(errors='replace')[-4000:]}")
