"""How an update goes on a cluster, decided from what is known of its spare GPUs."""

from dataclasses import dataclass

from .capacity import ClusterView
from .service import ClusterService, Strategy


@dataclass(frozen=True)
class Choice:
    strategy: Strategy
    reason: str
    """For the preview: why this one, and which gap to expect. 'recycle: all 2 GPUs of the nodes that this service may
    use are taken; one of 3 replicas at a time is gone for up to 140 s'."""


def choose(service: ClusterService, asked: Strategy | None, view: ClusterView | None, spare_gpus: int | None) -> Choice:
    """`asked` is the caller's word, `spare_gpus` what the caller knows of a pool that can grow, `view` None where the
    cluster cannot be asked (it is not there yet). Raises UserError where `asked` would never come to an end."""
    raise NotImplementedError


def cluster_problems(service: ClusterService, view: ClusterView) -> list[str]:
    """What this cluster cannot do for the service, each with the way out: too old for image volumes, no API for the
    objects wanted, no node with so many GPUs, a taint that is not tolerated, a namespace that does not exist."""
    raise NotImplementedError
