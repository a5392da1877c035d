"""Two versions behind one address: real gateways of pods, one before the other, each before servers that record."""

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from parts.docker_registry import free_port
from parts.load import eventually
from parts.name_server import NameServer
from parts.pod_gateway import Pod, running_pod
from parts.raw_http import Recorder, receive
from plan.gateway.test_grpc import SERVICE, Methods
from plan.gateway.test_pod import DIRECT, KEYS, NEEDS, SCORING, bearer, version
from triton_serving.plan.gateway import pod
from triton_serving.plan.gateway.split import WAYS

INFER = "/v2/models/digits/infer"
HEADER = pod.Split.header
PREFIX = "/api/v1/service/digits"


@dataclasses.dataclass
class Version:
    """One version of a service: its gateway, and what reached its programs."""

    gateway: Pod
    http: Recorder
    grpc: Methods

    @property
    def inferences(self) -> list[str]:
        return [one.line for one in self.http.requests if one.line.startswith("POST")]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Version, Version]]:
    """The stable version, and the candidate."""
    with ExitStack() as running:

        def start(split: pod.Split | None) -> Version:
            http, methods = running.enter_context(Recorder()), Methods()
            server = grpc.server(running.enter_context(ThreadPoolExecutor(4)), handlers=[methods])
            behind = {pod.TRITON_HTTP: http.port, pod.TRITON_GRPC: server.add_insecure_port("127.0.0.1:0")}
            server.start()
            running.callback(lambda: server.stop(None).wait())
            gateway = pod.PodGateway(DIRECT, NEEDS, path_prefix=PREFIX if split else "", split=split)
            folder = tmp_path_factory.mktemp("pod")
            return Version(running.enter_context(running_pod(folder, gateway, KEYS, behind=behind)), http, methods)

        candidate = start(None)
        yield start(pod.Split("localhost", candidate.gateway.port, 0, 0)), candidate


Share = Callable[[int, int], None]


@pytest.fixture
def share(versions: tuple[Version, Version]) -> Share:
    stable, candidate = versions
    for one in versions:
        one.http.forget()
        one.grpc.seen.clear()

    def share(percent: int, mirror_percent: int = 0) -> None:
        split = pod.Split("localhost", candidate.gateway.port, percent, mirror_percent)
        files = stable.gateway.put(pod.PodGateway(DIRECT, NEEDS, path_prefix=PREFIX, split=split), KEYS)
        stable.gateway.wait_for(lambda: version(stable.gateway, KEYS.primary) == files.version)

    return share


def infer(stable: Version, *headers: str, key: str = KEYS.primary, body: bytes = b"{}") -> int:
    return stable.gateway.call(f"{PREFIX}{INFER}", bearer(key), *headers, method="POST", body=body).status


def infer_by_grpc(stable: Version, *metadata: tuple[str, str]) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{stable.gateway.port}") as channel:
        call = channel.unary_unary(f"/{SERVICE}/ModelInfer")
        return bytes(call(b"12345", timeout=20, metadata=[("authorization", f"Bearer {KEYS.secondary}"), *metadata]))


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (30, 20, 110), (100, 200, 200)])
def test_the_candidate_gets_its_share_and_the_stable_version_the_rest(
    versions: tuple[Version, Version], share: Share, percent: int, least: int, most: int
):
    stable, candidate = versions
    share(percent, 0)
    assert {infer(stable) for _ in range(200)} == {200}
    assert least <= len(candidate.inferences) <= most
    assert len(stable.inferences) == 200 - len(candidate.inferences)
    assert set(stable.inferences + candidate.inferences) == {f"POST {INFER} HTTP/1.1"}


@pytest.mark.parametrize("percent", [0, 100])
def test_a_caller_can_ask_for_either_version_whatever_the_percentage_is(
    versions: tuple[Version, Version], share: Share, percent: int
):
    stable, candidate = versions
    share(percent)
    assert infer(stable, f"{HEADER}: candidate") == 200
    assert (len(stable.inferences), len(candidate.inferences)) == (0, 1)
    assert infer(stable, f"{HEADER}: stable") == 200
    assert (len(stable.inferences), len(candidate.inferences)) == (1, 1)


def test_grpc_is_shared_too(versions: tuple[Version, Version], share: Share):
    stable, candidate = versions
    share(0)
    assert infer_by_grpc(stable, (HEADER, "candidate")) == infer_by_grpc(stable) == b"5"
    assert len(stable.grpc.seen) == len(candidate.grpc.seen) == 1
    share(100)
    infer_by_grpc(stable)
    assert len(candidate.grpc.seen) == 2


def test_neither_versions_programs_see_the_key(versions: tuple[Version, Version], share: Share):
    share(0, 100)
    infer(versions[0])
    infer(versions[0], f"{HEADER}: candidate")
    eventually(lambda: len(versions[1].inferences) == 2, "a copy and a request")
    for one in versions:
        assert not [request for request in one.http.requests if request.all("authorization")]


def test_a_wrong_key_reaches_nobody(versions: tuple[Version, Version], share: Share):
    share(100, 100)
    assert infer(versions[0], f"{HEADER}: candidate", key="wrong") == infer(versions[0], key="wrong") == 401
    assert not versions[0].inferences
    assert not versions[1].inferences


def test_health_is_the_stable_versions_unless_the_candidate_is_asked(versions: tuple[Version, Version], share: Share):
    stable = versions[0]
    share(100)

    def ask(*headers: str) -> tuple[int, int]:
        for one in versions:
            one.http.forget()
        assert stable.gateway.call(f"{PREFIX}/v2/health/ready", bearer(KEYS.primary), *headers).status == 200
        return tuple(sum(("host", "a") in request.headers for request in one.http.requests) for one in versions)  # type: ignore[return-value]

    assert ask() == (1, 0)
    assert ask(f"{HEADER}: candidate") == (0, 1)


@pytest.mark.parametrize("way", WAYS)
def test_the_candidate_says_its_own_version_of_the_routes_to_who_asks_for_it(
    versions: tuple[Version, Version], share: Share, way: str
):
    stable, candidate = (one.gateway for one in versions)
    share(0)
    for key in (KEYS.primary, KEYS.secondary):
        told = stable.call(pod.VERSION_PATH, bearer(key), f"{HEADER}: {way}")
        assert (told.status, told.body.decode()) == (200, version(candidate, key))
        assert version(stable, key) != version(candidate, key)
    assert stable.call(pod.VERSION_PATH, bearer("wrong"), f"{HEADER}: {way}").status == 401


def test_copies_go_to_the_candidate_and_answers_come_from_the_stable_version(
    versions: tuple[Version, Version], share: Share
):
    stable, candidate = versions
    share(0, 100)
    large = b"{" + b" " * (8 << 20) + b"}"
    assert infer(stable, body=large) == 200
    assert infer_by_grpc(stable) == b"5"
    eventually(lambda: candidate.inferences and candidate.grpc.seen, "copies")
    (copy,) = [one for one in candidate.http.requests if one.line.startswith("POST")]
    assert (copy.line, copy.body == large) == (f"POST {INFER} HTTP/1.1", True)
    assert len(stable.inferences) == len(stable.grpc.seen) == 1


def test_reading_is_not_copied(versions: tuple[Version, Version], share: Share):
    stable, candidate = versions
    share(0, 100)
    assert stable.gateway.call(f"{PREFIX}/v2/models/digits", bearer(KEYS.primary)).status == 200
    infer(stable)
    eventually(lambda: candidate.inferences, "a copy of what came later")
    assert "GET /v2/models/digits HTTP/1.1" not in [one.line for one in candidate.http.requests]


def test_a_candidate_that_does_not_answer_copies_keeps_nobody_waiting(versions: tuple[Version, Version], share: Share):
    stable, candidate = versions
    share(0, 100)
    candidate.http.hold.clear()
    try:
        assert {infer(stable, body=b"{" + b" " * 100_000 + b"}") for _ in range(20)} == {200}
        assert infer_by_grpc(stable) == b"5"
    finally:
        candidate.http.hold.set()
    eventually(lambda: len(candidate.inferences) == 20, "all copies, so that none comes in the next test")


def test_a_dead_candidate_fails_its_share_at_once_and_nothing_else(tmp_path: Path):
    with Recorder() as programs:
        split = pod.Split("localhost", free_port(), 100, 0)
        gateway = pod.PodGateway(SCORING, NEEDS, split=split)
        with running_pod(tmp_path / "pod", gateway, behind={pod.SCORING: programs.port}) as running:

            def score(*headers: str) -> int:
                return running.call("/score", *headers, method="POST", body=b"{}").status

            assert score() == score(f"{HEADER}: candidate") == 503
            assert score(f"{HEADER}: stable") == running.call("/").status == 200
            assert {running.call(pod.VERSION_PATH, f"{HEADER}: {way}").status for way in WAYS} == {503}
            files = running.put(dataclasses.replace(gateway, split=dataclasses.replace(split, percent=0)), None)
            running.wait_for(lambda: running.call(pod.VERSION_PATH).body.decode() == files.version)
            assert score() == 200
            copies = dataclasses.replace(gateway, split=dataclasses.replace(split, percent=0, mirror_percent=100))
            files = running.put(copies, None)
            running.wait_for(lambda: running.call(pod.VERSION_PATH).body.decode() == files.version)
            assert {score() for _ in range(20)} == {200}


def test_a_candidate_whose_program_is_gone_says_so_itself(tmp_path: Path):
    with Recorder() as programs, running_pod(tmp_path / "candidate", pod.PodGateway(DIRECT, NEEDS), KEYS) as candidate:
        split = pod.Split("localhost", candidate.port, 100, 0)
        behind = {pod.TRITON_HTTP: programs.port}
        with running_pod(tmp_path / "pod", pod.PodGateway(DIRECT, NEEDS, split=split), KEYS, behind=behind) as stable:
            answer = stable.call(INFER, bearer(KEYS.primary), method="POST", body=b"{}")
            assert (answer.status, "error" in json.loads(answer.body)) == (503, True)


def test_a_candidate_whose_name_is_not_known_yet_keeps_nothing_from_starting(tmp_path: Path):
    with NameServer() as names, Recorder() as programs, Recorder() as other:

        def ask_here(start_file: dict[str, Any]) -> None:
            address = {"socket_address": {"address": "127.0.0.1", "port_value": names.port}}
            kind = "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
            start_file["typed_dns_resolver_config"] = {
                "name": "envoy.network.dns_resolver.cares",
                "typed_config": {"@type": f"type.googleapis.com/{kind}", "resolvers": [address]},
            }

        gateway = pod.PodGateway(SCORING, NEEDS, split=pod.Split("candidate.test.", other.port, 100, 0))
        behind = {pod.SCORING: programs.port}
        with running_pod(tmp_path / "pod", gateway, behind=behind, change=ask_here) as running:
            running.wait_for(lambda: names.asked, "the name is looked up")
            assert running.call("/score", f"{HEADER}: stable").status == 200
            assert running.call("/score").status == 503
            assert {running.call(pod.VERSION_PATH, f"{HEADER}: {way}").status for way in WAYS} == {503}
            names.knows = True
            running.wait_for(lambda: running.call("/score").status == 200)
            assert other.begun == 1


def test_a_body_that_comes_slowly_is_shared_like_others(versions: tuple[Version, Version], share: Share):
    stable, candidate = versions
    share(0, 100)
    head = f"POST {PREFIX}{INFER} HTTP/1.1\r\nHost: a\r\n{bearer(KEYS.primary)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stable.gateway.port), timeout=10) as connection:
        for piece in (head, "1\r\n{\r\n", "1\r\n}\r\n", "0\r\n\r\n"):
            connection.sendall(piece.encode())
        assert receive(connection).status == 200
    eventually(lambda: candidate.inferences, "a copy")
    assert [one.body for one in candidate.http.requests if one.line.startswith("POST")] == [b"{}"]
