"""The gateway of a pod: the same rules as on a single machine, for a pod's ports, probes, TLS and a candidate."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...models.needs import ModelNeeds
from ..service import Keys, Mode, ServicePlan
from .bootstrap import COUNTED, start_file
from .canaries import answers, behind_canaries, canaries
from .certificate import certificate, with_tls
from .checks import asked
from .clusters import Cluster, Upstream, clusters
from .listener import everywhere, loopback, service_listener
from .prefix import below
from .probes import ADMIN, METRICS, alive, behind_probes, drain_listener, passed_on, probe_listener
from .routes import Allowed, Targets, allowed, configuration
from .rules import Route, answered, exactly, method
from .split import GRPC, HTTP, asked_for_its_version, by_name, candidate, shared
from .split import Split as Split
from .statistics import COUNTED as COUNTED_IN_PODS
from .statistics import PAGE, wrong_keys

SERVICE_PORT = 8080
"""What callers reach, through the Service."""
PROBE_PORT = 8081
"""Health and metrics, without keys; for kubelet and Prometheus only."""
DRAIN_PORT = 8082
"""Where the kubelet says that the pod is about to end; nobody else has access."""
TRITON_HTTP, TRITON_GRPC, TRITON_METRICS, SCORING = 8000, 8001, 8002, 5001
"""On loopback, as ever."""

FOLDER = "/etc/gateway"
"""Envoy's working folder: bootstrap.json, clusters.json (one ConfigMap) and routes.json (a Secret), projected into one
volume, so that the kubelet replaces them by renaming `..data`."""
TLS_FOLDER = "/etc/gateway-tls"
"""tls.crt and tls.key, as a mounted Secret of type kubernetes.io/tls has them; read again when they change."""
RUN_FOLDER = "/run/gateway"
"""Writable: the admin socket lies there, and that of the canaries. Envoy removes those of its predecessor."""

VERSION_PATH = "/.well-known/triton-serving"
"""GET with a key (where there are keys) answers 200 with the version of the routes that are in force, so that an
update can see when every pod has taken over a key or a share. Without the path prefix. Asked for one of
`split.WAYS` by the header, a candidate answers, with its own."""
READY_PATH = "/health/ready"
"""On PROBE_PORT. 200 when every program behind the gateway is ready and every canary answers."""
TRITON_READY_PATH = "/health/triton/ready"
TRITON_LIVE_PATH = "/health/triton/live"
"""503 when a canary says that an instance of a model is dead for good: the kubelet then starts Triton again."""
SCORING_PATH = "/health/scoring"
GATEWAY_PATH = "/health/gateway"
"""200 as soon as Envoy listens."""
TRITON_METRICS_PATH = "/metrics/triton"
GATEWAY_METRICS_PATH = "/metrics/gateway"
DRAIN_PATH = "/drain"
"""On DRAIN_PORT. From then on every answer closes its connection, so that clients go to other pods."""
IDLE_SECONDS = 8
"""How long a client may keep a connection without a request: less than a pod takes to leave, so that none is left of
which no answer could tell the client to go. Measured with 300 s: 9 of 49,000 requests in updates came back to a pod
whose Triton had ended."""


@dataclass(frozen=True)
class PodGateway:
    plan: ServicePlan
    models: tuple[ModelNeeds, ...]
    """What Triton serves, for readiness and canaries; empty in script mode."""
    tls: bool = False
    path_prefix: str = ""
    """/api/v1/service/digits: callers' paths begin with it, upstreams' do not. Not for gRPC, which has no prefixes."""
    split: Split | None = None
    """Of the stable version only."""


@dataclass(frozen=True)
class PodGatewayFiles:
    bootstrap: dict[str, Any]
    clusters: dict[str, Any]
    routes: dict[str, Any]
    certificate: dict[str, Any] | None
    """certificate.json, beside bootstrap.json and clusters.json, with TLS: where certificate and key lie. No secret."""
    version: str
    """What VERSION_PATH answers for these routes."""


def pod_gateway_files(gateway: PodGateway, keys: Keys | None) -> PodGatewayFiles:
    """Only `routes` holds keys. A change of `split` percentages changes `routes` alone; that of a candidate's host
    `clusters` as well; neither changes `bootstrap`, which is read only when Envoy starts."""
    routes, version = _routes(gateway, keys)
    return PodGatewayFiles(
        bootstrap=_bootstrap(gateway, _checks(gateway)),
        clusters=clusters(_upstreams(gateway)),
        routes=routes,
        certificate=certificate(TLS_FOLDER) if gateway.tls else None,
        version=version,
    )


_CANARY_SOCKET = {"pipe": {"path": f"{RUN_FOLDER}/canary.sock", "mode": 0o600}}


@dataclass(frozen=True)
class _Checks:
    """By what they say."""

    live: list[Cluster]
    ready: list[Cluster]
    models: list[Cluster]
    scoring: list[Cluster]


def _checks(gateway: PodGateway) -> _Checks:
    has_triton = gateway.plan.mode is not Mode.SCRIPT
    has_script = gateway.plan.mode is not Mode.DIRECT
    return _Checks(
        live=[asked("triton-live", TRITON_HTTP, "/v2/health/live")] if has_triton else [],
        ready=[asked("triton-ready", TRITON_HTTP, "/v2/health/ready")] if has_triton else [],
        models=canaries(gateway.models, TRITON_HTTP, _CANARY_SOCKET) if has_triton else [],
        scoring=[asked("scoring-ready", SCORING, "/")] if has_script else [],
    )


def _bootstrap(gateway: PodGateway, checks: _Checks) -> dict[str, Any]:
    admin_socket = f"{RUN_FOLDER}/admin.sock"
    has_triton = gateway.plan.mode is not Mode.SCRIPT
    service = service_listener(
        everywhere(SERVICE_PORT),
        idle_seconds=IDLE_SECONDS,
        transport=with_tls() if gateway.tls else None,
        access_log=[wrong_keys()],
    )
    return start_file(
        [
            service,
            probe_listener(everywhere(PROBE_PORT), _health(checks, has_triton), _pages(has_triton)),
            drain_listener(everywhere(DRAIN_PORT), DRAIN_PATH),
            *([answers(_CANARY_SOCKET)] if has_triton else []),
        ],
        admin_socket=admin_socket,
        counted=(*COUNTED, *COUNTED_IN_PODS),
        # Not in clusters.json: Envoy's answers to probes name these, and both are read only when it starts.
        clusters=[
            *behind_probes(admin_socket, loopback(TRITON_METRICS) if has_triton else None),
            *([behind_canaries(TRITON_HTTP)] if has_triton else []),
            *(one for some in (checks.live, checks.ready, checks.models, checks.scoring) for one in some),
        ],
    )


def _health(checks: _Checks, has_triton: bool) -> dict[str, list[str]]:
    if not has_triton:
        return {READY_PATH: _names(checks.scoring), SCORING_PATH: _names(checks.scoring)}
    models = checks.models or [{"name": "no-model"}]  # a check that nobody makes is not passed
    triton = _names([*checks.ready, *models])
    found = {
        READY_PATH: [*triton, *_names(checks.scoring)],
        TRITON_READY_PATH: triton,
        TRITON_LIVE_PATH: _names([*checks.live, *checks.models]),
    }
    return {**found, SCORING_PATH: _names(checks.scoring)} if checks.scoring else found


def _names(checks: Sequence[Cluster]) -> list[str]:
    return [str(one["name"]) for one in checks]


def _pages(has_triton: bool) -> list[Route]:
    metrics = [passed_on(TRITON_METRICS_PATH, METRICS, "/metrics")] if has_triton else []
    return [alive(GATEWAY_PATH), *metrics, passed_on(GATEWAY_METRICS_PATH, ADMIN, PAGE)]


def _upstreams(gateway: PodGateway) -> list[Upstream]:
    programs = (
        [Upstream("triton", TRITON_HTTP), Upstream("triton-grpc", TRITON_GRPC, grpc=True)]
        if gateway.plan.mode is Mode.DIRECT
        else [Upstream("scoring", SCORING)]
    )
    return [*programs, *(candidate(gateway.split) if gateway.split else [])]


def _routes(gateway: PodGateway, keys: Keys | None) -> tuple[dict[str, Any], str]:
    listed = _listed(gateway, keys)
    version = _version(configuration(gateway.plan, listed, keys), keys)
    shown = asked_for_its_version(gateway.split, exactly(VERSION_PATH)) if gateway.split else []
    shown.append(answered(exactly(VERSION_PATH), [method("GET")], 200, version))
    return configuration(gateway.plan, [*shown, *listed], keys), version


def _listed(gateway: PodGateway, keys: Keys | None) -> list[Route]:
    found = allowed(gateway.plan, Targets(http="triton", grpc="triton-grpc", scoring="scoring"), ready=True)
    if gateway.split:
        found = _split(gateway.split, found, keys)
    return [*below(gateway.path_prefix, [*found.calls, *found.health]), *found.grpc_calls, *found.grpc_health]


def _split(split: Split, found: Allowed, keys: Keys | None) -> Allowed:
    return Allowed(
        shared(split, found.calls, HTTP, keys),
        by_name(split, found.health, HTTP),
        shared(split, found.grpc_calls, GRPC, keys),
        by_name(split, found.grpc_health, GRPC),
    )


def _version(routes: dict[str, Any], keys: Keys | None) -> str:
    """Another one for other routes. Who has neither key learns nothing of them from it."""
    secret = f"{keys.primary}\n{keys.secondary}" if keys else ""
    return hmac.digest(secret.encode(), json.dumps(routes).encode(), "sha256").hex()[:32]
