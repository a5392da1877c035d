"""What dispatcher and worker say to each other over their socket pair.

A message is a head of lines and a body: two lengths, then both. Neither a header's name nor its value can hold a line
feed (HTTP forbids it; `answers` checks what scripts set), so a join and a split do what JSON would need ten times as
long for.
"""

import socket
import struct
from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]

_LENGTHS = struct.Struct("<IQ")

READY = b"ready"
FAILED = b"failed"
"""The body is the traceback, the second line the cause."""
ANSWER = b"answer"


@dataclass(frozen=True, slots=True)
class Message:
    head: list[bytes]
    body: bytes | bytearray = b""

    def parts(self) -> tuple[bytes, bytes | bytearray]:
        """Its bytes on the wire: a large body is handed on, not copied."""
        lines = b"\n".join(self.head)
        return _LENGTHS.pack(len(lines), len(self.body)) + lines, self.body


@dataclass(frozen=True, slots=True)
class Call:
    """A request for run()."""

    method: str
    path: str
    query: bytes
    headers: Headers
    """Names in lower case."""
    body: bytes | bytearray = b""

    def message(self) -> Message:
        lines = [self.method.encode("latin-1"), self.path.encode("unicode_escape"), self.query]
        return Message(lines + _flat(self.headers), self.body)

    @classmethod
    def of(cls, message: Message) -> "Call":
        method, path, query, *headers = message.head
        return cls(method.decode("latin-1"), path.decode("unicode_escape"), query, _pairs(headers), message.body)

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Headers
    body: bytes | bytearray = b""

    def message(self) -> Message:
        return Message([ANSWER, b"%d" % self.status, *_flat(self.headers)], self.body)

    @classmethod
    def of(cls, message: Message) -> "Answer":
        _, status, *headers = message.head
        return cls(int(status), _pairs(headers), message.body)


def _flat(headers: Headers) -> list[bytes]:
    return [part for header in headers for part in header]


def _pairs(lines: list[bytes]) -> Headers:
    return list(zip(lines[::2], lines[1::2], strict=True))


class Parser:
    """Puts messages together from bytes as they come in."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        self._received += data
        messages = []
        while (message := self._take()) is not None:
            messages.append(message)
        return messages

    def _take(self) -> Message | None:
        received, begin = self._received, _LENGTHS.size
        if len(received) < begin:
            return None
        of_head, of_body = _LENGTHS.unpack_from(received)
        middle = begin + of_head
        end = middle + of_body
        if len(received) < end:
            return None
        message = Message(bytes(received[begin:middle]).split(b"\n"), bytes(received[middle:end]))
        del received[:end]
        return message


def send(connection: socket.socket, message: Message) -> None:
    for part in message.parts():
        connection.sendall(part)


def receive(connection: socket.socket) -> Message | None:
    """The next message, waiting for it; None when the other side has gone."""
    lengths = _exactly(connection, _LENGTHS.size)
    if lengths is None:
        return None
    of_head, of_body = _LENGTHS.unpack(lengths)
    head = _exactly(connection, of_head)
    body = _exactly(connection, of_body)
    if head is None or body is None:
        return None
    return Message(bytes(head).split(b"\n"), bytes(body))


def _exactly(connection: socket.socket, count: int) -> bytearray | None:
    received = bytearray(count)
    rest = memoryview(received)
    while rest:
        taken = connection.recv_into(rest)
        if not taken:
            return None
        rest = rest[taken:]
    return received
