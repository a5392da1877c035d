"""How many pods there are, where load decides."""

from typing import Any

from ..service import Mode
from . import names
from .objects import Manifest
from .queries import QUEUE_METRIC
from .service import ClusterService

_UP = {
    # At once, as the router of v1 did: who waits in a queue has waited already. Twice as many every 15 s, which is how
    # often the cluster looks; at least four more, so that one replica does not take a minute to become five.
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Percent", "value": 100, "periodSeconds": 15},
        {"type": "Pods", "value": 4, "periodSeconds": 15},
    ],
}
_DOWN = {
    # One a minute, as v1, and only after five minutes in which fewer were enough: a replica that is gone has to load
    # its model again.
    "stabilizationWindowSeconds": 300,
    "selectPolicy": "Max",
    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
}


def autoscaler(s: ClusterService) -> Manifest:
    """Of the stable version only. Its Deployment must not name a number of replicas, or every update would set back
    what was chosen here."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": names.metadata(s, names.name_of(s)),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": names.name_of(s)},
            "minReplicas": s.replicas.minimum,
            "maxReplicas": s.replicas.maximum,
            "metrics": _metrics(s),
            "behavior": {"scaleUp": _UP, "scaleDown": _DOWN},
        },
    }


def _metrics(s: ClusterService) -> list[dict[str, Any]]:
    """Several ask for several numbers of pods, of which the largest counts."""
    if s.replicas.target_queue_ms is not None:
        target = {"type": "AverageValue", "averageValue": _quantity(s.replicas.target_queue_ms)}
        return [{"type": "Pods", "pods": {"metric": {"name": QUEUE_METRIC}, "target": target}}]
    return [_processor(container, s.replicas.target_utilization) for container in _working(s.stable.plan.mode)]


def _working(mode: Mode) -> tuple[str, ...]:
    """Each by itself: a gateway that has nothing to do, or a script that waits for Triton, would hide that the other
    is at its end."""
    return {Mode.DIRECT: ("triton",), Mode.SCORING: ("triton", "scoring"), Mode.SCRIPT: ("scoring",)}[mode]


def _processor(container: str, percent: int | None) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": container, "target": target}}


def _quantity(number: int) -> str:
    """As the API server writes it: 2000 comes back as 2k, which a refresh would take for a change."""
    return str(number) if number % 1000 else f"{number // 1000}k"
