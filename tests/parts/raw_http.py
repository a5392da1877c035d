"""HTTP/1.1 byte by byte: a client that sends what no library would, and a server that records what reached it."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    status: int
    """0 when the connection was closed without one."""
    headers: dict[str, str]
    body: bytes
    closed: bool
    """Whether the server closed the connection after it."""


def send(port: int, *pieces: bytes, hang_up: bool = False) -> Answer:
    """One request in as many pieces as given, and its answer; `hang_up` ends the sending side first."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent: the answer is there
            for piece in pieces:
                connection.sendall(piece)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        return receive(connection, head=pieces[0].startswith(b"HEAD "))


def receive(connection: socket.socket, *, head: bool = False) -> Answer:
    received = _until(connection, b"", b"\r\n\r\n")
    if b"\r\n\r\n" not in received:
        return Answer(0, {}, received, closed=True)
    begin, _, body = received.partition(b"\r\n\r\n")
    status, *lines = begin.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not head:
        length = int(headers.get("content-length", 0))
        while len(body) < length and (more := _some(connection)):
            body += more
    return Answer(int(status.split()[1]), headers, body, closed=headers.get("connection") == "close")


def _until(connection: socket.socket, received: bytes, end: bytes) -> bytes:
    while end not in received and (more := _some(connection)):
        received += more
    return received


def _some(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


@dataclass(frozen=True)
class Request:
    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header == name]


@dataclass
class Recorder:
    """Answers every request with 200, and keeps what it got. It reads only bodies that have a Content-Length."""

    requests: list[Request] = field(default_factory=list)
    begun: int = 0
    """Requests of which at least the headers came."""
    hold: threading.Event = field(default_factory=threading.Event)
    """Answers wait until it is set."""

    def __enter__(self) -> Self:
        self.hold.set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def forget(self) -> None:
        self.requests.clear()
        self.begun = 0

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            received = b""
            while b"\r\n\r\n" in (received := _until(connection, received, b"\r\n\r\n")):
                begin, _, received = received.partition(b"\r\n\r\n")
                self.begun += 1
                line, *lines = begin.decode("latin-1").split("\r\n")
                headers = [(name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in lines)]
                length = int(dict(headers).get("content-length", 0))
                body = bytearray(received[:length])
                received = received[length:]
                while len(body) < length and (more := _some(connection)):
                    body += more
                if len(body) < length:
                    return
                self.requests.append(Request(line, headers, bytes(body)))
                self.hold.wait()
                answer = f"{line} {length}".encode()
                head = "HTTP/1.1 200 OK\r\ncontent-length: "
                connection.sendall(f"{head}{len(answer)}\r\n\r\n".encode() + (b"" if line[:5] == "HEAD " else answer))
