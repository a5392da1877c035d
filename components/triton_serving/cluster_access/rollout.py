"""Waiting for an update of a service, and telling why it does not come to an end."""

import time
from collections.abc import Callable

from ..models.work import Work
from ..rules.problems import UserError
from .connection import Away, Cluster, Refused
from .diagnosis import is_unscheduled
from .finding import worst_trouble
from .following import Following
from .objects import SECONDS, pods_path, read_progress
from .target import Target
from .trouble import Hope

_VANISHED_SECONDS = 10.0
"""A cluster that has not answered once in that time is taken for removed."""

__all__ = ["Target", "follow", "state_of", "wait_until_gone"]


def follow(cluster: Cluster, target: Target, work: Work, notice: Callable[[str], None]) -> str | None:
    """Returns when every deployment has gone over to its newest template, every ready pod of the first answers with
    `routes_version` to every key, and the load balancer, if any, has an address, which is returned.

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


def wait_until_gone(cluster: Cluster, namespace: str, service: str, seconds: float, work: Work) -> None:
    """Returns when no pod of the service is left, or the cluster or namespace is gone; raises UserError at the end."""
    began = time.monotonic()
    selector = f"app.kubernetes.io/instance={service},app.kubernetes.io/name=triton-serving"
    left: list[str] | None = None
    while True:
        work.checkpoint()
        waited = time.monotonic() - began
        try:
            pods = cluster.get(pods_path(namespace), SECONDS, labelSelector=selector)["items"]
            left = [pod["metadata"]["name"] for pod in pods]
        except Refused as refused:
            if refused.status == 404:
                return
            raise
        except Away as away:
            work.say(str(away))
            if left is None and waited > _VANISHED_SECONDS:
                return  # the cluster went with all that was on it
        if left == []:
            return
        if waited > seconds:
            names = ", ".join(sorted(left or ())) or "the cluster does not say which"
            raise UserError(
                f"pods of '{service}' have not ended after {seconds:.0f} s: {names}; "
                "'kubectl describe pod' says what holds them: a node that is away, or a finalizer"
            )
        if left:
            work.say(f"{service}: {len(left)} pods are ending")
        work.stop.wait(1)


def state_of(cluster: Cluster, namespace: str, deployment: str) -> tuple[str, str]:
    """Healthy, Transitioning, Unhealthy, Unschedulable or Failed, as v1 called them, and why in a few words."""
    try:
        progress = read_progress(cluster, namespace, deployment)
    except Refused as refused:
        if refused.status == 404:
            return "Failed", "it is not there any more"
        raise
    if progress.over:
        return "Healthy", ""
    found = worst_trouble(cluster, namespace, progress)
    reason = found.trouble.reason if found else f"{len(progress.ready)} of {progress.wanted} pods are ready"
    if found and not progress.ready and any(map(is_unscheduled, found.pods)):
        return "Unschedulable", reason
    if found and found.trouble.hope is Hope.NONE:
        return "Failed", reason
    return ("Unhealthy" if progress.was_over else "Transitioning"), reason
