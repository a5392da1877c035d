"""What happens to requests while the programs behind the gateway change, and to those that are slow or stuck."""

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from parts.docker_registry import free_port
from parts.envoy import envoy
from parts.raw_http import Answer, Recorder, receive, send
from plan.gateway.conftest import DIRECT, Start, listed
from triton_serving.plan.gateway.configuration import Targets, Upstream, bootstrap, clusters, routes

ASK = b"GET /v2/models/digits HTTP/1.1\r\nHost: a\r\n\r\n"
INFER = b"POST /v2/models/digits/infer HTTP/1.1\r\nHost: a\r\n"
SPOOFED = b"X-Forwarded-For: 10.0.0.1\r\nX-Envoy-Retry-On: reset\r\nX-Envoy-Max-Retries: 5\r\n"
READY = [
    f"/v2/{path}" for path in ("health/live", "health/ready", "models/digits/ready", "models/digits/versions/1/ready")
]


def test_requests_move_to_the_new_program_and_those_under_way_end_at_the_old(start: Start):
    gateway = start(DIRECT)
    old = gateway.upstream
    with Recorder() as new, socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as under_way:
        old.hold.clear()
        under_way.sendall(ASK)
        gateway.envoy.wait_for(lambda: old.begun == 1)
        both = clusters([Upstream("one", old.port), Upstream("two", new.port), Upstream("grpc", 1, grpc=True)])
        gateway.envoy.replace("clusters.json", both)
        gateway.envoy.replace("routes.json", routes(DIRECT, Targets(http="two", grpc="grpc"), None, ready=True))
        assert send(gateway.port, ASK).status == 200
        assert (len(new.requests), old.begun) == (1, 1)
        gateway.envoy.replace("clusters.json", clusters([Upstream("two", new.port), Upstream("grpc", 1, grpc=True)]))
        old.hold.set()
        assert receive(under_way).status == 200


def test_a_service_that_is_not_ready_says_so_and_still_infers(start: Start):
    gateway = start(DIRECT)
    gateway.envoy.replace("routes.json", listed(DIRECT, ready=False))
    for path in READY:
        assert send(gateway.port, ASK.replace(b"/v2/models/digits", path.encode())).status == 503
    assert gateway.upstream.begun == 0
    assert send(gateway.port, INFER + b"Content-Length: 2\r\n\r\n{}").status == 200
    gateway.envoy.replace("routes.json", listed(DIRECT))
    assert send(gateway.port, ASK.replace(b"/v2/models/digits", READY[0].encode())).status == 200


def test_a_program_that_is_gone_is_503_at_once_and_the_address_is_not_told(start: Start):
    gateway = start(DIRECT)
    gateway.envoy.replace("clusters.json", clusters([Upstream("one", free_port()), Upstream("grpc", 1, grpc=True)]))
    answer = send(gateway.port, ASK)
    assert answer.status == 503
    assert b"127.0.0.1" not in answer.body


@pytest.mark.parametrize(
    ("sent", "times"),
    [
        (INFER + b"Content-Length: 2\r\n\r\n{}", 1),
        (INFER + SPOOFED + b"Content-Length: 2\r\n\r\n{}", 1),
        (ASK, 3),
    ],
    ids=["infer", "infer-again-as-the-client-asks", "reading"],
)
def test_a_program_that_dies_is_asked_again_only_when_that_changes_nothing(start: Start, sent: bytes, times: int):
    gateway = start(DIRECT)
    with socket.create_server(("127.0.0.1", 0)) as dying:
        gateway.envoy.replace("clusters.json", clusters([Upstream("one", dying.getsockname()[1])]))
        answers: list[Answer] = []
        asking = threading.Thread(target=lambda: answers.append(send(gateway.port, sent)))
        asking.start()
        for _ in range(times):
            connection, _ = dying.accept()
            assert connection.recv(65536).startswith(sent[:4])
            connection.close()
        asking.join()
        assert [answer.status for answer in answers] == [503]
        dying.settimeout(0)
        with pytest.raises(BlockingIOError):
            dying.accept()


def test_slow_headers_and_slow_bodies_are_ended(tmp_path: Path):
    """With the times made short."""
    quick = in_a_second(bootstrap(free_port()))
    with Recorder() as upstream:
        behind = clusters([Upstream("one", upstream.port), Upstream("grpc", 1, grpc=True)])
        with envoy(tmp_path, quick, behind, listed(DIRECT)) as running:
            for begun in (
                b"GET / HT",
                ASK[:-2],
                INFER + b"Content-Length: 200\r\n\r\n{",
                INFER + b"Transfer-Encoding: chunked\r\n\r\n",
            ):
                assert send(running.port, begun).status == 408
            assert send(running.port, ASK).status == 200
        assert upstream.begun == 1


def test_hundreds_of_silent_connections_are_no_trouble_for_others(start: Start):
    gateway = start(DIRECT)
    silent = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(400)]
    try:
        for connection in silent:
            connection.sendall(INFER)
        assert send(gateway.port, ASK).status == 200
    finally:
        for connection in silent:
            connection.close()


def in_a_second(configuration: dict[str, Any]) -> dict[str, Any]:
    (listener,) = configuration["static_resources"]["listeners"]
    settings = listener["filter_chains"][0]["filters"][0]["typed_config"]
    assert (settings["request_headers_timeout"], settings["request_timeout"]) == ("10s", "60s")
    settings.update(request_headers_timeout="0.5s", request_timeout="1s")
    return configuration
