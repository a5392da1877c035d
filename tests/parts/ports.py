"""Ports for programs that do not choose one by themselves."""

import socket
from contextlib import ExitStack


def reserved_port(held: ExitStack, port: int = 0) -> int:
    """Bound but not listening: nobody else is given this port, and a server with SO_REUSEPORT may share it. Connections
    to it are refused until there is one."""
    reserved = held.enter_context(socket.socket())
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", port))
    return int(reserved.getsockname()[1])
