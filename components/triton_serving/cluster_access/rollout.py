"""Waiting for an update of a service, and telling why it does not come to an end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..models.work import Work
from .connection import Cluster


@dataclass(frozen=True)
class Target:
    """What has to be true for an update to be over."""

    namespace: str
    deployments: tuple[str, ...]
    """The stable one, and a candidate's."""
    uids: tuple[str, ...]
    """Of the deployments, as Pulumi's provider made them: another one of the same name is on another cluster."""
    progress_seconds: int
    routes_version: str
    """What every gateway of the first deployment must answer at VERSION_PATH."""
    keys: tuple[str, ...] = field(repr=False)
    """Every one of them must be let in by every pod; empty while keys are off."""
    tls_name: str | None = None
    """The gateway speaks TLS; the certificate is not checked: it is the caller's business whom it is for."""
    service: str | None = None
    """A Service of type LoadBalancer that has to have an address."""


def follow(cluster: Cluster, target: Target, work: Work, notice: Callable[[str], None]) -> str | None:
    """Returns when every deployment has gone over to its newest template, every ready pod of the first answers with
    `routes_version` to every key, and the load balancer, if any, has an address, which is returned.

    Before: tells progress by `work` (what is waited for, how many of how many). Secrets that a kubelet has not brought
    to a pod yet are hurried on by an annotation of the pod. Raises UserError as soon as it is clear that it will not
    come to an end, and at the deadline: the pod's reason in plain words, the last lines of the right container's log
    (for Triton, the model and the line that failed), whether old pods still serve, and the next step. Passing trouble
    (a registry or an API server that is away for a while, a node that drains) is waited out until the deadline."""
    raise NotImplementedError


def wait_until_gone(cluster: Cluster, namespace: str, service: str, seconds: float, work: Work) -> None:
    """Returns when no pod of the service is left, or the cluster or namespace is gone; raises UserError at the end."""
    raise NotImplementedError


def state_of(cluster: Cluster, namespace: str, deployment: str) -> tuple[str, str]:
    """Healthy, Transitioning, Unhealthy, Unschedulable or Failed, as v1 called them, and why in a few words."""
    raise NotImplementedError
