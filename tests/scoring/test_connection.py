"""What goes over one connection: whole answers, in the order of the requests, whatever way the client asks."""

import socket
from collections.abc import Iterator

import pytest
from parts.scoring_server import ScoringServer

HEAD = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def script() -> str:
    return """
    def init(): pass
    def run(data): return data
    """


@pytest.fixture
def connection(server: ScoringServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        yield connection


def score(body: bytes, *headers: bytes) -> bytes:
    return b"".join([HEAD, *headers, b"Content-Length: %d\r\n\r\n" % len(body), body])


def received_until(connection: socket.socket, ending: bytes) -> bytes:
    received = b""
    while not received.endswith(ending):
        data = connection.recv(65536)
        assert data, f"it ended with {received[-200:]!r}"
        received += data
    return received


def test_an_answer_comes_in_one_piece(connection: socket.socket) -> None:
    for number in range(100):
        connection.sendall(score(b"%d" % number))
        assert connection.recv(65536).endswith(b'\r\n\r\n"%d"' % number)


def test_requests_that_do_not_wait_for_answers_are_answered_in_their_order(connection: socket.socket) -> None:
    connection.sendall(b"".join(score(b"%d" % number) for number in range(20)))
    received = received_until(connection, b'"19"')
    assert [received.index(b'\r\n\r\n"%d"' % number) for number in range(20)] == sorted(
        received.index(b'\r\n\r\n"%d"' % number) for number in range(20)
    )


def test_a_client_that_asks_whether_to_send_its_body_is_told(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    assert received_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"body")
    received_until(connection, b'\r\n\r\n"body"')


def test_answers_without_a_body_arrive_and_the_connection_goes_on(connection: socket.socket) -> None:
    for method in b"HEAD", b"OPTIONS":
        connection.sendall(method + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert received_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_connection_that_is_to_end_does_so_after_the_whole_answer(connection: socket.socket, size: int) -> None:
    connection.sendall(score(b"x" * size, b"Connection: close\r\n"))
    with connection.makefile("rb") as answer:
        assert answer.read().endswith(b'\r\n\r\n"' + b"x" * size + b'"')


def test_what_is_no_http_is_told_so_before_the_connection_ends(connection: socket.socket) -> None:
    connection.sendall(b"nonsense\r\n\r\n")
    with connection.makefile("rb") as answer:
        assert answer.read().startswith(b"HTTP/1.1 400 Bad Request\r\n")
