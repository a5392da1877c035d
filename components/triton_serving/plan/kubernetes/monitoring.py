"""How a service is watched: what Prometheus reads from each pod, what it makes of that, and a Grafana dashboard."""

from typing import Any

from ..gateway import pod
from ..service import Mode
from . import names
from .service import ClusterService

Manifest = dict[str, Any]

QUEUE_METRIC = "triton_serving_queue_milliseconds"
"""How long requests wait in Triton's queues, per request; by this name an autoscaler finds it."""
PROBE = "probe"
"""What the port is called at which a pod's gateway hands out metrics, its own and Triton's."""


def pod_monitor(s: ClusterService) -> Manifest:
    """One for both releases: the label `release` tells them apart."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": names.metadata(s, names.name_of(s)),
        "spec": {
            "selector": {
                "matchLabels": {"app.kubernetes.io/name": "triton-serving", "app.kubernetes.io/instance": s.name}
            },
            "podMetricsEndpoints": [
                _scraped("gateway", pod.GATEWAY_METRICS_PATH),
                *([] if s.stable.plan.mode is Mode.SCRIPT else [_scraped("triton", pod.TRITON_METRICS_PATH)]),
            ],
        },
    }


def _scraped(program: str, path: str) -> dict[str, Any]:
    return {
        "port": PROBE,
        "path": path,
        "scheme": "http",
        "interval": "15s",
        "relabelings": [
            # Without it the same `up` would be written twice, since both are read at one address.
            {"action": "replace", "targetLabel": "program", "replacement": program},
            {
                "action": "replace",
                "sourceLabels": ["__meta_kubernetes_pod_label_triton_serving_release"],
                "targetLabel": "release",
            },
        ],
    }
