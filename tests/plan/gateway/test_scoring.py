"""Scoring mode through a real Envoy: the four paths of the scoring server, and its limits."""

import dataclasses

import pytest
from parts.raw_http import Answer, send
from plan.gateway.conftest import SCORING, Gateway, Start, listed
from triton_serving.plan import limits
from triton_serving.plan.service import Mode

DEEP = b"[" * 101 + b"]" * 101


@pytest.fixture(scope="module")
def scoring(start: Start) -> Gateway:
    return start(SCORING)


@pytest.fixture
def fresh(scoring: Gateway) -> Gateway:
    scoring.upstream.forget()
    return scoring


def ask(gateway: Gateway, method: str, path: str, *headers: str, body: bytes = b"") -> Answer:
    head = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *headers, "", "")).encode()
    return send(gateway.port, head + body)


def score(gateway: Gateway, body: bytes, *headers: str) -> Answer:
    return ask(gateway, "POST", "/score", f"Content-Length: {len(body)}", *headers, body=body)


ALLOWED = {
    "/score": ("GET", "POST", "OPTIONS"),
    "/swagger.json": ("GET",),
    "/": ("GET", "HEAD"),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ALLOWED)
def test_each_path_takes_its_methods_and_no_other(fresh: Gateway, path: str, method: str):
    answer = ask(fresh, method, f"{path}?version=3")
    if method in ALLOWED[path]:
        assert answer.status == 200
        assert [one.line for one in fresh.upstream.requests] == [f"{method} {path}?version=3 HTTP/1.1"]
    else:
        assert (answer.status, answer.headers["allow"]) == (405, ", ".join(ALLOWED[path]))
        assert fresh.upstream.begun == 0


@pytest.mark.parametrize(
    "path",
    ["/score/", "//score", "/%73core", "/Score", "/score;x", "/swagger", "/v2/health/ready", "/v2/models/digits/infer"],
)
def test_no_other_path_reaches_the_scoring_server(fresh: Gateway, path: str):
    assert ask(fresh, "GET", path).status == 404
    assert fresh.upstream.begun == 0


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON;charset=utf-8", "application/vnd.x+json", "application/json ;a"]
)
def test_deep_json_is_refused_before_the_script(fresh: Gateway, kind: str):
    assert score(fresh, DEEP, f"Content-Type: {kind}").status == 400
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(DEEP), DEEP)
    headers = (f"Content-Type: {kind}", "Transfer-Encoding: chunked")
    assert ask(fresh, "POST", "/score", *headers, body=chunked).status == 400
    assert fresh.upstream.begun == 0
    assert score(fresh, DEEP[1:-1], f"Content-Type: {kind}").status == 200


@pytest.mark.parametrize("kind", ["image/jpeg", "application/octet-stream", "text/plain", "application/jsonx"])
def test_bytes_that_are_not_json_are_not_taken_for_it(fresh: Gateway, kind: str):
    assert score(fresh, DEEP, f"Content-Type: {kind}").status == 200


def test_a_body_in_chunks_goes_on_with_its_length(fresh: Gateway):
    assert ask(fresh, "POST", "/score", "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n").status == 200
    (seen,) = fresh.upstream.requests
    assert (seen.all("content-length"), seen.body) == (["2"], b"{}")


def test_as_much_as_azure_ml_let_through_passes_and_no_more(fresh: Gateway):
    assert score(fresh, bytes(limits.SCORE_BODY_BYTES)).status == 200
    fresh.upstream.forget()
    assert ask(fresh, "POST", "/score", f"Content-Length: {limits.SCORE_BODY_BYTES + 1}").status == 413
    assert score(fresh, b"x", "Content-Encoding: gzip").status == 415
    assert fresh.upstream.begun == 0


def test_a_callers_own_authorization_and_ids_reach_the_script_of_a_service_without_keys(fresh: Gateway):
    own = ("Authorization: Basic abc", "X-Request-Id: 1", "X-Ms-Client-Request-Id: 2", "Cookie: a=b")
    assert score(fresh, b"{}", *own).status == 200
    (seen,) = fresh.upstream.requests
    assert dict(seen.headers) == {
        "host": "a",
        "content-length": "2",
        "authorization": "Basic abc",
        "x-request-id": "1",
        "x-ms-client-request-id": "2",
        "cookie": "a=b",
    }


def test_a_service_that_is_not_ready_says_so_and_still_scores(start: Start):
    gateway = start(dataclasses.replace(SCORING, mode=Mode.SCRIPT))
    gateway.envoy.replace("routes.json", listed(gateway_plan := SCORING, ready=False))
    assert [ask(gateway, method, "/").status for method in ("GET", "HEAD")] == [503, 503]
    assert ask(gateway, "GET", "/score").status == 200
    gateway.envoy.replace("routes.json", listed(gateway_plan))
    assert ask(gateway, "GET", "/").status == 200
