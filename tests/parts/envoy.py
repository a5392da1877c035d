"""The real Envoy on a rendered configuration: one process in one folder, until the block ends."""

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from triton_serving.local_runtime.installation import install
from triton_serving.models.work import Work
from triton_serving.plan.gateway.configuration import ARGUMENTS

from .ports import reserved_port

DEADLINE = 30.0


@cache
def program() -> Path:
    return install(Work()).envoy


@dataclass(frozen=True)
class Envoy:
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "gateway.log").read_text()

    def replace(self, name: str, content: dict[str, Any]) -> None:
        """Puts a file in the place of another, and waits till Envoy has taken it over."""
        put(self.folder, name, json.dumps(content))
        self.wait_for(lambda: f'version_text: "{content["version_info"]}"' in self.admin("/stats"))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < until, f"not seen within {DEADLINE} s; Envoy says:\n{self.log}"
            time.sleep(0.01)

    def admin(self, path: str) -> str:
        connection = http.client.HTTPConnection("admin")
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(str(self.folder / "admin.sock"))
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def resident_bytes(running: Envoy) -> int:
    """The memory that it has taken."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


def put(folder: Path, name: str, content: str) -> None:
    """As the supervisor does it: by a rename, which is what Envoy watches for."""
    new = folder / f"{name}.new"
    new.write_text(content)
    new.rename(folder / name)


@contextmanager
def envoy(folder: Path, bootstrap: dict[str, Any], clusters: dict[str, Any], routes: dict[str, Any]) -> Iterator[Envoy]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("bootstrap.json", bootstrap), ("clusters.json", clusters), ("routes.json", routes)):
        put(folder, name, json.dumps(content))
    (listener,) = bootstrap["static_resources"]["listeners"]
    with ExitStack() as held:
        port = reserved_port(held, listener["address"]["socket_address"]["port_value"])
        running = Envoy(folder, port, held.enter_context(started(folder, folder / "gateway.log")))
        running.wait_for(lambda: _listens(running))
        yield running


@contextmanager
def started(folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Until the block ends, on the files of that folder."""
    with log.open("wb") as output:
        process = subprocess.Popen([program(), *ARGUMENTS], cwd=folder, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(running: Envoy) -> bool:
    assert running.process.poll() is None, f"Envoy ended:\n{running.log}"
    try:
        socket.create_connection(("127.0.0.1", running.port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True
