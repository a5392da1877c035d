"""The programs behind the gateway, as Envoy's clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .files import resources
from .listener import Address, loopback

IDLE_SECONDS = 1
"""How long a connection is kept for the next request. Triton's exit waits for kept connections; a new one on loopback
costs less than 0.1 ms. And a scoring server never closes one first, so that no request is sent into a closing one."""
MOST_AT_ONCE = 100_000
"""Envoy's own 1,024 requests at once would answer 503; Triton and the scoring server have queues of their own."""

Cluster = dict[str, Any]


@dataclass(frozen=True)
class Upstream:
    """A program behind the gateway, on this machine or in this pod, or another service."""

    cluster: str
    """A new name for every new process, so that routes move from the old to the new in one step."""
    port: int
    grpc: bool = False
    host: str | None = None
    """A name of another machine; None: this one."""
    requests: int = 0
    """How many one connection takes; 0 is any number."""


def clusters(upstreams: Sequence[Upstream]) -> dict[str, Any]:
    return resources([_typed(_elsewhere(one) if one.host else here(one)) for one in upstreams])


def cluster(name: str, address: Address) -> Cluster:
    """One program at one address."""
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {"name": name, "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


def _typed(cluster: Cluster) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", **cluster}


def here(upstream: Upstream) -> Cluster:
    return {**cluster(upstream.cluster, loopback(upstream.port)), **_connections(upstream)}


def _elsewhere(upstream: Upstream) -> Cluster:
    """Looked up every 5 s, also while there is no such name: that is an answer, and no failure. A name that is not
    there yet is nobody's hindrance: the cluster is taken over all the same, and answers 503."""
    address = {"socket_address": {"address": upstream.host, "port_value": upstream.port}}
    return {
        **cluster(upstream.cluster, address),
        "type": "STRICT_DNS",
        "dns_lookup_family": "ALL",
        "wait_for_warm_on_init": False,
        **_connections(upstream),
    }


def _connections(upstream: Upstream) -> dict[str, Any]:
    return {
        "connect_timeout": "5s",  # a busy Triton accepts late; one that is gone refuses at once
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": MOST_AT_ONCE,
                    "max_pending_requests": MOST_AT_ONCE,
                    "max_requests": MOST_AT_ONCE,
                    "max_retries": MOST_AT_ONCE,
                }
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {
                    "idle_timeout": f"{IDLE_SECONDS}s",
                    **({"max_requests_per_connection": upstream.requests} if upstream.requests else {}),
                },
                # Plain HTTP/2 is what gRPC speaks; Triton's HTTP port and the scoring server speak HTTP/1.1.
                "explicit_http_config": {"http2_protocol_options" if upstream.grpc else "http_protocol_options": {}},
            }
        },
    }
