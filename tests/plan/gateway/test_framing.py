"""Requests whose beginning or end can be read in two ways: none may become two requests behind the gateway."""

import socket

import pytest
from parts.raw_http import receive, send
from plan.gateway.conftest import INFER, Gateway, post, request

POST = f"POST {INFER} HTTP/1.1\r\nHost: a\r\n".encode()

AMBIGUOUS = {
    **{
        f"content-length-{name}": POST + f"Content-Length: {value}\r\n\r\n{{}}".encode("latin-1")
        for name, value in {
            "negative": "-1",
            "plus": "+2",
            "underscore": "0_2",
            "list": "2, 2",
            "hexadecimal": "0x2",
            "letters": "2a",
            "empty": "",
            "superscript": "\xb2",
            "65-bit": "99999999999999999999",
        }.items()
    },
    "content-length-twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "content-length-two": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length-and-chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    **{
        f"transfer-encoding-{name}": POST + f"Transfer-Encoding: {value}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode()
        for name, value in {
            "identity": "identity",
            "both": "identity, chunked, identity",
            "gzip": "gzip, chunked",
            "twice": "chunked, chunked",
            "prefixed": "xchunked",
            "control-character": "\x0bchunked",
            "empty": "",
        }.items()
    },
    "transfer-encoding-in-1.0": POST.replace(b"1.1", b"1.0")
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    **{
        f"chunk-{name}": POST + b"Transfer-Encoding: chunked\r\n\r\n" + body
        for name, body in {
            "hexadecimal": b"0x2\r\n{}\r\n0\r\n\r\n",
            "plus": b"+2\r\n{}\r\n0\r\n\r\n",
            "minus": b"-2\r\n{}\r\n0\r\n\r\n",
            "too-long": b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
            "extension-with-bare-cr": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
            "extension-with-bare-lf": b"2;a\nb\r\n{}\r\n0\r\n\r\n",
            "bare-lf": b"2\n{}\n0\n\n",
            "no-end-of-line": b"2\r\n{}0\r\n\r\n",
            "space-first": b" 2\r\n{}\r\n0\r\n\r\n",
            "bad-trailer": b"2\r\n{}\r\n0\r\nbad\r\n\r\n",
        }.items()
    },
    "space-before-colon": POST + b"X : a\r\nContent-Length: 2\r\n\r\n{}",
    "no-colon": POST + b"X\r\nContent-Length: 2\r\n\r\n{}",
    "no-name": POST + b": a\r\nContent-Length: 2\r\n\r\n{}",
    "name-not-ascii": POST + b"X\xc3\xa9: a\r\nContent-Length: 2\r\n\r\n{}",
    **{
        f"value-{name}": POST + b"X: a" + byte + b"b\r\nContent-Length: 2\r\n\r\n{}"
        for name, byte in {"nul": b"\0", "bel": b"\7", "del": b"\x7f"}.items()
    },
    "no-host": b"GET /v2/models/digits HTTP/1.1\r\n\r\n",
    "two-hosts": b"GET /v2/models/digits HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "odd-host": b"GET /v2/models/digits HTTP/1.1\r\nHost: a b\r\n\r\n",
    "authority-target": b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk-target": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": b"GET /v2/models/digits#x HTTP/1.1\r\nHost: a\r\n\r\n",
    "nul-in-path": b"GET /v2/models/digits\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "connect": b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "lower-case-method": b"get /v2/models/digits HTTP/1.1\r\nHost: a\r\n\r\n",
    "long-method": b"X" * 100 + b" /v2/models/digits HTTP/1.1\r\nHost: a\r\n\r\n",
    "http-0.9": b"GET /v2/models/digits\r\n\r\n",
    "http-1.0": b"GET /v2/models/digits HTTP/1.0\r\nHost: a\r\n\r\n",
    "websocket": POST + b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("sent", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(fresh: Gateway, sent: bytes):
    """426: of HTTP/1.0 and before; 501: a transfer coding that nobody here knows (RFC 9112, 6.1)."""
    answer = send(fresh.port, sent + b"GET /v2/models/digits HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.status in (400, 403, 404, 426, 501)
    assert answer.closed or answer.status == 404
    assert not any(one.line.startswith("POST") for one in fresh.upstream.requests)


@pytest.mark.parametrize(
    ("sent", "header", "value"),
    [
        (b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", "x", "a b"),
        (b"X: a\rb\r\nContent-Length: 2\r\n\r\n{}", "x", "ab"),
        (b"Transfer-Encoding: Chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n", "content-length", "2"),
        (b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}", "content-length", "2"),
    ],
    ids=["folded", "bare-cr", "extension-and-trailer", "h2c"],
)
def test_what_is_odd_but_clear_goes_on_in_plain_form(fresh: Gateway, sent: bytes, header: str, value: str):
    assert send(fresh.port, POST + sent).status == 200
    (seen,) = fresh.upstream.requests
    assert seen.all(header) == [value]
    assert seen.body == b"{}"
    assert {name for name, _ in seen.headers} <= {"host", "content-length", header}


def test_http_1_0_is_told_that_a_later_one_is_spoken_here(fresh: Gateway):
    answer = send(fresh.port, b"GET /v2/models/digits HTTP/1.0\r\nHost: a\r\n\r\n")
    assert (answer.status, answer.closed) == (426, True)
    assert fresh.upstream.begun == 0


def test_who_waits_to_be_asked_for_the_body_is_asked_and_nobody_else_waits(fresh: Gateway):
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=20) as connection:
        connection.sendall(request("POST", INFER, "Expect: 100-continue", "Content-Length: 200"))
        assert receive(connection).status == 100
        assert send(fresh.port, post(b"{}")).status == 200
        assert [one.body for one in fresh.upstream.requests] == [b"{}"], "nothing of a body that is still to come"
        connection.sendall(b" " * 200)
        assert receive(connection).status == 200
    assert not fresh.upstream.requests[-1].all("expect")


@pytest.mark.parametrize("framing", ["Content-Length: 200", "Transfer-Encoding: chunked"])
def test_who_hangs_up_in_the_middle_of_a_body_leaves_nothing_at_triton(fresh: Gateway, framing: str):
    piece = b"{}" if framing.startswith("Content") else b"2\r\n{}\r\n"
    with socket.create_connection(("127.0.0.1", fresh.port)) as connection:
        connection.sendall(request("POST", INFER, framing, body=piece))
    assert send(fresh.port, post(b"{}")).status == 200
    assert [one.body for one in fresh.upstream.requests] == [b"{}"]
