"""Connections of the entry script to localhost:8000 and 8001 go to the service's own Triton, wherever that listens.

Scripts written for Azure ML say localhost:8000, and 8001 for gRPC. Triton here listens on free ports, so that several
services, and a Triton of the user's own on 8000, live side by side. Every connection that Python makes goes through
`socket.socket.connect` or `connect_ex` (http.client, urllib3, requests, asyncio, aiohttp) or through gevent's own
socket class (tritonclient.http, geventhttpclient), so these are changed, before the script is imported. gRPC connects
by itself, and is told another target: see `redirect_grpc`.

Not reached: other C code that connects by itself, such as libcurl and uvloop in the script, and programs that the
script starts.
"""

import importlib.util
import socket
from collections.abc import Mapping
from typing import Any

from .redirect_grpc import redirect_channels

HTTP, GRPC = 8000, 8001
"""Where scripts expect Triton."""
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  # connecting to the last means this machine, too


def redirect_connections(triton_port: int | None, triton_grpc_port: int | None) -> None:
    """Without a port, connections stay what they are."""
    ports = {expected: own for expected, own in ((HTTP, triton_port), (GRPC, triton_grpc_port)) if own}
    if not ports:
        return
    _redirect(socket.socket, ports)
    if importlib.util.find_spec("gevent"):
        from gevent.socket import socket as gevent_socket

        _redirect(gevent_socket, ports)
    if triton_grpc_port:
        redirect_channels(triton_grpc_port)


def _redirect(sockets: type[Any], ports: Mapping[int, int]) -> None:
    def elsewhere(connection: Any, address: Any) -> Any:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or not _is_expected(address, ports):
            return address
        host = "127.0.0.1"
        if connection.family == socket.AF_INET6:
            # Triton listens on 127.0.0.1 alone, which a socket of the other family reaches under a mapped address.
            connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            host = "::ffff:127.0.0.1"
        return (host, ports[address[1]], *address[2:])

    connect, connect_ex = sockets.connect, sockets.connect_ex

    def connect_there(self: Any, address: Any) -> Any:
        return connect(self, elsewhere(self, address))

    def connect_ex_there(self: Any, address: Any) -> Any:
        return connect_ex(self, elsewhere(self, address))

    sockets.connect = connect_there
    sockets.connect_ex = connect_ex_there


def _is_expected(address: Any, ports: Mapping[int, int]) -> bool:
    return isinstance(address, tuple) and len(address) >= 2 and address[0] in _HERE and address[1] in ports
