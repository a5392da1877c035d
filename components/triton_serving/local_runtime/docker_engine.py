"""Docker's engine on this machine, asked by its own interface: whether it is there, its images, and how containers are.

Making and removing containers is the business of Pulumi's provider; this is what it does not do, or not say.
"""

import base64
import http.client
import json
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ..models.registry.docker_config import Credentials, credentials_for
from ..models.registry.location import DOCKER_HUB
from ..models.work import Work
from ..rules.problems import UserError
from ..rules.wording import printable

DEFAULT = "unix:///var/run/docker.sock"
SECONDS = 30.0
"""For an answer; dockerd on a busy machine takes a while."""
PULL_SECONDS = 600.0
"""Without a word from dockerd while it gets an image: it unpacks large layers in silence."""
LAST_LINES = 400
"""Triton's tables of its options come after the reason why it ended."""
START = "start Docker (sudo systemctl start docker, or Docker Desktop), set DOCKER_HOST, or set runsIn to 'processes'"


@dataclass(frozen=True)
class Facts:
    version: str
    nvidia: bool
    """Whether containers can be given NVIDIA's GPUs."""


@dataclass(frozen=True)
class Condition:
    """How a container is."""

    running: bool
    restarts: int
    exit_code: int
    error: str
    """What kept it from starting, in Docker's words; empty when nothing did."""


class DockerEngine:
    def __init__(self) -> None:
        """Of DOCKER_HOST, as Pulumi's provider finds it."""
        self._host = os.environ.get("DOCKER_HOST") or DEFAULT
        if not self._host.startswith("unix://"):
            raise UserError(
                "DOCKER_HOST must be a socket of this machine, unix:///…, since containers read their files from here "
                f"(got {self._host!r}); unset it, or serve from a cluster"
            )

    def facts(self) -> Facts:
        """Raises `UserError` when no engine answers."""
        found = json.loads(self._ask("GET", "/info")[1])
        return Facts(str(found["ServerVersion"]), "nvidia" in found.get("Runtimes", {}))

    def has_image(self, reference: str) -> bool:
        return self._ask("GET", f"/images/{quote(reference)}/json", none=True)[0] == 200

    def pull(self, reference: str, work: Work) -> None:
        """Gets an image by digest, unless it is there, signed in as Docker's configuration says."""
        if self.has_image(reference):
            return
        name, _, digest = reference.rpartition("@")
        host = name.partition("/")[0] if "." in name.partition("/")[0] or ":" in name.partition("/")[0] else DOCKER_HUB
        query = urlencode({"fromImage": _without_tag(name), "tag": digest})
        headers = {"X-Registry-Auth": _auth(credentials_for(host), host)}
        layers: dict[str, tuple[int, int]] = {}
        for line in self._lines("POST", f"/images/create?{query}", headers):
            work.checkpoint()
            if "error" in line:
                raise UserError(_pull_failure(reference, str(line["error"])))
            detail = line.get("progressDetail") or {}
            if "total" in detail:
                layers[line["id"]] = (detail["current"], detail["total"])
                done, total = (sum(sizes[part] for sizes in layers.values()) for part in (0, 1))
                work.say(f"Docker gets {name}: {done >> 20:,} of {total >> 20:,} MiB")

    def condition(self, container: str) -> Condition | None:
        """None when there is no such container."""
        status, body = self._ask("GET", f"/containers/{container}/json", none=True)
        if status == 404:
            return None
        found = json.loads(body)
        state = found["State"]
        running = state["Running"] and not state["Restarting"]
        return Condition(running, found.get("RestartCount", 0), state["ExitCode"], state["Error"])

    def last_lines(self, container: str) -> list[str]:
        """Of its log."""
        status, body = self._ask("GET", f"/containers/{container}/logs?stdout=1&stderr=1&tail={LAST_LINES}", none=True)
        if status != 200:
            return []
        text = b"".join(_frames(body)).decode(errors="replace")
        return [line.rstrip() for line in text.splitlines()]

    def start(self, container: str) -> None:
        self._ask("POST", f"/containers/{container}/start")

    def stop(self, container: str) -> None:
        """It stays stopped, also when Docker is started again."""
        self._ask("POST", f"/containers/{container}/stop?t=5", none=True)

    def restart(self, container: str) -> None:
        self._ask("POST", f"/containers/{container}/restart?t=5")

    def of(self, label: str, value: str) -> list[str]:
        """The containers with a label, running or not."""
        filters = quote(json.dumps({"label": [f"{label}={value}"]}))
        return [one["Id"] for one in json.loads(self._ask("GET", f"/containers/json?all=1&filters={filters}")[1])]

    def remove(self, container: str) -> None:
        self._ask("DELETE", f"/containers/{container}?force=1&v=1", none=True)

    def _lines(self, method: str, path: str, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
        with self._connect(PULL_SECONDS) as connection:
            answer = self._send(connection, method, path, headers)
            if answer.status >= 300:
                yield {"error": _said(answer.read())}
                return
            for line in answer:
                if line.strip():
                    yield json.loads(line)

    def _ask(self, method: str, path: str, *, none: bool = False) -> tuple[int, bytes]:
        """`none`: whether the answer that there is no such thing is one."""
        with self._connect(SECONDS) as connection:
            answer = self._send(connection, method, path, {})
            body = answer.read()
        if answer.status >= 400 and not (none and answer.status == 404):
            raise UserError(f"Docker says of {path.partition('?')[0]}: {_said(body)}")
        return answer.status, body

    def _send(
        self, connection: "_Connection", method: str, path: str, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        try:
            connection.request(method, path, None, headers)
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise UserError(self._unreachable(error)) from None

    def _connect(self, seconds: float) -> "_Connection":
        return _Connection(self._host.removeprefix("unix://"), seconds)

    def _unreachable(self, error: Exception) -> str:
        if isinstance(error, PermissionError):
            return (
                f"Docker at {self._host} does not let this user in; add the user to the group docker and sign in "
                "again, or set runsIn to 'processes'"
            )
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return f"Docker does not answer at {self._host} ({reason}); {START}"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path, self._seconds = path, seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self._seconds)
        self.sock.connect(self._path)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _auth(found: Credentials | None, host: str) -> str:
    """As Docker's own client sends it: in a header, to the socket of this machine."""
    given = {"serveraddress": host}
    if found:
        given |= {"username": found.user, "password": found.password}
        given |= {"identitytoken": found.identity_token, "registrytoken": found.registry_token}
    return base64.urlsafe_b64encode(json.dumps(given).encode()).decode()


def _pull_failure(reference: str, said: str) -> str:
    return (
        f"{reference}: Docker cannot get it ({printable(said)[:500]}); check that the registry has it and that you are "
        f"signed in (docker login), then run the same command again"
    )


def _without_tag(name: str) -> str:
    """Docker takes one of tag and digest, and the digest decides."""
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _said(body: bytes) -> str:
    try:
        text = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        text = body.decode(errors="replace")
    return printable(" ".join(text.split()))[:500]


def _frames(body: bytes) -> Iterator[bytes]:
    """A log comes in pieces, each behind its stream's number and its length."""
    while len(body) >= 8:
        (size,) = struct.unpack(">I", body[4:8])
        yield body[8 : 8 + size]
        body = body[8 + size :]
