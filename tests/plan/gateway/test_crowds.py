"""Callers who are many, who do not read, leave in the middle or send without end: what they cost the gateway."""

import resource
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

import pytest
from parts.docker_registry import free_port
from parts.envoy import Envoy, envoy, resident_bytes
from parts.raw_http import Recorder, receive, send
from plan.gateway.conftest import DIRECT, INFER, Gateway, listed, post, request
from triton_serving.plan import limits
from triton_serving.plan.gateway.configuration import Upstream, bootstrap, clusters

ASK = request("GET", "/v2/models/digits")
MIB = 2**20
LARGE = 50 * MIB
SOME = 20
"""Callers at once of one kind."""


class Large:
    """A program whose every answer has 50 MiB."""

    def __enter__(self) -> Self:
        self.begun = self.ended = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    @property
    def answering(self) -> int:
        with self._lock:
            return self.begun - self.ended

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while connection.recv(65536):
                with self._lock:
                    self.begun += 1
                try:
                    connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n".encode() + bytes(LARGE))
                finally:
                    with self._lock:
                        self.ended += 1


@contextmanager
def before(folder: Path, port: int, answer_seconds: int = 300) -> Iterator[Envoy]:
    """A gateway before a program."""
    behind = clusters([Upstream("one", port), Upstream("grpc", 1, grpc=True)])
    shown = listed(DIRECT)
    for route in shown["resources"][0]["virtual_hosts"][0]["routes"]:
        if route.get("route", {}).get("timeout") == "300s":
            route["route"]["timeout"] = f"{answer_seconds}s"
    with envoy(folder, bootstrap(free_port()), behind, shown) as running:
        yield running


def read_all(running: Envoy) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/v2/models/digits", timeout=20) as answer:
        return len(answer.read())


def open_files(running: Envoy) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


@pytest.fixture
def many_files() -> Iterator[None]:
    """For this process and the gateway that it starts, as the supervisor has it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < limits.CONNECTIONS + 1000:
        pytest.skip(f"a process of this user may open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.CONNECTIONS + 1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_ten_thousand_idle_connections_cost_little_and_one_more_is_refused(tmp_path: Path):
    with Recorder() as upstream, before(tmp_path, upstream.port) as running, ExitStack() as opened:
        at_first = resident_bytes(running)
        kept = opened.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=20))
        for _ in range(limits.CONNECTIONS - 1):
            opened.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=20))
        running.wait_for(lambda: send(running.port, ASK).status == 0)
        kept.sendall(ASK)
        assert receive(kept).status == 200
        assert resident_bytes(running) - at_first < 200 * MIB
        opened.close()
        running.wait_for(lambda: send(running.port, ASK).status == 200)
        running.wait_for(lambda: open_files(running) < 100)


def test_who_does_not_read_an_answer_holds_little_of_it_and_nobody_else(tmp_path: Path):
    with Large() as upstream, before(tmp_path, upstream.port) as running, ExitStack() as opened:
        at_first = resident_bytes(running)
        for _ in range(SOME):
            opened.enter_context(socket.create_connection(("127.0.0.1", running.port))).sendall(post(b"{}"))
        running.wait_for(lambda: upstream.answering == SOME)
        assert read_all(running) == LARGE
        assert resident_bytes(running) - at_first < 4 * SOME * MIB
        opened.close()  # in the middle of their answers
        running.wait_for(lambda: upstream.answering == 0)
        running.wait_for(lambda: open_files(running) < 100)
        assert read_all(running) == LARGE


def test_an_answer_that_nobody_reads_is_given_up_when_its_time_is_over(tmp_path: Path):
    """With a time made short."""
    with (
        Large() as upstream,
        before(tmp_path, upstream.port, answer_seconds=1) as running,
        socket.create_connection(("127.0.0.1", running.port)) as silent,
    ):
        silent.sendall(post(b"{}"))
        running.wait_for(lambda: upstream.begun == 1)  # and ended before anybody looked, where this machine is slow
        running.wait_for(lambda: upstream.ended == 1)


@pytest.mark.parametrize("head", ["Content-Length: 2000000000", "Transfer-Encoding: chunked"])
def test_bodies_over_the_limit_take_no_more_memory_than_one_of_the_largest(fresh: Gateway, head: str):
    at_first = resident_bytes(fresh.envoy)
    piece = b"100000\r\n" + bytes(MIB) + b"\r\n" if "chunked" in head else bytes(MIB)
    for _ in range(3):
        assert send(fresh.port, request("POST", INFER, head), *[piece] * 200).status == 413
    assert resident_bytes(fresh.envoy) - at_first < 2 * limits.TRITON_BODY_BYTES
    assert fresh.upstream.begun == 0


def test_a_million_chunks_leave_no_memory_behind(fresh: Gateway):
    body = b"1\r\n \r\n" * 100_000 + b"0\r\n\r\n"
    chunked = request("POST", INFER, "Transfer-Encoding: chunked")
    for _ in range(10):
        assert send(fresh.port, chunked, body).status == 200
    settled = resident_bytes(fresh.envoy)
    for _ in range(10):
        assert send(fresh.port, chunked, body).status == 200
    assert resident_bytes(fresh.envoy) - settled < 4 * MIB
