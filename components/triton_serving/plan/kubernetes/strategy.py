"""How an update goes on a cluster, decided from what is known of its spare GPUs.

What counts is whether the GPUs hold one pod more than the service has when all of it runs. Its own pods are not counted
as taken, so that the next update on an unchanged cluster comes to the same result.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...rules.problems import UserError
from ...rules.wording import dotted
from ..service import Mode
from .capacity import ClusterView, Node
from .placement import is_eligible, is_open, most_pods, placement_problems, slots, slots_to_come
from .service import ClusterService, Delivery, Exposure, Strategy


@dataclass(frozen=True)
class Choice:
    strategy: Strategy
    reason: str
    """For the preview: why this one, and which gap to expect."""


def choose(service: ClusterService, asked: Strategy | None, view: ClusterView | None, most_gpus: int | None) -> Choice:
    """`asked` is the caller's word, `most_gpus` what the caller knows of pools that can grow, `view` None where the
    cluster cannot be asked (it is not there yet). Raises UserError where `asked` would never come to an end."""
    room = _room(service, view, most_gpus)
    if asked is Strategy.SURGE and room.is_there is False:
        raise UserError(
            f"'strategy' surge would wait for ever: {room.words}; leave 'strategy' out or set it to recycle, or tell "
            "by 'mostGpus' how many GPUs the pools have at their largest"
        )
    if asked is not None:
        strategy, why = asked, "as asked for"
        if asked is Strategy.SURGE and room.is_there is None:
            why = f"as asked for, though {room.words}: without a GPU the update fails, and the old pods go on serving"
    else:
        strategy, why = (Strategy.SURGE if room.is_there else Strategy.RECYCLE), room.words
    return Choice(strategy, f"{why}; {_gap(service, strategy)}")


@dataclass(frozen=True)
class _Room:
    """For one pod more than there are."""

    is_there: bool | None
    """None: nobody knows."""
    words: str


def _room(service: ClusterService, view: ClusterView | None, most_gpus: int | None) -> _Room:
    gpus, resource = service.resources.gpus, service.resources.gpu_resource
    if not gpus:
        return _Room(True, "the service asks for no GPU, so a new pod starts beside the old ones")
    pods = most_pods(service)
    if view is None:
        words = f"the cluster could not be asked for free {resource}{_told(most_gpus)}"
        return _Room(None if most_gpus is None else most_gpus // gpus > pods, words)
    nodes = [node for node in view.nodes if is_eligible(service, node) and is_open(service, node)]
    to_come = slots_to_come(service, view.nodes, most_gpus)
    if slots(service, nodes) + to_come > pods >= slots(service, nodes):
        words = f"nodes with {resource} for {to_come} of its pods can come in addition, as 'mostGpus' tells"
        return _Room(True, words)
    if slots(service, nodes) > pods:
        words = f"the nodes that it may use have {resource} for {slots(service, nodes)} of its pods, and it has {pods}"
        return _Room(True, words)
    return _Room(False, _full(service, nodes) + _told(most_gpus))


def _full(service: ClusterService, nodes: list[Node]) -> str:
    resource = service.resources.gpu_resource
    there = sum(node.allocatable.get(resource, 0) for node in nodes)
    pods = f"{'up to ' if service.replicas.fixed is None else ''}{most_pods(service)}"
    return (
        f"the nodes that it may use have {there} of {resource}, enough for {slots(service, nodes)} of its pods beside "
        f"what others have taken, and it has {pods}"
    )


def _told(most_gpus: int | None) -> str:
    return "" if most_gpus is None else f", and 'mostGpus' tells of {most_gpus}"


def _gap(service: ClusterService, strategy: Strategy) -> str:
    if strategy is Strategy.SURGE:
        return "no gap: an old pod ends when a new one serves"
    times = service.stable.times
    starts = 2 if service.stable.plan.mode is Mode.SCORING else 1
    seconds = times.grace + starts * times.startup
    least = service.replicas.least
    if strategy is Strategy.RECREATE or least == 1:
        return f"nothing serves for up to {seconds} s, as a rule for as long as the models load"
    return f"one of {least} replicas at a time is gone for up to {seconds} s, as a rule for as long as the models load"


_OLDEST = (1, 34)
"""The first with `preStop.sleep` and sidecars for good: nothing that is younger than these is used besides volumes."""
_IMAGE_VOLUMES = {"containerd": (2, 1), "cri-o": (1, 33)}
_IMAGE_VOLUMES_KUBELET = (1, 35)
"""Which has them switched on; AKS lets nobody switch them on in an older one. They are stable in 1.36."""


def cluster_problems(service: ClusterService, view: ClusterView, most_gpus: int | None = None) -> list[str]:
    """What this cluster cannot do for the service, each with the way out: too old for image volumes, no API for the
    objects wanted, no node with so many GPUs, a taint that is not tolerated, a namespace that does not exist."""
    return [
        *_of_age(view),
        *_of_delivery(service, view),
        *_of_apis(service, view),
        *_of_namespaces(service, view),
        *placement_problems(service, view.nodes, most_gpus),
    ]


def _of_age(view: ClusterView) -> Iterator[str]:
    if view.version < _OLDEST:
        yield f"the cluster must have Kubernetes {dotted(_OLDEST)} or later (got {dotted(view.version)}); upgrade it"


def _of_delivery(service: ClusterService, view: ClusterView) -> Iterator[str]:
    if service.delivery is Delivery.COPY or not any(release.model for release in service.releases.values()):
        return
    for node in view.nodes:
        name, _, version = node.runtime.partition("://")
        least = _IMAGE_VOLUMES.get(name)
        able = node.kubelet >= _IMAGE_VOLUMES_KUBELET and least is not None and _numbers(version) >= least
        if not able and is_eligible(service, node):
            yield (
                f"node {node.name} cannot mount a model's image, which takes Kubernetes "
                f"{dotted(_IMAGE_VOLUMES_KUBELET)} and containerd 2.1 or CRI-O 1.33, or later (got "
                f"{dotted(node.kubelet)} and {name} {version}); "
                "set 'modelDelivery' to copy, or leave such nodes out by 'nodeSelector'"
            )
            return  # one names them all: nodes of a pool are alike


def _of_apis(service: ClusterService, view: ClusterView) -> Iterator[str]:
    if service.reach.exposure is Exposure.GATEWAY and "gateway.networking.k8s.io" not in view.api_groups:
        yield "'exposure' gateway needs the Gateway API, which the cluster lacks; install it, or choose load-balancer"
    if service.reach.monitoring_namespace and "monitoring.coreos.com" not in view.api_groups:
        yield (
            "'monitoringNamespace' needs the Prometheus operator's API (monitoring.coreos.com), which the cluster "
            "lacks; install it, or leave 'monitoringNamespace' out"
        )


def _of_namespaces(service: ClusterService, view: ClusterView) -> Iterator[str]:
    gateway = (service.reach.gateway or "").rpartition("/")[0]
    wanted = {
        "namespace": None if service.owns_namespace else service.namespace,
        "monitoringNamespace": service.reach.monitoring_namespace,
        "gateway": gateway or None,
    }
    for argument, name in wanted.items():
        if name is not None and name not in view.namespaces:
            yield f"'{argument}' must be in a namespace that exists (there is no {name}); create it, or name another"


def taken_problems(service: ClusterService, view: ClusterView, *, deployed: bool) -> list[str]:
    """What keeps a new service from its place: it would take over what is there, and take that with it when it goes.
    `deployed`: whether the namespace has a Deployment of its name."""
    way_out = "choose another 'serviceName'; remove first what a stack has left whose state is lost"
    if service.owns_namespace and service.namespace in view.namespaces:
        return [
            f"the namespace {service.namespace} is there already, so that it cannot become the service's own, which "
            f"goes away with it; give 'namespace' to go into one that stays, or {way_out}"
        ]
    if deployed:
        return [f"the namespace {service.namespace} has a Deployment {service.name} already; {way_out}"]
    return []


def _numbers(version: str) -> tuple[int, int]:
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
