"""Keys at a real gateway: either is enough, nothing else is, and they change while requests come in."""

import dataclasses
import json
import socket
import threading

import pytest
from parts.raw_http import Answer, receive, send
from plan.gateway.conftest import DIRECT, SCORING, Gateway, Start, listed
from triton_serving.plan.service import Keys

KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
LOCKED = dataclasses.replace(DIRECT, auth_enabled=True)
LOCKED_SCORING = dataclasses.replace(SCORING, auth_enabled=True)


@pytest.fixture(scope="module")
def locked(start: Start) -> Gateway:
    return start(LOCKED, KEYS)


@pytest.fixture(scope="module")
def locked_scoring(start: Start) -> Gateway:
    return start(LOCKED_SCORING, KEYS)


def ask(gateway: Gateway, *headers: str, path: str = "/v2/health/ready", method: str = "GET") -> Answer:
    lines = (f"{method} {path} HTTP/1.1", "Host: a", *headers, "", "")
    return send(gateway.port, "\r\n".join(lines).encode())


@pytest.mark.parametrize("key", [KEYS.primary, KEYS.secondary], ids=["primary", "secondary"])
def test_either_key_opens_and_goes_no_further(locked: Gateway, key: str):
    locked.upstream.forget()
    assert ask(locked, f"authorization: Bearer {key}  ").status == 200
    (seen,) = locked.upstream.requests
    assert seen.headers == [("host", "a")]


WRONG = {
    "none": [],
    "empty": ["Authorization:"],
    "only-the-scheme": ["Authorization: Bearer"],
    "only-the-key": [f"Authorization: {KEYS.primary}"],
    "wrong": ["Authorization: Bearer wrong-key-0123456789"],
    "cut": [f"Authorization: Bearer {KEYS.primary[:-1]}"],
    "longer": [f"Authorization: Bearer {KEYS.primary}x"],
    "upper-case": [f"Authorization: Bearer {KEYS.primary.upper()}"],
    "lower-case-scheme": [f"Authorization: bearer {KEYS.primary}"],
    "basic": [f"Authorization: Basic {KEYS.primary}"],
    "two-spaces": [f"Authorization: Bearer  {KEYS.primary}"],
    "tab": [f"Authorization: Bearer\t{KEYS.primary}"],
    "comma": [f"Authorization: Bearer {KEYS.primary},"],
    "not-ascii": ["Authorization: Bearer schlüssel-0123456789"],
    "32-kilobytes": ["Authorization: Bearer " + "x" * 32768],
    "twice": [f"Authorization: Bearer {KEYS.primary}"] * 2,
    "right-then-wrong": [f"Authorization: Bearer {KEYS.primary}", "Authorization: Bearer wrong"],
    "wrong-then-right": ["Authorization: Bearer wrong", f"Authorization: Bearer {KEYS.primary}"],
    "dropped-on-the-way": ["Connection: authorization", f"Authorization: Bearer {KEYS.primary}"],
    "another-header": [f"X-Api-Key: {KEYS.primary}"],
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_nothing_but_a_key_opens(locked: Gateway, headers: list[str]):
    locked.upstream.forget()
    answer = ask(locked, *headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer <key>" in json.loads(answer.body)["error"]
    assert KEYS.primary not in answer.body.decode()
    assert locked.upstream.begun == 0


def test_a_key_larger_than_all_headers_may_be_is_refused(locked: Gateway):
    assert ask(locked, "Authorization: Bearer " + "x" * 65536).status == 431


@pytest.mark.parametrize(
    "path", ["/v2/health/live", "/v2/models/digits", f"/v2/health/ready?key={KEYS.primary}", "/none"]
)
def test_every_path_is_behind_the_key(locked: Gateway, path: str):
    assert ask(locked, path=path).status == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("HEAD", "/"), ("OPTIONS", "/score"), ("GET", "/swagger.json")]
)
def test_every_path_of_the_scoring_server_is_behind_the_key(locked_scoring: Gateway, method: str, path: str):
    assert ask(locked_scoring, method=method, path=path).status == 401
    assert ask(locked_scoring, f"Authorization: Bearer {KEYS.primary}", method=method, path=path).status == 200


def test_the_question_of_a_browser_before_it_calls_has_no_key_and_reaches_no_script(locked_scoring: Gateway):
    """As at Azure ML, whose router let no OPTIONS through: a raw script would answer a stranger itself."""
    locked_scoring.upstream.forget()
    asked = ("Origin: https://a.example", "Access-Control-Request-Method: POST")
    answer = ask(
        locked_scoring, *asked, "Access-Control-Request-Headers: authorization", method="OPTIONS", path="/score"
    )
    assert answer.status == 401
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert locked_scoring.upstream.begun == 0


@pytest.mark.parametrize("header", ["Content-Length: 1000", "Transfer-Encoding: chunked", "Content-Encoding: gzip"])
def test_without_a_key_no_body_is_waited_for(locked: Gateway, header: str):
    assert ask(locked, header, method="POST", path="/v2/models/digits/infer").status == 401
    assert locked.upstream.begun == 0


def test_keys_change_without_a_lost_request(start: Start):
    gateway = start(LOCKED, KEYS)
    changed = Keys("another-key-0123456789", KEYS.secondary)
    stop, statuses = threading.Event(), []

    def keep_asking(port: int) -> None:
        head = f"GET /v2/health/ready HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEYS.secondary}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as kept:
            while not stop.is_set():
                kept.sendall(head.encode())
                statuses.append(receive(kept).status)

    asking = [threading.Thread(target=keep_asking, args=(gateway.port,)) for _ in range(4)]
    for thread in asking:
        thread.start()
    for keys in [changed, KEYS] * 5 + [changed]:
        gateway.envoy.replace("routes.json", listed(LOCKED, keys))
    stop.set()
    for thread in asking:
        thread.join()
    assert len(statuses) > 4
    assert set(statuses) == {200}
    assert ask(gateway, f"Authorization: Bearer {changed.primary}").status == 200
    assert ask(gateway, f"Authorization: Bearer {KEYS.primary}").status == 401
