"""The gateway of a pod: its ports, its files as the kubelet replaces them, its end."""

import dataclasses
import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parts.load import Load
from parts.pod_gateway import Pod, running_pod
from parts.raw_http import Recorder, receive, send
from triton_serving.models.needs import ModelNeeds
from triton_serving.plan.gateway import pod
from triton_serving.plan.service import Keys, Mode, Script, ServedModel, ServicePlan

KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
NEEDS = (ModelNeeds("digits", (1, 2), "onnxruntime", False, 1),)
DIRECT = ServicePlan("service", Mode.DIRECT, (ServedModel("digits", (1, 2)),), auth_enabled=True)
SCORING = ServicePlan("service", Mode.SCORING, DIRECT.models, Script("score.py"))
SCRIPT = ServicePlan("service", Mode.SCRIPT, (), Script("score.py"))
METADATA = "/v2/models/digits"


def bearer(key: str) -> str:
    return f"Authorization: Bearer {key}"


@pytest.fixture(scope="module")
def programs() -> Iterator[Recorder]:
    """Answers everything with 200, like programs that are well."""
    with Recorder() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory, programs: Recorder) -> Iterator[Pod]:
    behind = {pod.TRITON_HTTP: programs.port, pod.TRITON_METRICS: programs.port}
    with running_pod(tmp_path_factory.mktemp("pod"), pod.PodGateway(DIRECT, NEEDS), KEYS, behind=behind) as running:
        running.wait_for(lambda: running.probe(pod.READY_PATH) == 200)
        yield running


def test_callers_reach_triton_with_a_key_and_the_key_goes_no_further(direct: Pod, programs: Recorder):
    assert direct.call(METADATA).status == 401
    programs.forget()
    assert direct.call(METADATA, bearer(KEYS.secondary)).status == 200
    assert [one.headers for one in programs.requests if one.line.startswith(f"GET {METADATA} ")] == [[("host", "a")]]


def test_the_service_is_reached_by_ipv4_and_by_ipv6(direct: Pod):
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, direct.port), timeout=5) as connection:
            connection.sendall(f"GET {METADATA} HTTP/1.1\r\nHost: a\r\n{bearer(KEYS.primary)}\r\n\r\n".encode())
            assert receive(connection).status == 200


PAGES = {
    pod.READY_PATH: 200,
    pod.TRITON_READY_PATH: 200,
    pod.TRITON_LIVE_PATH: 200,
    pod.GATEWAY_PATH: 200,
    pod.TRITON_METRICS_PATH: 200,
    pod.GATEWAY_METRICS_PATH: 200,
    pod.SCORING_PATH: 404,
    pod.DRAIN_PATH: 404,
    "/": 404,
    "/stats": 404,
    "/config_dump": 404,
    "/healthcheck/fail": 404,
    "/quitquitquit": 404,
    "/metrics": 404,
    "/metrics/gateway/../../config_dump": 404,
    "/metrics/gateway%2f..%2f..%2fconfig_dump": 404,
    "/v2/health/ready": 404,
    "/v2/models/digits": 404,
    "/v2/repository/index": 404,
}


@pytest.mark.parametrize(("path", "status"), PAGES.items(), ids=PAGES)
def test_the_probe_port_shows_health_and_metrics_and_nothing_else(direct: Pod, path: str, status: int):
    assert direct.probe(path) == status


@pytest.mark.parametrize("path", [path for path, status in PAGES.items() if status == 200])
def test_the_probe_port_takes_only_get(direct: Pod, path: str):
    assert direct.get(pod.PROBE_PORT, path, method="POST").status == 404


@pytest.mark.parametrize(("path", "method"), [(pod.DRAIN_PATH, "POST"), ("/", "GET"), ("/healthcheck/fail", "GET")])
def test_the_drain_port_takes_nothing_but_its_one_call(direct: Pod, path: str, method: str):
    assert direct.get(pod.DRAIN_PORT, path, method=method).status == 404
    assert direct.probe(pod.READY_PATH) == 200


def test_the_admin_socket_is_for_its_own_user_only(direct: Pod):
    (admin,) = (direct.folder / "run").glob("admin.sock")
    assert stat.S_IMODE(admin.stat().st_mode) == 0o600


def test_metrics_of_triton_are_its_own_page(direct: Pod, programs: Recorder):
    programs.forget()
    direct.probe(pod.TRITON_METRICS_PATH)
    assert "GET /metrics HTTP/1.1" in [one.line for one in programs.requests]


def test_requests_and_wrong_keys_are_counted_and_nothing_is_shown_that_is_made_from_keys(direct: Pod):
    def counted(name: str) -> float:
        return sum(float(line.split()[-1]) for line in direct.metrics().splitlines() if line.startswith(name))

    wrong, fine = "envoy_refused_unauthorized", 'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2"'
    before = counted(wrong), counted(fine)
    for headers in ([], [bearer(KEYS.primary)], [bearer("wrong")]):
        direct.call(METADATA, *headers)
    direct.wait_for(lambda: (counted(wrong), counted(fine)) == (before[0] + 2, before[1] + 1))
    direct.wait_for(lambda: "envoy_http_downstream_rq_time_bucket" in direct.metrics())
    assert 'envoy_http_downstream_rq_xx{envoy_response_code_class="4"' in direct.metrics()
    assert "envoy_http_downstream_cx_active" in direct.metrics()
    assert "version" not in direct.metrics()


@pytest.mark.parametrize("plan", [SCORING, SCRIPT], ids=["scoring", "script"])
def test_with_an_entry_script_a_pod_is_ready_when_it_is(plan: ServicePlan, programs: Recorder, tmp_path: Path):
    needs = NEEDS if plan is SCORING else ()
    with Recorder() as script:
        script.hold.clear()
        behind = {pod.TRITON_HTTP: programs.port, pod.SCORING: script.port}
        with running_pod(tmp_path / "pod", pod.PodGateway(plan, needs), behind=behind) as running:
            running.wait_for(lambda: plan is SCRIPT or running.probe(pod.TRITON_READY_PATH) == 200)
            assert running.probe(pod.READY_PATH) == running.probe(pod.SCORING_PATH) == 503
            script.hold.set()
            running.wait_for(lambda: running.probe(pod.READY_PATH) == 200)
            assert running.call("/score").status == running.probe(pod.SCORING_PATH) == 200


def test_without_programs_a_pod_is_alive_and_not_ready(tmp_path: Path):
    with running_pod(tmp_path / "pod", pod.PodGateway(DIRECT, NEEDS), KEYS) as running:
        assert running.probe(pod.GATEWAY_PATH) == 200
        for path in (pod.READY_PATH, pod.TRITON_READY_PATH, pod.TRITON_LIVE_PATH):
            assert running.probe(path) == 503


def test_callers_who_take_up_all_connections_leave_the_probes_alone(programs: Recorder, tmp_path: Path):
    def one_connection(start_file: dict[str, Any]) -> None:
        start_file["overload_manager"]["resource_monitors"][0]["typed_config"]["max_active_downstream_connections"] = 1

    gateway = pod.PodGateway(DIRECT, NEEDS)
    behind = {pod.TRITON_HTTP: programs.port}
    with (
        running_pod(tmp_path / "pod", gateway, KEYS, behind=behind, change=one_connection) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=5) as taken,
    ):
        taken.sendall(f"GET {METADATA} HTTP/1.1\r\nHost: a\r\n{bearer(KEYS.primary)}\r\n\r\n".encode())
        assert receive(taken).status == 200
        assert running.call(METADATA, bearer(KEYS.primary)).status == 0, "a second connection of a caller"
        running.wait_for(lambda: running.probe(pod.READY_PATH) == 200)


def test_a_pod_that_ends_closes_connections_with_their_next_answer_and_is_not_ready(programs: Recorder, tmp_path: Path):
    behind = {pod.TRITON_HTTP: programs.port}
    ask = f"GET {METADATA} HTTP/1.1\r\nHost: a\r\n{bearer(KEYS.primary)}\r\n\r\n".encode()
    with running_pod(tmp_path / "pod", pod.PodGateway(DIRECT, NEEDS), KEYS, behind=behind) as running:
        running.wait_for(lambda: running.probe(pod.READY_PATH) == 200)
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as kept:
            kept.sendall(ask)
            assert not receive(kept).closed
            assert running.get(pod.DRAIN_PORT, pod.DRAIN_PATH).status == 200
            kept.sendall(ask)
            answer = receive(kept)
        assert (answer.status, answer.closed) == (200, True)
        assert send(running.port, ask).status == 200
        assert running.probe(pod.READY_PATH) == 503
        assert running.probe(pod.GATEWAY_PATH) == 200


def test_a_key_is_exchanged_as_the_kubelet_does_it_while_the_other_never_fails(programs: Recorder, tmp_path: Path):
    gateway = pod.PodGateway(DIRECT, NEEDS)
    behind = {pod.TRITON_HTTP: programs.port}
    with (
        running_pod(tmp_path / "pod", gateway, KEYS, behind=behind) as running,
        Load(lambda: running.call(METADATA, bearer(KEYS.secondary)).status) as load,
    ):
        for number in range(5):
            changed = Keys(f"another-key-{number}-0123456789", KEYS.secondary)
            wanted = running.put(gateway, changed).version
            running.wait_for(lambda wanted=wanted: version(running, KEYS.secondary) == wanted)
            assert running.call(METADATA, bearer(changed.primary)).status == 200
            assert running.call(METADATA, bearer(KEYS.primary)).status == 401
        load.more()
    assert set(load.answers) == {200}


def test_the_version_of_the_routes_is_behind_the_key_and_tells_keys_and_shares_apart(direct: Pod):
    files = pod.pod_gateway_files(pod.PodGateway(DIRECT, NEEDS), KEYS)
    assert direct.call(pod.VERSION_PATH).status == 401
    assert version(direct, KEYS.primary) == files.version
    split = pod.Split("candidate", 80, 10, 0)
    others = [
        pod.pod_gateway_files(pod.PodGateway(DIRECT, NEEDS), Keys(KEYS.primary, "other-key-0123456789")),
        pod.pod_gateway_files(pod.PodGateway(DIRECT, NEEDS, split=split), KEYS),
        pod.pod_gateway_files(pod.PodGateway(DIRECT, NEEDS, split=dataclasses.replace(split, percent=11)), KEYS),
        pod.pod_gateway_files(pod.PodGateway(DIRECT, NEEDS, split=dataclasses.replace(split, mirror_percent=1)), KEYS),
    ]
    assert len({files.version, *(other.version for other in others)}) == 5


def test_keys_stand_in_the_routes_only_and_other_shares_change_nothing_else():
    split = pod.Split("candidate", 80, 10, 5)
    gateway = pod.PodGateway(DIRECT, NEEDS, tls=True, path_prefix="/x", split=split)
    files = pod.pod_gateway_files(gateway, KEYS)
    for part in (files.bootstrap, files.clusters, files.certificate, files.version):
        assert KEYS.primary not in json.dumps(part)
    shifted = dataclasses.replace(gateway, split=dataclasses.replace(split, percent=50, mirror_percent=0))
    changed = pod.pod_gateway_files(shifted, KEYS)
    assert (changed.bootstrap, changed.clusters) == (files.bootstrap, files.clusters)
    elsewhere = dataclasses.replace(gateway, split=dataclasses.replace(split, host="other"))
    assert pod.pod_gateway_files(elsewhere, KEYS).bootstrap == files.bootstrap
    assert pod.pod_gateway_files(elsewhere, KEYS).clusters != files.clusters


def version(running: Pod, key: str) -> str:
    return running.call(pod.VERSION_PATH, bearer(key)).body.decode()
