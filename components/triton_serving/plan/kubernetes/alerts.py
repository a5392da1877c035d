"""What Prometheus records of a service for autoscaler and dashboard, and what it tells people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..service import Mode
from . import names
from .objects import Manifest
from .queries import INTERVAL, Queries, has_triton
from .service import ClusterService

LONG_QUEUE_MS = 500
"""Where nobody has said how long requests may wait: v1's router gave up after so long."""
MANY_ERRORS = 0.05
"""Of all answers."""


@dataclass(frozen=True)
class Alert:
    name: str
    expression: str
    minutes: int
    """For how long it must be so."""
    severity: str
    summary: str


def alerts(s: ClusterService) -> Manifest:
    queries = Queries(s)
    group = f"triton-serving/{queries.job}"
    records = [{"record": name, "expr": expression} for name, expression in queries.recorded().items()]
    told = [*_of_pods(s, queries), *(_of_triton(s, queries) if has_triton(s) else [])]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": names.metadata(s, names.name_of(s)),
        "spec": {
            "groups": [
                *([{"name": f"{group}/records", "interval": INTERVAL, "rules": records}] if has_triton(s) else []),
                {"name": f"{group}/alerts", "rules": [_rule(s, one) for one in told]},
            ]
        },
    }


def _of_pods(s: ClusterService, queries: Queries) -> Iterator[Alert]:
    yield Alert(
        "TritonServingDown",
        queries.nothing_available(),
        1,
        "critical",
        "no pod of {{ $labels.deployment }} takes requests",
    )
    yield Alert(
        "TritonServingErrors",
        queries.many_errors(MANY_ERRORS),
        5,
        "critical",
        "the {{ $labels.release }} version answers {{ $value | humanizePercentage }} of all requests with 5xx",
    )
    yield Alert(
        "TritonServingPodNotReady",
        queries.pods_not_ready(),
        max(_start_minutes(s), _end_minutes(s)) + 1,
        "warning",
        "{{ $labels.pod }} is not ready, for longer than a start or an end takes",
    )
    yield Alert(
        "TritonServingRestarts",
        queries.restarts(),
        0,
        "warning",
        "{{ $labels.container }} in {{ $labels.pod }} was started again",
    )
    yield Alert(
        "TritonServingNotRead",
        queries.unread(),
        _start_minutes(s) + 5,
        "warning",
        "the metrics of {{ $labels.program }} in {{ $labels.pod }} cannot be read",
    )
    if s.replicas.fixed is None:
        yield Alert(
            "TritonServingAtMaximum",
            queries.autoscaler_at_its_end(),
            15,
            "warning",
            f"load asks for all {s.replicas.maximum} replicas that it may have",
        )


def _of_triton(s: ClusterService, queries: Queries) -> Iterator[Alert]:
    model = "model {{ $labels.model }}, version {{ $labels.version }}, in {{ $labels.pod }}"
    yield Alert(
        "TritonServingModelNotReady",
        queries.models_not_ready(),
        _start_minutes(s) + 1,
        "critical",
        f"{model} does not answer the gateway, for longer than a start takes",
    )
    yield Alert(
        "TritonServingModelDead",
        queries.failing_models(),
        1,
        "critical",
        f"{model} fails every request; its process may have ended",
    )
    yield Alert(
        "TritonServingModelStuck",
        queries.stuck_models(),
        10,
        "critical",
        f"{model} answers none of the requests that wait for it",
    )
    long = 2 * s.replicas.target_queue_ms if s.replicas.target_queue_ms else LONG_QUEUE_MS
    yield Alert(
        "TritonServingLongQueue",
        queries.long_queue(long),
        5,
        "warning",
        f"requests to the {{{{ $labels.release }}}} version wait {{{{ $value | humanize }}}} ms, more than {long}",
    )


def _start_minutes(s: ClusterService) -> int:
    """Of the release that takes longest, rounded up. With an entry script, it starts after Triton."""
    seconds = max(one.times.startup * (2 if one.plan.mode is Mode.SCORING else 1) for one in s.releases.values())
    return -(-seconds // 60)


def _end_minutes(s: ClusterService) -> int:
    """A pod that is about to end is not ready either, as long as it answers what it has begun."""
    return -(-max(one.times.grace for one in s.releases.values()) // 60)


def _rule(s: ClusterService, alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": f"{alert.minutes}m",
        "labels": {"severity": alert.severity, "namespace": s.namespace, "service": s.name},
        "annotations": {"summary": f"{s.name}: {alert.summary}"},
    }
