"""Direct mode through a real Envoy: what reaches Triton, and what the gateway answers itself."""

import json

import pytest
from parts.raw_http import send
from plan.gateway.conftest import INFER, Gateway, post, request


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
