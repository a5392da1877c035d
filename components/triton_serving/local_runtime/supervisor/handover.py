"""Two programs listen on one port: the newer gets every new connection, so that the older can close it and lose none.

Linux spreads connections over all sockets of a port (SO_REUSEPORT), and when one of them is closed it resets those that
nobody has taken from it yet. A filter of one instruction makes it choose the first socket of the newer program instead.
"""

import asyncio
import ctypes
import socket
import struct
import time
from collections.abc import Container
from pathlib import Path

_ATTACH_FILTER, _ATTACH_REUSEPORT_CBPF = 26, 51
"""Of Linux's asm-generic/socket.h; Python's `socket` does not name them."""
_RETURN = 0x06
_LISTENS, _IS_OPEN = "0A", "01"
"""States of Linux's include/net/tcp_states.h."""
_ASK_EVERY = 0.01
_QUIET_LOOKS = 3
"""A connection that is just being made is in no queue yet."""
_LONGEST = 5.0
"""Seconds; what has not been taken by then will not be."""


async def hand_over(port: int, older: int) -> None:
    """Returns when no new connection goes to process `older`, and it has taken all that were made before and read what
    came on them. Does nothing where no other program listens on the port."""
    listening = _queues(port, {_LISTENS})
    own = len(listening.keys() & _sockets_of(older))
    if not 0 < own < len(listening):
        return
    _lead_to(port, own)
    deadline = time.monotonic() + _LONGEST
    quiet = 0
    while quiet < _QUIET_LOOKS and time.monotonic() < deadline:
        await asyncio.sleep(_ASK_EVERY)
        waiting = {number for number, length in _queues(port, {_LISTENS, _IS_OPEN}).items() if length}
        quiet = 0 if waiting & _sockets_of(older) else quiet + 1


def _lead_to(port: int, place: int) -> None:
    """New connections go to the socket at this place, counted from 0, in the order in which they began to listen. When
    one before it is closed the last takes its place, so this one stays where it is until all those are gone. Then
    nothing is at this place, and Linux spreads connections as before."""
    with socket.socket() as helper:
        helper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Nobody would answer those who come to this socket while it is open: for them it is as if their first packet
        # was lost, so they send it again.
        _attach(helper, _ATTACH_FILTER, 0)
        helper.bind(("127.0.0.1", port))
        helper.listen()  # only now is it one of the port's, for all of which the filter then holds
        _attach(helper, _ATTACH_REUSEPORT_CBPF, place)


def _attach(to: socket.socket, option: int, value: int) -> None:
    """A program for Linux's packet filter that returns a number whatever comes."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, value))
    to.setsockopt(socket.SOL_SOCKET, option, struct.pack("HP", 1, ctypes.addressof(instruction)))


def _sockets_of(pid: int) -> set[str]:
    """Their numbers."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            found.add(target[len("socket:[") : -1])
    return found


def _queues(port: int, states: Container[str]) -> dict[str, int]:
    """Of each socket of the port that is in one of these states: its number, and how much nobody has taken from it yet:
    connections of one that listens, bytes of others."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, _, _, _, _, number, *_ = line.split()
        if state in states and int(local.partition(":")[2], 16) == port:
            found[number] = int(queues.partition(":")[2], 16)
    return found
