"""Ports that are held without listening: Triton, Envoy and the scoring server listen on them with SO_REUSEPORT, and
while one of them is being started again nobody else gets its port."""

import errno
import socket
from typing import Self

from ...rules.problems import UserError


class Port:
    """Held until everybody who holds it has closed it."""

    def __init__(self, number: int = 0, *, joins: bool = False) -> None:
        """0 takes a free one. Raises `UserError` when it is taken or not for everybody. `joins` is for a port on which
        a program of ours listens already."""
        self._socket = socket.socket()
        try:
            # Past the connections that a service before us closed, yet refused when anybody holds the port. Asked for
            # with SO_REUSEPORT at once, it would be shared with another service of the same user.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT if joins else socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", number))
            contested = number and not joins  # one that Linux chose is nobody else's
            if contested:
                self._socket.listen()  # Linux lets only one of those do so who bound it at the same moment
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            if contested:
                self._socket.shutdown(socket.SHUT_RDWR)  # it stays bound
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        except OSError as error:
            self._socket.close()
            raise UserError(_why_not(number, error)) from error
        self.number: int = self._socket.getsockname()[1]
        self._holders = 1

    def shared(self) -> Self:
        """The same port for one more, who closes it too."""
        self._holders += 1
        return self

    def close(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._socket.close()


def _why_not(number: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {number} on 127.0.0.1 is taken by another program; stop that one, "
            "or set 'port' to another one (0 takes a free one)"
        )
    if error.errno == errno.EACCES:
        return (
            f"port {number} is below 1024, which this user may not take; "
            "set 'port' to one from 1024 on (0 takes a free one)"
        )
    return f"port {number} on 127.0.0.1 cannot be had: {error.strerror}; set 'port' to another one (0 takes a free one)"
