"""The scoring server as a process, on one entry script; it and all it started have gone when the block ends."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import urllib3

Found = TypeVar("Found")

DISTRIBUTION = Path(__file__).parents[2] / "components" / "scoring_server"
DEADLINE = 30.0
JSON = {"Content-Type": "application/json"}


def until(look: Callable[[], Found | None], deadline: float = DEADLINE) -> Found:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + deadline
    while not (found := look()):
        assert time.monotonic() < end, f"not within {deadline} s"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class ScoringServer:
    process: subprocess.Popen[bytes]
    port: int
    output: Path
    errors: Path
    http: urllib3.HTTPConnectionPool

    def request(self, method: str, path: str, **given: Any) -> urllib3.BaseHTTPResponse:
        return self.http.request(method, path, **given)

    def score(self, value: Any, **headers: str) -> urllib3.BaseHTTPResponse:
        return self.request("POST", "/score", body=json.dumps(value), headers={**JSON, **headers})

    def is_healthy(self) -> bool:
        with suppress(urllib3.exceptions.HTTPError):
            return self.request("GET", "/").status == 200
        return False

    def wait_till_healthy(self) -> None:
        until(lambda: self.is_healthy() or self.process.poll() is not None)
        assert self.process.poll() is None, self.errors.read_text()

    def workers(self) -> list[int]:
        return children(self.process.pid)

    def logged(self, pattern: str) -> re.Match[str]:
        """Waits till the script's output has it."""
        return until(lambda: re.search(pattern, self.output.read_text()))

    def complained(self, pattern: str) -> re.Match[str]:
        """Waits till the server's own messages have it."""
        return until(lambda: re.search(pattern, self.errors.read_text()))


Serve = Callable[..., ScoringServer]
"""What tests start a server with: the script's text, then options; see the fixtures `begin` and `serve`."""


def children(parent: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def is_running(process: int) -> bool:
    """Not so for one that ended and that nobody asked after yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def environment_with(home: Path, *packages: str) -> str:
    """The Python of a virtual environment that the distribution is installed into, as users' are."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv installs the environment: put it on PATH"
    python = str(home / "bin" / "python")
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", home], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, DISTRIBUTION, *packages], check=True)
    return python


@contextmanager
def launch(
    entry_script: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    python: str = sys.executable,
    folder: Path | None = None,
) -> Iterator[ScoringServer]:
    """Starts it on a free port; `wait_till_healthy` waits for init()."""
    output, errors = entry_script.with_suffix(".out"), entry_script.with_suffix(".err")
    with socket.socket() as reserved, output.open("wb") as out, errors.open("wb") as err:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        process = subprocess.Popen(
            [
                python,
                "-m",
                "triton_scoring",
                f"--entry_script={entry_script}",
                f"--port={port}",
                "--reuse_port",
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(DISTRIBUTION), **(environment or {})},
        )
        with urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=40, retries=False, timeout=DEADLINE) as http:
            try:
                yield ScoringServer(process, port, output, errors, http)
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    workers = children(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    until(lambda: not any(is_running(worker) for worker in workers))
