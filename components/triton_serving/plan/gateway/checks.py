"""What the gateway itself finds out about the programs behind it: checks that it makes by and by, each a cluster that
nobody's request goes to. The gateway's own readiness is whether all of them are well."""

from typing import Any

from .clusters import Cluster, cluster
from .listener import Address, loopback

TIMEOUT_SECONDS = 5
"""In which health must have been told; on a busy machine it takes a while."""
FAILURES = 3
"""Checks in a row without an answer, till a program counts as dead. A bad answer counts at once."""
AGAIN_SECONDS = 0.2
"""A program that starts is seen at once. It costs little: nobody listens there, or it has nothing else to do."""


def asked(name: str, port: int, path: str, *, interval: float = 1, again: float = AGAIN_SECONDS) -> Cluster:
    """Well is who answers GET with 200."""
    address, question = loopback(port), {"path": path}
    return checked(name, address, question, timeout=TIMEOUT_SECONDS, failures=FAILURES, interval=interval, again=again)


def checked(
    name: str,
    address: Address,
    question: dict[str, Any],
    *,
    timeout: float,
    failures: int,
    interval: float,
    again: float,
    recoveries: int = 1,
) -> Cluster:
    """Asks every `interval` seconds, and every `again` seconds who is not well, until it was so `recoveries` times in
    a row."""
    check = {
        "timeout": f"{timeout}s",
        "unhealthy_threshold": failures,
        "healthy_threshold": recoveries,
        "interval": f"{interval}s",
        # Envoy has times of their own for clusters that nobody's requests go to: of the healthy, and of the others.
        "no_traffic_healthy_interval": f"{interval}s",
        "no_traffic_interval": f"{again}s",
        "interval_jitter_percent": 10,
        "reuse_connection": False,  # Triton's exit waits for kept connections
        "http_health_check": {"host": "localhost", **question},  # a cluster's name is not fit to be one
    }
    return {**cluster(name, address), "health_checks": [check]}
