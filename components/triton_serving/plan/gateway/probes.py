"""The two listeners that are not for callers: what the kubelet and Prometheus ask, and where a pod's end is announced.

A program's health is not asked for on the way: the answer is what the checks have found, so a probe takes no time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .clusters import Cluster, cluster
from .filters import lua
from .listener import Address, inner_listener
from .rules import Route, answered, exactly, is_exactly, method

ADMIN = "admin"
METRICS = "triton-metrics"


def probe_listener(address: Address, health: Mapping[str, Sequence[str]], routes: Sequence[Route]) -> dict[str, Any]:
    """`health` says for each path which clusters have to be well."""
    return inner_listener("probe", address, [_health(path, clusters) for path, clusters in health.items()], routes)


def drain_listener(address: Address, path: str) -> dict[str, Any]:
    """GET, which is all that a kubelet can send, becomes the POST that Envoy's admin takes."""
    post = 'function envoy_on_request(handle) handle:headers():replace(":method", "POST") end'
    return inner_listener("drain", address, [lua(post)], [passed_on(path, ADMIN, "/healthcheck/fail")])


def behind_probes(admin_socket: str, metrics: Address | None) -> list[Cluster]:
    admin = cluster(ADMIN, {"pipe": {"path": admin_socket}})
    return [admin, cluster(METRICS, metrics)] if metrics else [admin]


def passed_on(path: str, cluster: str, target: str) -> Route:
    """Of the program behind it, this one page and nothing else."""
    match = {**exactly(path), "headers": [method("GET")]}
    return {"match": match, "route": {"cluster": cluster, "prefix_rewrite": target}}


def alive(path: str) -> Route:
    return answered(exactly(path), [method("GET")], 200, "listening")


def _health(path: str, clusters: Sequence[str]) -> dict[str, Any]:
    """200 when every one of these is well and the pod is not about to end; else 503."""
    return {
        "name": "envoy.filters.http.health_check",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck",
            "pass_through_mode": False,
            "headers": [is_exactly(":path", path), method("GET")],
            "cluster_min_healthy_percentages": {name: {"value": 100} for name in clusters},
        },
    }
