"""A real Docker engine of a test's own: one dockerd with its containerd, beside whatever daemon this machine has.

It has no bridge but those of the networks that are made on it, and changes no firewall rule: published ports go through
Docker's proxy processes. Images, containers and sockets lie in one folder; `stop` leaves nothing but that folder.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

from programs.docker_engine import environment

from .operation import descendants

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0
ENVIRON = dict(os.environ)  # before any test sets caches of its own: the programs are got once
OWN = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")


def why_not() -> str | None:
    """Why no Docker engine can run here; None when one can."""
    return None if os.geteuid() == 0 else "a Docker engine needs root"


@cache
def program() -> Path:
    command = [sys.executable, str(ROOT / "scripts" / "toolchain"), "docker-engine", "--print-path"]
    return Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRON).stdout.strip())


class DockerEngine:
    def __init__(self, folder: Path) -> None:
        """A socket's path may have 108 bytes: the folder must not lie too deep."""
        self.folder = folder
        self.socket = folder / "docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """DOCKER_HOST."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> str:
        return (self.folder / "dockerd.log").read_text(errors="replace")

    def start(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "daemon.json").write_text("{}")
        given = {"data-root": "data", "exec-root": "exec", "pidfile": "pid", "config-file": "daemon.json"}
        places = [f"--{name}={self.folder / place}" for name, place in given.items()]
        command = [program(), *places, f"--host={self.host}", *OWN]
        home = {"HOME": str(self.folder)}
        with (self.folder / "dockerd.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=environment(program()) | home, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError):
                if self.ask("GET", "/_ping", raw=True) == b"OK":
                    return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"dockerd does not start:\n{self.log[-3000:]}")

    def stop(self) -> None:
        """Containers end, too. A daemon that does not end by itself is killed with all that it started."""
        if self._process is None:
            return
        with suppress(OSError, http.client.HTTPException):
            for container in self.containers():
                self.ask("DELETE", f"/containers/{container['Id']}?force=1&v=1", raw=True)
            for network in self.networks():
                self.ask("DELETE", f"/networks/{network['Id']}", raw=True)
        self._end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def containers(self) -> list[dict[str, Any]]:
        """All of them, also those that do not run."""
        return list(json.loads(self.ask("GET", "/containers/json?all=1")))

    def networks(self) -> list[dict[str, Any]]:
        """Those that were made; every engine has `host` and `none`."""
        listed = json.loads(self.ask("GET", "/networks"))
        return [one for one in listed if one["Name"] not in ("bridge", "host", "none")]

    def volumes(self) -> list[dict[str, Any]]:
        return json.loads(self.ask("GET", "/volumes"))["Volumes"] or []

    def inspect(self, container: str) -> dict[str, Any]:
        return dict(json.loads(self.ask("GET", f"/containers/{container}/json")))

    def ask(self, method: str, path: str, body: Any = None, *, raw: bool = False) -> bytes:
        """`raw`: whatever the status is."""
        connection = _Connection(str(self.socket))
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        assert raw or answer.status < 300, f"{method} {path}: {answer.status} {said.decode(errors='replace')}"
        return said

    def _end(self) -> None:
        assert self._process
        family = list(descendants(self._process.pid))
        self._process.terminate()
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            for process in (self._process.pid, *family):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._process.wait()
        self._process = None
        for mounted in sorted(_mounts_below(self.folder), reverse=True):
            subprocess.run(["umount", "--lazy", mounted], check=False)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=DEADLINE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [line.split()[1].replace("\\040", " ") for line in lines]
    return [point for point in points if Path(point).is_relative_to(folder.resolve())]
