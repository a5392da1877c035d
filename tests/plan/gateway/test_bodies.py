"""Bodies of inference requests through a real Envoy: their size, their form, how deep their JSON is nested."""

import json

import pytest
from parts.raw_http import send
from plan.gateway.conftest import INFER, Gateway, post, request
from triton_serving.plan import limits


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


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
