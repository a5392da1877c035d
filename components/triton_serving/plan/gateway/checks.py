"""What the gateway itself finds out about the programs behind it: checks that it makes by and by, each a cluster that
nobody's request goes to. The gateway's own readiness is whether all of them are well."""

from typing import Any

from .clusters import Cluster, cluster
from .listener import loopback

TIMEOUT_SECONDS = 5
"""In which health must have been told; on a busy machine it takes a while."""
FAILURES = 3
"""Checks in a row without an answer, till a program counts as dead. A bad answer counts at once."""


def asked(name: str, port: int, path: str, *, interval: float = 1) -> Cluster:
    """Well is who answers GET with 200."""
    return checked(name, port, {"path": path}, timeout=TIMEOUT_SECONDS, failures=FAILURES, interval=interval)


def checked(
    name: str,
    port: int,
    question: dict[str, Any],
    *,
    timeout: float,
    failures: int,
    interval: float,
    recoveries: int = 1,
) -> Cluster:
    """At the start one good answer is enough; after a bad one it takes `recoveries` in a row, asked for each second."""
    check = {
        "timeout": f"{timeout}s",
        "unhealthy_threshold": failures,
        "healthy_threshold": recoveries,
        "interval": f"{interval}s",
        # Envoy has times of their own for clusters that nobody's requests go to: of the healthy, and of the others.
        "no_traffic_healthy_interval": f"{interval}s",
        "no_traffic_interval": "1s",
        "interval_jitter_percent": 10,
        "reuse_connection": False,  # Triton's exit waits for kept connections
        "http_health_check": question,
    }
    return {**cluster(name, loopback(port)), "health_checks": [check]}
