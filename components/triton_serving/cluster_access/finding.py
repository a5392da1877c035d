"""What keeps a Deployment from getting ready: the worst trouble of its pods."""

from dataclasses import dataclass

from .connection import Cluster
from .diagnosis import is_leaving, is_ready, pod_trouble
from .objects import read_events
from .placement import refusal_trouble
from .progress import Progress
from .trouble import Object, Trouble

_PODS_WITH_EVENTS = 3
"""Pods of one template mostly fail alike; a hundred of them are not a hundred questions more."""


@dataclass(frozen=True)
class Found:
    trouble: Trouble
    pods: tuple[Object, ...] = ()
    """All that have it."""


def worst_trouble(cluster: Cluster, namespace: str, progress: Progress) -> Found | None:
    pods = [pod for pod in progress.new if not is_ready(pod) and not is_leaving(pod)]
    alive = [pod for pod in pods if pod["status"].get("phase") != "Failed"]
    if not alive and progress.refused:
        return Found(refusal_trouble(progress.refused))
    found: dict[Trouble, list[Object]] = {}
    for number, pod in enumerate(alive or pods):
        events = read_events(cluster, namespace, pod["metadata"]["uid"]) if number < _PODS_WITH_EVENTS else ()
        if trouble := pod_trouble(pod, events, beside_old_pods=progress.starts_beside):
            found.setdefault(trouble, []).append(pod)
    if not found:
        return None
    worst = min(found, key=lambda trouble: (trouble.hope, -len(found[trouble])))
    return Found(worst, tuple(found[worst]))
