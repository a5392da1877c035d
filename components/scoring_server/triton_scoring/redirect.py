"""Connections of the entry script to localhost:8000 go to the service's own Triton, wherever that listens.

Scripts written for Azure ML say localhost:8000. Triton here listens on a free port, so that several services, and a
Triton of the user's own on 8000, live side by side. Every connection that Python makes goes through
`socket.socket.connect` or `connect_ex` (http.client, urllib3, requests, asyncio, aiohttp) or through gevent's own
socket class (tritonclient.http, geventhttpclient), so these are changed, before the script is imported.

Not reached: C code that connects by itself, such as gRPC (localhost:8001), libcurl and uvloop in the script, and
programs that the script starts. Scripts ask Triton over HTTP here.
"""

import importlib.util
import socket
from typing import Any

SCRIPTS_EXPECT = 8000
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  # connecting to the last means this machine, too


def redirect_connections(triton_port: int) -> None:
    _redirect(socket.socket, triton_port)
    if importlib.util.find_spec("gevent"):
        from gevent.socket import socket as gevent_socket

        _redirect(gevent_socket, triton_port)


def _redirect(sockets: type[Any], triton_port: int) -> None:
    def elsewhere(connection: Any, address: Any) -> Any:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or not _is_expected(address):
            return address
        host = "127.0.0.1"
        if connection.family == socket.AF_INET6:
            # Triton listens on 127.0.0.1 alone, which a socket of the other family reaches under a mapped address.
            connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            host = "::ffff:127.0.0.1"
        return (host, triton_port, *address[2:])

    connect, connect_ex = sockets.connect, sockets.connect_ex

    def connect_there(self: Any, address: Any) -> Any:
        return connect(self, elsewhere(self, address))

    def connect_ex_there(self: Any, address: Any) -> Any:
        return connect_ex(self, elsewhere(self, address))

    sockets.connect = connect_there
    sockets.connect_ex = connect_ex_there


def _is_expected(address: Any) -> bool:
    return isinstance(address, tuple) and len(address) >= 2 and address[0] in _HERE and address[1] == SCRIPTS_EXPECT
