"""The way to a supervisor that runs: `supervisor/control.py` says what goes over it."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .supervisor.control import SOCKET

ASK_SECONDS = 5.0


@contextmanager
def control_connection(folder: Path, seconds: float) -> Iterator[tuple[Any, Iterator[Any]]]:
    """Writing and reading messages. The path goes over a descriptor: a socket's own may have 107 bytes only."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ASK_SECONDS)
            connection.connect(f"/proc/self/fd/{descriptor}/{SOCKET}")
            connection.settimeout(seconds)
            yield lambda message: connection.sendall(json.dumps(message).encode() + b"\n"), _messages(connection)
    finally:
        os.close(descriptor)


def listens(folder: Path) -> bool:
    try:
        with control_connection(folder, ASK_SECONDS):
            return True
    except OSError:
        return False


def _messages(connection: socket.socket) -> Iterator[Any]:
    """None whenever the socket's time passes without one."""
    received = b""
    while True:
        try:
            data = connection.recv(65536)
        except TimeoutError:
            yield None
            continue
        if not data:
            return
        *lines, received = (received + data).split(b"\n")
        yield from map(json.loads, lines)
