"""Direct mode through a real Envoy: what reaches Triton, and what the gateway answers itself."""

import json
import socket

import pytest
from parts.raw_http import send
from plan.gateway.conftest import DIRECT, Gateway, Start
from triton_serving.plan import limits

INFER = "/v2/models/digits/infer"
POST = f"POST {INFER} HTTP/1.1\r\nHost: a\r\n".encode()


@pytest.fixture(scope="module")
def direct(start: Start) -> Gateway:
    return start(DIRECT)


@pytest.fixture
def fresh(direct: Gateway) -> Gateway:
    direct.upstream.forget()
    return direct


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *headers, "", "")).encode("latin-1") + body


def post(body: bytes, *headers: str, path: str = INFER) -> bytes:
    return request("POST", path, f"Content-Length: {len(body)}", *headers, body=body)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "line",
    [
        f"POST {INFER}",
        "POST /v2/models/digits/versions/1/infer",
        "POST /v2/models/digits/versions/2/infer",
        "POST /v2/models/a.b-c/versions/7/infer",
        "POST /v2/models/unknown/infer",
        "GET /v2/models/digits",
        "GET /v2/models/digits/versions/2",
        "GET /v2/models/digits/ready",
        "GET /v2/models/a.b-c/versions/7/ready",
        "GET /v2/health/live",
        "GET /v2/health/ready",
        "GET /v2/health/ready?query=kept",
    ],
)
def test_what_callers_need_reaches_triton_as_it_was_sent(fresh: Gateway, line: str):
    assert send(fresh.port, request(*line.split())).status == 200
    assert [one.line for one in fresh.upstream.requests] == [f"{line} HTTP/1.1"]


TRITONS_OWN = (
    "/v2",
    "/v2/health",
    "/v2/repository/index",
    "/v2/repository/models/digits/load",
    "/v2/repository/models/digits/unload",
    "/v2/logging",
    "/v2/trace/setting",
    "/v2/models/digits/trace/setting",
    "/v2/models/digits/config",
    "/v2/models/digits/versions/1/config",
    "/v2/models/digits/stats",
    "/v2/models/stats",
    "/v2/models/digits/generate",
    "/v2/models/digits/generate_stream",
    "/v2/systemsharedmemory/status",
    "/v2/systemsharedmemory/region/x/register",
    "/v2/cudasharedmemory/status",
    "/v2/cudasharedmemory/region/x/register",
    "/metrics",
    "/invocations",
    "/ping",
    "/models",
    "/predict",
    "/v1/models/digits:predict",
    "/",
    "/score",
    "/swagger.json",
)
TRICKS = (
    "/v2/models/digits/versions/0/infer",
    "/v2/models/digits/versions/01/infer",
    "/v2/models/digits/versions/v1/infer",
    "/v2/models/../infer",
    "/v2/models//infer",
    "/v2/models/a b/infer",
    "/v2/models/digits/infer/",
    "//v2/models/digits/infer",
    "/v2//models/digits/infer",
    "/./v2/models/digits/infer",
    "/x/../v2/models/digits/infer",
    "/v2/models/digits/%69nfer",
    "/v2/models/%2e%2e/repository/index",
    "/v2/models/digits%2Finfer",
    "/v2/models/digits/infer;x",
    "/v2/models/digits;x/infer",
    "/V2/models/digits/infer",
    "/v2/health/ready/../../repository/index",
    "/v2/health/ready%00",
    "/v2\\models\\digits\\infer",
    pytest.param("/v2/models/digits/infer" + "/" * 8192, id="8-kilobytes"),
    "http://a/v2/repository/index",
)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", TRITONS_OWN + TRICKS)
def test_no_other_path_reaches_triton(fresh: Gateway, path: str, method: str):
    answer = send(fresh.port, request(method, path))
    assert answer.status in (400, 404)
    assert fresh.upstream.begun == 0


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", [INFER, "/v2/models/digits", "/v2/health/ready"])
def test_another_method_is_refused_and_the_right_one_named(fresh: Gateway, path: str, method: str):
    answer = send(fresh.port, request(method, path))
    assert answer.status == 405
    assert answer.headers["allow"] == ("POST" if path == INFER else "GET")
    assert fresh.upstream.begun == 0


def test_an_error_reads_as_triton_writes_its_own_and_names_no_server(fresh: Gateway):
    answer = send(fresh.port, request("GET", "/v2/repository/index"))
    assert json.loads(answer.body) == {"error": "this service has no such path"}
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.headers) == {"content-type", "content-length", "date"}
    assert set(send(fresh.port, post(b"{}")).headers) == {"content-length", "date"}


def test_a_body_in_chunks_goes_on_with_its_length(fresh: Gateway):
    chunked = request("POST", INFER, "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n" * 100 + b"0\r\n\r\n")
    assert send(fresh.port, chunked).status == 200
    (seen,) = fresh.upstream.requests
    assert seen.all("content-length") == ["200"]
    assert seen.all("transfer-encoding") == []
    assert seen.body == b"{}" * 100


def test_a_million_chunks_arrive_as_one_body(fresh: Gateway):
    chunked = request("POST", INFER, "Transfer-Encoding: chunked", body=b"1\r\n \r\n" * 1_000_000 + b"0\r\n\r\n")
    assert send(fresh.port, chunked).status == 200
    (seen,) = fresh.upstream.requests
    assert seen.all("content-length") == ["1000000"]


def test_the_largest_body_passes_whole(fresh: Gateway):
    body = b'{"text":"' + b"[" * (limits.TRITON_BODY_BYTES - 11) + b'"}'
    assert send(fresh.port, post(body)).status == 200
    (seen,) = fresh.upstream.requests
    assert seen.body == body


@pytest.mark.parametrize("length", [limits.TRITON_BODY_BYTES + 1, 2_000_000_000, 2**63, 2**64 - 1])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(fresh: Gateway, length: int):
    answer = send(fresh.port, request("POST", INFER, f"Content-Length: {length}"))
    assert answer.status == 413
    assert "67108864" in answer.body.decode()
    assert fresh.upstream.begun == 0


def test_a_body_in_chunks_without_end_is_refused_at_the_limit(fresh: Gateway):
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    pieces = [chunk] * (limits.TRITON_BODY_BYTES // 0x100000 + 8)
    assert send(fresh.port, request("POST", INFER, "Transfer-Encoding: chunked"), *pieces).status == 413
    assert fresh.upstream.begun == 0


@pytest.mark.parametrize(
    "body",
    [
        nested(50),
        nested(100),
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b"[" + b",".join([b"[[1]]"] * 1000) + b"]",
        b'["' + b"[" * 250_000 + b'"]',
        b'["\\"' + b"[" * 101 + b'"]',
        b'["\\\\","' + b"[" * 101 + b'"]',
    ],
    ids=["50", "100", "objects", "wide", "in-a-string", "after-an-escaped-quote", "after-an-escaped-backslash"],
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_json_of_up_to_100_levels_passes(fresh: Gateway, body: bytes, framing: str):
    assert send(fresh.port, framed(body, framing)).status == 200
    (seen,) = fresh.upstream.requests
    assert seen.body == body


@pytest.mark.parametrize(
    "body",
    [
        nested(101),
        nested(250_000),
        b'{"a":' * 101 + b"1" + b"}" * 101,
        b'[{"a":' * 51 + b"1" + b"}]" * 51,
        b'["\\"]"' + b"," + nested(100) + b"]",
        b"[" * 101,
        b"]" * 1000 + b"[" * 101,
        b" " * 70_000 + nested(101),
    ],
    ids=["101", "250000", "objects", "both", "after-a-string", "never-closed", "closed-before", "far-behind"],
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_deeper_json_is_refused_before_triton(fresh: Gateway, body: bytes, framing: str):
    answer = send(fresh.port, framed(body, framing))
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "JSON is nested more than 100 levels deep"})
    assert fresh.upstream.begun == 0


def framed(body: bytes, framing: str) -> bytes:
    if framing == "length":
        return post(body)
    return request("POST", INFER, "Transfer-Encoding: chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))


def test_tensors_behind_the_json_are_not_taken_for_json(fresh: Gateway):
    body = nested(40) + b"[" * 1000
    assert send(fresh.port, post(body, "Inference-Header-Content-Length: 80")).status == 200
    assert send(fresh.port, post(body, "Inference-Header-Content-Length: 0")).status == 200
    assert send(fresh.port, post(body, "Inference-Header-Content-Length: 181")).status == 400
    assert [one.body for one in fresh.upstream.requests] == [body, body]


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999", "3", "+2", "0x2", "1e0", "2, 2", "9" * 400, ""])
@pytest.mark.parametrize("framing", ["Content-Length: 2", "Transfer-Encoding: chunked"])
def test_a_wrong_length_of_the_json_part_never_reaches_triton(fresh: Gateway, length: str, framing: str):
    body = b"{}" if framing.startswith("Content") else b"2\r\n{}\r\n0\r\n\r\n"
    sent = request("POST", INFER, framing, f"Inference-Header-Content-Length: {length}", body=body)
    answer = send(fresh.port, sent)
    assert answer.status == 400
    assert "Inference-Header-Content-Length" in answer.body.decode()
    assert fresh.upstream.begun == 0


def test_two_lengths_of_the_json_part_are_refused(fresh: Gateway):
    twice = ["Inference-Header-Content-Length: 2"] * 2
    assert send(fresh.port, post(b"{}", *twice)).status == 400
    assert fresh.upstream.begun == 0


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip", "unknown", "identity"])
def test_a_compressed_body_is_refused(fresh: Gateway, coding: str):
    assert send(fresh.port, post(b"\x1f\x8b", f"Content-Encoding: {coding}")).status == 415
    assert fresh.upstream.begun == 0


def test_a_reading_request_brings_no_body_along(fresh: Gateway):
    assert send(fresh.port, request("GET", "/v2/models/digits", "Content-Length: 2", body=b"{}")).status == 413
    chunked = request("GET", "/v2/models/digits", "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n")
    assert send(fresh.port, chunked).status == 413
    assert fresh.upstream.begun == 0


@pytest.mark.parametrize(
    "headers",
    [
        ["X: " + "a" * 100_000],
        [f"X-{number}: a" for number in range(1000)],
        [f"X-{number}: a" for number in range(101)],
    ],
    ids=["long", "1000", "101"],
)
def test_too_many_headers_are_refused(fresh: Gateway, headers: list[str]):
    assert send(fresh.port, post(b"{}", *headers)).status == 431
    assert fresh.upstream.begun == 0


def test_a_plain_request_reaches_triton_as_it_is(fresh: Gateway):
    assert send(fresh.port, post(b"{}", "Content-Type: application/json", "Accept-Encoding: gzip")).status == 200
    (seen,) = fresh.upstream.requests
    sent = {"host": "a", "content-length": "2", "content-type": "application/json", "accept-encoding": "gzip"}
    assert dict(seen.headers) == sent


def test_what_only_a_proxy_may_say_does_not_reach_triton(fresh: Gateway):
    spoofed = (
        "Connection: keep-alive, X-Nominated, Authorization",
        "X-Nominated: a",
        "Authorization: a",
        "Keep-Alive: 5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: a",
        "TE: gzip",
        "Trailer: X",
        "Forwarded: for=1.1.1.1",
        "X-Forwarded-For: 1.1.1.1",
        "X-Forwarded-Host: b",
        "X-Forwarded-Port: 1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Client-Cert: a",
        "X-Real-IP: 1.1.1.1",
        "X-Envoy-Upstream-Rq-Timeout-Ms: 1",
        "X-Envoy-Max-Retries: 9",
        "X-Envoy-Internal: true",
        "inference_header_content_length: 1",
        "x_forwarded_for: 1.1.1.1",
    )
    assert send(fresh.port, post(b"{}", *spoofed, "X-Request-Id: kept")).status == 200
    (seen,) = fresh.upstream.requests
    assert dict(seen.headers) == {"host": "a", "content-length": "2", "x-request-id": "kept"}


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


@pytest.mark.parametrize("framing", ["Content-Length: 200", "Transfer-Encoding: chunked"])
def test_who_hangs_up_in_the_middle_of_a_body_leaves_nothing_at_triton(fresh: Gateway, framing: str):
    piece = b"{}" if framing.startswith("Content") else b"2\r\n{}\r\n"
    with socket.create_connection(("127.0.0.1", fresh.port)) as connection:
        connection.sendall(request("POST", INFER, framing, body=piece))
    assert send(fresh.port, post(b"{}")).status == 200
    assert [one.body for one in fresh.upstream.requests] == [b"{}"]
