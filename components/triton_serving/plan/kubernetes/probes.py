"""What the kubelet asks each container, all of it through the gateway's probe port: Triton and the scoring server
listen on loopback, where the kubelet cannot reach them, and only the gateway knows what an honest answer is."""

from typing import Any

from ..gateway import pod
from .service import Times

_GATEWAY_SECONDS = 60
"""Envoy listens after half a second; a busy machine is given more."""
_READINESS_PERIOD = 3
_READINESS_FAILURES = 2
"""A pod that cannot answer gets no requests after eight seconds at most, the time of a probe that hangs included."""

_LAST_SECONDS = 10
"""What a container that is started again because it does not answer gets to end. It may hang: a Triton whose Python
process is dead was seen to wait for its last connection for all of its pod's grace, five minutes."""


def of_gateway(times: Times) -> dict[str, Any]:
    return _probes(times, _GATEWAY_SECONDS, pod.GATEWAY_PATH, pod.GATEWAY_PATH, pod.GATEWAY_PATH)


def of_triton(times: Times, *, decides: bool) -> dict[str, Any]:
    """`decides`: whether it is Triton that makes the pod ready, or an entry script in front of it."""
    ready = pod.READY_PATH if decides else pod.TRITON_READY_PATH
    return _probes(times, times.startup, pod.TRITON_READY_PATH, ready, pod.TRITON_LIVE_PATH)


def of_scoring(times: Times) -> dict[str, Any]:
    return _probes(times, times.startup, pod.SCORING_PATH, pod.READY_PATH, pod.SCORING_PATH)


def _probes(times: Times, startup_seconds: int, started: str, ready: str, live: str) -> dict[str, Any]:
    """Readiness and liveness begin when the startup probe has succeeded: nothing that still loads is ever restarted,
    and what does not come up in time is."""
    last = {"terminationGracePeriodSeconds": times.leave + _LAST_SECONDS}
    return {
        "startupProbe": _asking(started, times, 1, startup_seconds) | last,
        "readinessProbe": _asking(ready, times, _READINESS_PERIOD, _READINESS_FAILURES),
        "livenessProbe": _asking(live, times, times.probe_period, times.probe_failures) | last,
    }


def _asking(path: str, times: Times, period: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": pod.PROBE_PORT, "scheme": "HTTP"},
        "periodSeconds": period,
        "timeoutSeconds": times.probe_timeout,
        "failureThreshold": failures,
        "successThreshold": 1,
    }
