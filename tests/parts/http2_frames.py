"""HTTP/2 frame by frame: a client that sends what no library would."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

HEADERS, RESET, SETTINGS, CONTINUATION = 1, 3, 4, 9
END_STREAM, END_HEADERS = 1, 4
REFUSED_STREAM, CANCEL = 7, 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@dataclass(frozen=True)
class Frame:
    kind: int
    stream: int
    content: bytes


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def reset(stream: int) -> bytes:
    return frame(RESET, 0, stream, struct.pack(">I", CANCEL))


def headers(**named: str) -> bytes:
    """Every one literally and by its name; the pseudo headers of a request are `method`, `path` and the like."""
    of_a_request = {"method", "path", "scheme", "authority"}
    return b"".join(
        b"\x00" + _text(f":{name}" if name in of_a_request else name) + _text(value) for name, value in named.items()
    )


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
    return connection


def received(connection: socket.socket) -> Iterator[Frame]:
    """Until the other side closes."""
    left = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65536):
            left += more
            while len(left) >= 9 and len(left) >= (end := 9 + int.from_bytes(left[:3], "big")):
                yield Frame(left[3], int.from_bytes(left[5:9], "big"), left[9:end])
                left = left[end:]


def _text(value: str) -> bytes:
    """Without Huffman's code; RFC 7541, 5.1 and 5.2."""
    content = value.encode()
    if len(content) < 127:
        return bytes([len(content)]) + content
    length, rest = bytearray([127]), len(content) - 127
    while rest >= 128:
        length.append(rest % 128 + 128)
        rest //= 128
    return bytes([*length, rest]) + content
