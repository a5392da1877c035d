import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from parts.docker_registry import free_port
from triton_serving.local_runtime.supervisor.ports import Port
from triton_serving.rules.problems import UserError


def test_a_held_port_is_for_those_who_share_it_only() -> None:
    port = Port()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port.number))
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ours.bind(("127.0.0.1", port.number))
    port.close()


def test_two_services_cannot_hold_the_same_port() -> None:
    port = Port()
    with pytest.raises(UserError, match=f"port {port.number} on 127.0.0.1 is taken by another program"):
        Port(port.number)
    port.close()
    Port(port.number).close()


def test_of_two_that_bind_it_at_the_same_moment_one_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    number, both_bound = free_port(), Barrier(2)

    class Meeting(socket.socket):
        def bind(self, address: Any) -> None:
            super().bind(address)
            both_bound.wait(60)

    def ask() -> Port | None:
        try:
            return Port(number)
        except UserError:
            return None

    monkeypatch.setattr(socket, "socket", Meeting)
    with ThreadPoolExecutor(2) as threads:
        had = [port for port in threads.map(lambda _: ask(), range(2)) if port]
    monkeypatch.undo()
    assert len(had) == 1
    with pytest.raises(UserError):
        Port(number)
    had[0].close()


def test_a_port_on_which_a_program_of_ours_listens_is_joined() -> None:
    with socket.socket() as program:
        program.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        program.bind(("127.0.0.1", 0))
        program.listen()
        number = program.getsockname()[1]
        with pytest.raises(UserError):
            Port(number)
        joined = Port(number, joins=True)
    with pytest.raises(UserError):
        Port(number)
    joined.close()


def test_a_shared_port_is_free_when_the_last_one_let_go() -> None:
    port = Port()
    port.shared()
    port.close()
    with pytest.raises(UserError):
        Port(port.number)
    port.close()
    Port(port.number).close()


def test_a_port_below_1024_is_told_to_those_who_may_not_have_it() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        first_free = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            Port(first_free - 1)
        except UserError as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    os.close(writer)
    assert b"below 1024" in os.read(reader, 1000)
    os.waitpid(child, 0)
    os.close(reader)
