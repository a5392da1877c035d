"""Another address of a server, on loopback, that can be closed while the server stays."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

from .ports import reserved_port

PIECE = 1 << 16


class Doorway:
    """What goes through is not looked at, so that TLS stays between the ends."""

    def __init__(self, host: str, port: int) -> None:
        self.behind = (host, port)
        self._held = ExitStack()
        self._port = reserved_port(self._held)
        self._open()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._held.close()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Connections are refused; nobody else gets the port in the meantime."""
        self._close()
        yield
        self._open()

    def _open(self) -> None:
        door = self

        class Handler(_Handler):
            doorway = door

        self._server = _Server(("127.0.0.1", self._port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_port = True
    daemon_threads = True


class _Handler(socketserver.BaseRequestHandler):
    doorway: Doorway
    request: socket.socket

    def handle(self) -> None:
        with socket.create_connection(self.doorway.behind) as onward:
            threading.Thread(target=_carry, args=(onward, self.request), daemon=True).start()
            _carry(self.request, onward)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # one end has gone; the other learns of it when its socket is closed
        while piece := source.recv(PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
