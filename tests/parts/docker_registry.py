"""A real OCI registry on loopback: Debian's docker-registry, one process and one storage folder per use."""

import itertools
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
ENVIRON = dict(os.environ)  # before any test sets caches of its own: the program is got once


@cache
def program() -> str:
    command = [sys.executable, str(ROOT / "scripts" / "toolchain"), "docker-registry", "--print-path"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRON).stdout.strip()


class DockerRegistry:
    def __init__(self, folder: Path, *, delete: bool = True, settings: dict[str, str] | None = None) -> None:
        """`settings` are more of the registry's own environment variables, without REGISTRY_."""
        self.folder = folder
        self.storage = folder / "storage"
        self._delete = delete
        self._settings = settings or {}
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def log(self) -> str:
        return (self.folder / "registry.log").read_text()

    def start(self) -> Self:
        for _ in range(5):
            self.port = self.port or free_port()
            if self._start():
                return self
            self.port = 0  # somebody else took the port in between
        raise RuntimeError(f"docker-registry does not start:\n{self.log}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def blob_file(self, digest: str) -> Path:
        value = digest.removeprefix("sha256:")
        return self.storage / "docker/registry/v2/blobs/sha256" / value[:2] / value / "data"

    def _start(self) -> bool:
        self.storage.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.yml"
        config.write_text(
            f"version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {self.storage}}}, "
            f"delete: {{enabled: {str(self._delete).lower()}}}}}\nhttp: {{addr: '{self.host}', secret: tests}}\n"
        )
        environ = {f"REGISTRY_{name}": value for name, value in self._settings.items()}
        with (self.folder / "registry.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program(), "serve", config], env={**os.environ, **environ}, stdout=log, stderr=log
            )
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            if self._process.poll() is not None:
                return False
            if f"listening on {self.host}" in self.log:  # it says so itself: a connection may be to somebody else
                return True
            time.sleep(0.01)
        self.stop()
        return False


_PORTS_OF_A_WORKER = 1000
_FIRST_PORT = 12_000 + _PORTS_OF_A_WORKER * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 18)
_next_ports = itertools.count(os.getpid())  # so that two runs of the tests do not go hand in hand


def free_port() -> int:
    """From below the ports that Linux gives to whoever asks for any, and to clients: one of those could be somebody
    else's before it is used. Each worker has its own, which come round again after a thousand."""
    for number in itertools.islice(_next_ports, _PORTS_OF_A_WORKER):
        with socket.socket() as probe, suppress(OSError):
            port = _FIRST_PORT + number % _PORTS_OF_A_WORKER
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("every port of this worker is taken")
