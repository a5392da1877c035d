"""Who gets the connections of a port on which two programs listen, one of which is to close it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from triton_serving.local_runtime.supervisor.handover import hand_over
from triton_serving.local_runtime.supervisor.ports import Port

LISTENS = """
import socket, sys
sockets, connections = [], []
for _ in range(int(sys.argv[2])):
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.bind(("127.0.0.1", int(sys.argv[1])))
    one.listen()
    one.setblocking(False)
    sockets.append(one)
print(flush=True)
for order in sys.stdin:
    taken = 0
    if order == "take\\n":
        for one in sockets:
            try:
                while connection := one.accept()[0]:
                    connections.append(connection)
                    taken += 1
            except BlockingIOError:
                pass
    elif order == "read\\n":
        for one in connections:
            one.recv(1)
    elif order == "close one\\n":
        sockets.pop(0).close()
    print(taken, flush=True)
"""


class Program:
    """Takes connections when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid

    def say(self, order: str = "") -> str:
        assert self._process.stdin
        assert self._process.stdout
        if order:
            print(order, file=self._process.stdin, flush=True)
        return self._process.stdout.readline()

    def take(self) -> int:
        return int(self.say("take"))


@contextmanager
def listening(port: int, sockets: int) -> Iterator[Program]:
    command = [sys.executable, "-c", LISTENS, str(port), str(sockets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        program = Program(process)
        program.say()
        yield program
        process.kill()


@pytest.fixture
def port() -> Iterator[int]:
    held = Port()
    yield held.number
    held.close()


def connect(port: int, stack: ExitStack, count: int = 60) -> None:
    for _ in range(count):
        stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(b"1")


async def waits(handing_over: "asyncio.Task[None]") -> bool:
    return not (await asyncio.wait([handing_over], timeout=0.2))[0]


@pytest.mark.parametrize("sockets", [1, 3])
def test_the_newer_gets_every_new_connection_and_the_older_has_taken_its_own(port: int, sockets: int) -> None:
    with listening(port, sockets) as older, listening(port, sockets) as newer, ExitStack() as stack:

        async def replace() -> int:
            handing_over = asyncio.create_task(hand_over(port, older.pid))
            assert await waits(handing_over)
            taken = older.take()
            assert await waits(handing_over)
            older.say("read")
            await handing_over
            return taken

        connect(port, stack)
        taken = asyncio.run(replace())
        assert taken > 0
        assert newer.take() == 60 - taken
        for _ in range(sockets):
            connect(port, stack)
            assert (older.take(), newer.take()) == (0, 60)
            older.say("close one")
        connect(port, stack)
        assert newer.take() == 60


def test_one_that_is_alone_keeps_its_connections(port: int) -> None:
    with listening(port, 2) as alone, ExitStack() as stack:
        asyncio.run(hand_over(port, alone.pid))
        connect(port, stack)
        assert alone.take() == 60


def test_one_that_listens_elsewhere_changes_nothing(port: int) -> None:
    with listening(port, 1) as first, listening(port, 1) as second, ExitStack() as stack:
        asyncio.run(hand_over(port, os.getpid()))
        connect(port, stack)
        taken = first.take(), second.take()
        assert min(taken) > 0
        assert sum(taken) == 60
