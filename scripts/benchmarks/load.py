"""Requests to a server over kept connections, and what came of them.

It shares the processors with what it measures, so it is bare: one thread, one `epoll`, requests made beforehand, and of
the answers no more is looked at than the status and the length.
"""

import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

HERE = "127.0.0.1"
CONNECTIONS = 32
_PATIENCE = 60.0
"""Seconds after which an answer is taken to have been lost."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


def post(path: str, body: bytes, content_type: str = "application/json", **headers: object) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answers_per_second(port: int, request: bytes, seconds: float) -> float:
    """As fast as the server answers: on each connection the next request follows the last answer.

    Raises RuntimeError when an answer is not 200, or does not come.
    """
    answers = 0
    with _Connections((HERE, port), request) as connections:
        for _ in range(CONNECTIONS):
            connections.send(_Connection())
        begin = time.perf_counter()
        end = begin + seconds
        while (now := time.perf_counter()) < end:
            for connection, status in connections.answers(end - now):
                if status != 200:
                    raise RuntimeError(
                        f"an answer was not 200: {connection.received[:300].decode(errors='replace') or 'none came'}"
                    )
                answers += 1
                connections.send(connection)
    return answers / (now - begin)


@dataclass(frozen=True)
class Answer:
    due: float
    """When the request was to be sent, by `time.perf_counter`."""
    seconds: float
    """From then on: what a server lets wait is not left out because it let the next one wait, too."""
    status: int
    """0: none came."""


class SteadyLoad:
    """So many requests a second, whatever the server does: when all connections wait for an answer, one more is opened.
    Answers gather until the block ends."""

    def __init__(self, port: int, request: bytes, rate: int, host: str = HERE) -> None:
        self._server, self._request, self._rate = (host, port), request, rate
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.answers: list[Answer] = []

    def _run(self) -> None:
        begin = time.perf_counter()
        sent = 0
        with _Connections(self._server, self._request) as connections:
            idle: list[_Connection] = []
            waiting: dict[_Connection, float] = {}
            while not self._end.is_set():
                due = begin + sent / self._rate
                # Before a request is sent, as clients do: who hung up meanwhile is not asked any more.
                for connection, status in connections.answers(max(0, due - time.perf_counter())):
                    if connection in waiting:  # else an idle one was closed, which is no failure
                        idle.append(connection)
                        self._note(waiting.pop(connection), status)
                if time.perf_counter() < due:
                    continue
                connection = idle.pop() if idle else _Connection()
                sent += 1
                try:
                    connections.send(connection)
                except OSError:  # nobody listens, or the server has hung up this very moment
                    connections.drop(connection)
                    self._note(due, 0)
                else:
                    waiting[connection] = due
            last = time.perf_counter() + _PATIENCE
            while waiting and time.perf_counter() < last:
                for connection, status in connections.answers(1):
                    if connection in waiting:
                        self._note(waiting.pop(connection), status)
            for due in waiting.values():
                self._note(due, 0)

    def _note(self, due: float, status: int) -> None:
        self.answers.append(Answer(due, time.perf_counter() - due, status))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()


class _Connection:
    """One request at a time; a socket from its first request on, and a new one where the server hung up."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.received = b""
        self.over = False
        """Whether the server has hung up, or is about to."""

    def receive(self) -> int | None:
        """The status of the answer, once all of it is there; 0 where the server hung up."""
        try:
            data = self.socket.recv(65536) if self.socket else b""
        except ConnectionError:
            data = b""
        self.received += data
        status = self._status() if data else 0
        self.over = not data or (status is not None and _CLOSES.search(self.received) is not None)
        return status

    def _status(self) -> int | None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = _LENGTH.search(self.received, 0, end)
        if length is None:
            raise RuntimeError(f"an answer does not tell its length: {self.received[:300]!r}")
        return int(self.received[9:12]) if len(self.received) >= end + 4 + int(length[1]) else None


class _Connections:
    """All to one server, for one request."""

    def __init__(self, server: tuple[str, int], request: bytes) -> None:
        self._server, self._request = server, request
        self._epoll = select.epoll()
        self._open: dict[int, _Connection] = {}

    def send(self, connection: _Connection) -> None:
        if connection.socket is None:
            connection.socket = socket.create_connection(self._server)
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open[connection.socket.fileno()] = connection
            self._epoll.register(connection.socket, select.EPOLLIN)
        connection.received = b""
        connection.socket.sendall(self._request)

    def answers(self, seconds: float) -> Iterator[tuple[_Connection, int]]:
        """Waits so long for the next ones, and gives the status of each."""
        # epoll's own patience is in whole milliseconds, too coarse for requests that are due in between.
        if not select.select([self._epoll], [], [], seconds)[0]:
            return
        for descriptor, _ in self._epoll.poll(0):
            connection = self._open[descriptor]
            status = connection.receive()
            if connection.over:
                self.drop(connection)
            if status is not None:
                yield connection, status

    def drop(self, connection: _Connection) -> None:
        if connection.socket:
            # Closing would not be enough: a program that is just being started holds it, too.
            self._epoll.unregister(connection.socket)
            del self._open[connection.socket.fileno()]
            connection.socket.close()
            connection.socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._open.values():
            if connection.socket:
                connection.socket.close()
        self._epoll.close()
