"""What callers of a plain run() get: text in, JSON out, and every other answer of the server."""

import http.client
import json
import re
import uuid
from typing import Any

import pytest
from parts.scoring_server import JSON, ScoringServer, Serve

RETURNS = {
    "None": "{}",
    "'text'": '"text"',
    "[1, 2.5, True]": "[1, 2.5, true]",
    "{'a': None}": '{"a": null}',
    "float('nan')": "NaN",
}
UNSENDABLE = ["{1, 2}", "object()", "b'bytes'", "__import__('numpy').zeros(2)", "DEEP"]
RAISED = ["1 / 0", "sys.exit(0)", "exit_at_once(KeyboardInterrupt)", "int('secret')", "recurse()"]
NOT_ALLOWED = [("PUT", "/score"), ("HEAD", "/score"), ("DELETE", "/score"), ("POST", "/"), ("POST", "/swagger.json")]


@pytest.fixture(scope="module")
def script() -> str:
    return """
    import sys
    DEEP = []
    for _ in range(100_000):
        DEEP = [DEEP]
    def recurse(): return recurse()
    def exit_at_once(kind): raise kind
    def init(): pass
    def run(data, request_headers):
        if data.startswith("python:"):
            return eval(data.removeprefix("python:"))
        return [data, dict(request_headers)]
    """


def python(server: ScoringServer, expression: str) -> Any:
    return server.request("POST", "/score", body=f"python:{expression}")


def test_run_gets_the_body_as_text(server: ScoringServer) -> None:
    for body in '{"a": 1}', "", "grüße ☃", "\0", "line\nline", "x" * 3_000_000:
        answer = server.request("POST", "/score", body=body.encode(), headers=JSON)
        assert answer.status == 200
        assert answer.json()[0] == body


def test_a_body_in_chunks_arrives_whole(server: ScoringServer) -> None:
    answer = server.request("POST", "/score", body=iter([b"one ", b"two ", b"three"]), headers=JSON, chunked=True)
    assert answer.json()[0] == "one two three"


def test_get_hands_the_query_on_as_json(server: ScoringServer) -> None:
    answer = server.request("GET", "/score?a=1&b=[1,2]&c=text&d=null&e=&f=1&f=x&g=a%26b")
    given = {"a": 1, "b": [1, 2], "c": "text", "d": None, "e": "", "f": [1, "x"], "g": "a&b"}
    assert json.loads(answer.json()[0]) == given


def test_run_gets_the_headers_when_it_asks_for_them(server: ScoringServer) -> None:
    answer = server.request(
        "POST", "/score", body=b"", headers={"x-own": "1", "under_score": "2", "x-request-id": "me"}
    )
    headers = answer.json()[1]
    assert headers["X-Own"] == "1"
    assert headers["X-Request-Id"] == "me"
    assert not any("core" in name for name in headers)


@pytest.mark.parametrize("value", RETURNS)
def test_what_run_returns_is_sent_as_json(server: ScoringServer, value: str) -> None:
    answer = python(server, value)
    assert (answer.status, answer.data.decode()) == (200, RETURNS[value])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert re.fullmatch(r"\d+\.\d{3}", answer.headers["x-ms-run-fn-exec-ms"])


@pytest.mark.parametrize("value", UNSENDABLE)
def test_what_json_cannot_hold_is_an_error_and_told_in_the_log(server: ScoringServer, value: str) -> None:
    answer = python(server, value)
    assert answer.status == 500
    assert answer.json() == {"message": "An unexpected internal error occurred. Check the logs for more info."}
    assert answer.headers["x-ms-run-function-failed"] == "False"
    assert answer.headers["x-request-id"]
    server.logged(r"run\(\) returned a \w+ that JSON cannot hold")


@pytest.mark.parametrize("raised", RAISED)
def test_what_run_raises_stays_in_the_log_and_the_worker_lives(server: ScoringServer, raised: str) -> None:
    before = server.workers()
    answer = python(server, raised)
    assert answer.status == 500
    assert answer.json() == {"message": "An unexpected error occurred in scoring script. Check the logs for more info."}
    assert answer.headers["x-ms-run-function-failed"] == "True"
    assert "x-ms-run-fn-exec-ms" not in answer.headers
    assert server.score(1).status == 200
    assert server.workers() == before


def test_the_log_says_what_run_raised(server: ScoringServer) -> None:
    python(server, "int('secret number 7')")
    server.logged(r"ValueError: invalid literal .*'secret number 7'")


def test_text_that_is_not_utf8_is_refused(server: ScoringServer) -> None:
    answer = server.request("POST", "/score", body=b"\xff\xfe", headers=JSON)
    assert answer.status == 400
    assert answer.json()["message"].startswith("Input cannot be decoded as UTF-8")


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_refused_and_never_lost(server: ScoringServer, form: str) -> None:
    answer = server.request("POST", "/score", body=b'{"data": 1}', headers={"Content-Type": form})
    assert answer.status == 415
    assert "Content-Type: application/json" in answer.json()["message"]


def test_a_compressed_body_is_refused(server: ScoringServer) -> None:
    answer = server.request("POST", "/score", body=b"\x1f\x8b", headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status == 415


def test_a_body_over_100_mib_is_refused_before_it_is_sent(server: ScoringServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/score")
    connection.putheader("Content-Length", str(100 * 1024 * 1024 + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    connection.close()


def test_a_body_in_chunks_over_100_mib_is_refused(server: ScoringServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/score")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    mebibyte = b"100000\r\n" + bytes(1024 * 1024) + b"\r\n"
    for _ in range(100):
        connection.send(mebibyte)
    connection.send(b"1\r\nx\r\n")
    assert connection.getresponse().status == 413
    connection.close()


def test_health(server: ScoringServer) -> None:
    answer = server.request("GET", "/")
    assert (answer.status, answer.data, answer.headers["content-type"]) == (200, b"Healthy", "text/html; charset=utf-8")
    assert server.request("HEAD", "/").headers["content-length"] == "7"


def test_score_answers_options_and_odd_spellings_of_its_path(server: ScoringServer) -> None:
    answer = server.request("OPTIONS", "/score")
    assert (answer.status, answer.data) == (200, b"")
    assert "x-ms-run-fn-exec-ms" not in answer.headers
    for path in "//score", "/%73core":
        assert server.request("POST", path, body=b"1", headers=JSON).status == 200


@pytest.mark.parametrize("path", ["/score/", "/other", "/score.json", "/swagger.json/", "/v2/health/ready"])
def test_other_paths_are_not_found(server: ScoringServer, path: str) -> None:
    answer = server.request("GET", path)
    assert answer.status == 404
    assert path in answer.json()["message"]


@pytest.mark.parametrize(("method", "path"), NOT_ALLOWED)
def test_other_methods_are_not_allowed(server: ScoringServer, method: str, path: str) -> None:
    answer = server.request(method, path)
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


def test_swagger(server: ScoringServer) -> None:
    described = server.request("GET", "/swagger.json").json()
    assert described["swagger"] == "2.0"
    assert list(described["paths"]) == ["/", "/score"]
    assert server.request("GET", "/swagger.json?version=2.0").json() == described
    assert server.request("GET", "/swagger.json?version=4").status == 404


def test_a_request_has_an_id_made_up_or_given(server: ScoringServer) -> None:
    made_up = server.score(1).headers
    assert uuid.UUID(made_up["x-request-id"])
    assert made_up["x-ms-request-id"] == made_up["x-request-id"]
    assert "x-ms-client-request-id" not in made_up
    given = server.score(1, **{"x-request-id": "a", "x-ms-client-request-id": "b", "TraceId": "c"}).headers
    assert [given[f"x-{name}"] for name in ("request-id", "ms-request-id", "ms-client-request-id")] == ["a", "b", "b"]
    assert given["TraceId"] == "c"
    legacy = server.score(1, **{"x-ms-request-id": "old"}).headers
    assert (legacy["x-ms-request-id"], legacy["x-ms-client-request-id"]) == ("old", "old")


@pytest.mark.parametrize("name", ["x-request-id", "x-ms-request-id", "x-ms-client-request-id"])
def test_an_id_of_more_than_100_characters_is_refused(server: ScoringServer, name: str) -> None:
    assert server.score(1, **{name: "x" * 100}).status == 200
    refused = server.score(1, **{name: "x" * 101})
    assert refused.status == 431
    assert name in refused.json()["message"]


def test_connections_are_kept(server: ScoringServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.connect()
    kept = connection.sock
    for body in "1", "python:1 / 0", "\udcff":
        connection.request("POST", "/score", body=body.encode(errors="surrogateescape"), headers=JSON)
        connection.getresponse().read()
        assert connection.sock is kept
    connection.close()


def test_a_coroutine_function_may_be_run(serve: Serve) -> None:
    server = serve(
        """
        import asyncio
        async def init():
            global loop
            loop = asyncio.get_running_loop()
        async def run(data):
            await asyncio.sleep(0)
            if data == '"exit"':
                raise SystemExit
            return loop is asyncio.get_running_loop()
        """
    )
    assert [server.score(value).status for value in (1, "exit", 1)] == [200, 500, 200]
    assert server.score(1).json() is True
