"""Short questions over HTTP to the processes of the service: on a loopback port, or on Envoy's admin socket."""

import asyncio
import http.client
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


async def ask(address: int | str, path: str, *, method: str = "GET", seconds: float = 2) -> Answer | None:
    """None when nobody answers there, or not in time, or not in HTTP. An address is a port or a socket's path."""
    return await asyncio.to_thread(_ask, address, path, method, seconds)


def _ask(address: int | str, path: str, method: str, seconds: float) -> Answer | None:
    connection = (
        _SocketConnection(address, seconds)
        if isinstance(address, str)
        else http.client.HTTPConnection("127.0.0.1", address, timeout=seconds)
    )
    try:
        connection.request(method, path, headers={"Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("supervisor", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
