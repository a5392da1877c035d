"""Envoy's start file: listeners, the memory it may take, and where routes and clusters come from.

It holds no keys: when Envoy does not understand its start file, it prints all of it.
"""

from collections.abc import Sequence
from typing import Any

from .. import limits
from .files import watched
from .listener import SERVICE, loopback, service_listener

ARGUMENTS = (
    *("-c", "bootstrap.json"),
    "--disable-hot-restart",  # needs shared memory, and a base id for each Envoy of a machine
    *("--concurrency", "1"),  # two threads were no faster before Triton on two cores, and took more of its time
    *("--log-level", "warning"),
    # What Envoy says of a routes file that it does not understand is the whole file, keys included.
    *("--component-log-level", "config:critical"),
)
"""Envoy's command line."""
COUNTED = ({"prefix": "cluster_manager.cds."}, {"prefix": f"http.{SERVICE}.rds."})
"""What `/stats` of the admin socket shows: which version of each file Envoy has taken over, and how many it refused.
Everything else would be counted for every request, and read by nobody."""
TAKEN = f"http.{SERVICE}.downstream_rq_active"
"""On this machine, too: how many requests Envoy has begun to read and not answered to the end."""
PASSED_ON = (".upstream_rq_active", ".upstream_rq_pending_active")
"""And how many of them have reached a cluster, after that one's name. A body that is looked at is collected before."""
_UNDER_WAY = ({"exact": TAKEN}, *({"suffix": counted} for counted in PASSED_ON))


def bootstrap(port: int) -> dict[str, Any]:
    """Of a gateway on this machine, for this machine."""
    return start_file([service_listener(loopback(port))], admin_socket="admin.sock", counted=(*COUNTED, *_UNDER_WAY))


def start_file(
    listeners: Sequence[dict[str, Any]],
    *,
    admin_socket: str,
    counted: Sequence[dict[str, Any]],
    clusters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """`clusters` are those that stay as they are for as long as Envoy runs."""
    return {
        "node": {"id": "gateway", "cluster": SERVICE},  # nobody reads it; files that are watched ask for it
        "admin": {"address": {"pipe": {"path": admin_socket, "mode": 0o600}}},
        "dynamic_resources": {"cds_config": watched("clusters.json")},
        "static_resources": {"listeners": list(listeners), "clusters": list(clusters)},
        "stats_config": {"stats_matcher": {"inclusion_list": {"patterns": list(counted)}}},
        "overload_manager": _overload(),
    }


def _overload() -> dict[str, Any]:
    """Bodies are collected in memory: when it is full, new requests get 503 until others have gone on."""
    return {
        "resource_monitors": [
            _monitor(
                "global_downstream_max_connections",
                "downstream_connections.v3.DownstreamConnectionsConfig",
                {"max_active_downstream_connections": limits.CONNECTIONS},
            ),
            _monitor(
                "fixed_heap", "fixed_heap.v3.FixedHeapConfig", {"max_heap_size_bytes": limits.GATEWAY_MEMORY_BYTES}
            ),
        ],
        "actions": [
            {
                "name": "envoy.overload_actions.stop_accepting_requests",
                "triggers": [{"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": 0.9}}],
            }
        ],
    }


def _monitor(name: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"envoy.resource_monitors.{name}",
        "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.resource_monitors.{kind}", **settings},
    }
