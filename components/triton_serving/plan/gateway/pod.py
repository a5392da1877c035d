"""The gateway of a pod: the same rules as on a single machine, for a pod's ports, probes, TLS and a candidate."""

from dataclasses import dataclass
from typing import Any

from ...models.needs import ModelNeeds
from ..service import Keys, ServicePlan

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
"""Writable: the admin socket lies there."""

VERSION_PATH = "/.well-known/triton-serving"
"""GET with a key (where there are keys) answers 200 with the version of the routes that are in force, so that an
update can see when every pod has taken over a key or a share. Without the path prefix."""
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


@dataclass(frozen=True)
class Split:
    """How requests are shared with a candidate, a service of its own in the same cluster."""

    host: str
    """The candidate's Service: digits-candidate.team-a.svc"""
    port: int
    percent: int
    mirror_percent: int
    header: str = "x-triton-serving-version"
    """A caller asks for one version by `candidate` or `stable` in it, whatever the percentages are."""


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
    version: str
    """What VERSION_PATH answers for these routes."""


def pod_gateway_files(gateway: PodGateway, keys: Keys | None) -> PodGatewayFiles:
    """Only `routes` holds keys. A change of `split` percentages changes `routes` alone; that of a candidate's host
    `clusters` as well; neither changes `bootstrap`, which is read only when Envoy starts."""
    raise NotImplementedError
