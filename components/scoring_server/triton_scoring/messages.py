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
_AT_ONCE = 256 * 1024

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

    def feed(self, data: bytes | memoryview) -> None:
        self._received += data

    def take(self) -> Message | None:
        """The next message, if all of it is there."""
        received, begin = self._received, _LENGTHS.size
        if len(received) < begin:
            return None
        of_head, of_body = _LENGTHS.unpack_from(received)
        middle = begin + of_head
        end = middle + of_body
        if len(received) < end:
            return None
        message = Message(bytes(received[begin:middle]).split(b"\n"), received[middle:end])
        del received[:end]
        return message


class Line:
    """The worker's end: waits until a message is there, or sent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._parser = Parser()
        # One for all: what recv() makes anew each time is, at this size, mapped and unmapped by the system.
        self._received = bytearray(_AT_ONCE)

    def receive(self) -> Message | None:
        """None when the other side has gone."""
        while (message := self._parser.take()) is None:
            count = self._connection.recv_into(self._received)
            if not count:
                return None
            self._parser.feed(memoryview(self._received)[:count])
        return message

    def send(self, message: Message) -> None:
        head, body = message.parts()
        if len(body) <= _AT_ONCE:  # one call of the system, and one wake-up of the dispatcher
            self._connection.sendall(head + body)
        else:
            self._connection.sendall(head)
            self._connection.sendall(body)
