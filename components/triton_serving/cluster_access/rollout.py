"""Waiting for an update of a service, and telling why it does not come to an end."""

from collections.abc import Callable

from ..models.work import Work
from .connection import Away, Cluster, Refused
from .diagnosis import is_unscheduled
from .finding import worst_trouble
from .following import Following
from .objects import read_progress
from .target import Target
from .trouble import Hope

__all__ = ["Target", "follow", "state_of"]


def follow(cluster: Cluster, target: Target, work: Work, notice: Callable[[str], None]) -> str | None:
    """Returns when every deployment has gone over to its newest template, every ready pod answers with the version of
    its deployment's routes to every key, a candidate's version is answered through every ready pod of the first, and
    the load balancer, if any, has an address, which is returned.

    Before: tells progress by `work` (what is waited for, how many of how many). Secrets that a kubelet has not brought
    to a pod yet are hurried on by an annotation of the pod. Raises UserError as soon as it is clear that it will not
    come to an end, and at the deadline: the pod's reason in plain words, the last lines of the right container's log
    (for Triton, the model and the line that failed), whether old pods still serve, and the next step. Passing trouble
    (a registry or an API server that is away for a while, a node that drains) is waited out until the deadline."""
    following = Following(cluster, target, work, notice)
    while True:
        work.checkpoint()
        over, address = following.step()
        if over:
            return address
        work.stop.wait(following.pause())


def state_of(cluster: Cluster, namespace: str, deployment: str) -> tuple[str, str]:
    """Healthy, Transitioning, Unhealthy, Unschedulable or Failed, as v1 called them, and why in a few words."""
    try:
        progress = read_progress(cluster, namespace, deployment)
    except Refused as refused:
        if refused.status == 404:
            return "Failed", "it is not there any more"
        raise
    except Away as away:  # a refresh goes on: the cluster may be gone, and what is left of the service with it
        return "Unhealthy", str(away)
    if progress.over:
        return "Healthy", ""
    found = worst_trouble(cluster, namespace, progress)
    reason = found.trouble.reason if found else f"{len(progress.ready)} of {progress.wanted} pods are ready"
    if found and not progress.ready and any(map(is_unscheduled, found.pods)):
        return "Unschedulable", reason
    if found and found.trouble.hope is Hope.NONE:
        return "Failed", reason
    return ("Unhealthy" if progress.was_over else "Transitioning"), reason
