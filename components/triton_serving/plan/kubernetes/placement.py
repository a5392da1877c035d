"""On which nodes the pods of a service may run, and how many GPUs these have for it."""

from collections.abc import Iterable, Iterator

from .capacity import Node
from .service import ClusterService
from .taints import repelled

_PASSING = "node.kubernetes.io/"
"""What the cluster itself taints a node with while something is wrong with it."""


def is_eligible(service: ClusterService, node: Node) -> bool:
    """For good: by its labels and the taints that its owner gave it."""
    return _is_selected(service, node) and not _lasting(service, node)


def is_open(service: ClusterService, node: Node) -> bool:
    """For the moment: not cordoned, and nothing wrong with it."""
    return node.schedulable and not repelled(node.taints, service)


def slots(service: ClusterService, nodes: Iterable[Node]) -> int:
    """For how many of the service's pods the nodes have GPUs, its own included. GPUs of two nodes make no pod."""
    resource, gpus = service.resources.gpu_resource, service.resources.gpus
    return sum(_left_by_others(service, node, resource) // gpus for node in nodes)


def slots_to_come(service: ClusterService, nodes: Iterable[Node], most_gpus: int | None) -> int:
    """For how many of its pods nodes can have GPUs that are not there yet. `nodes` are all of the cluster's."""
    there = sum(node.allocatable.get(service.resources.gpu_resource, 0) for node in nodes)
    return max((most_gpus or 0) - there, 0) // service.resources.gpus


def most_pods(service: ClusterService) -> int:
    """Of both releases, when load is highest."""
    replicas = service.replicas
    return (replicas.maximum if replicas.fixed is None else replicas.fixed) + _of_candidate(service)


def placement_problems(service: ClusterService, nodes: Iterable[Node], most_gpus: int | None) -> Iterator[str]:
    """Why pods would find no place. A pool that can grow may have no node yet, which `most_gpus` tells."""
    nodes = list(nodes)
    resource, gpus = service.resources.gpu_resource, service.resources.gpus
    to_come = slots_to_come(service, nodes, most_gpus) if gpus else 0
    if to_come:
        yield from _crowding(service, [node for node in nodes if is_eligible(service, node)], to_come)
        return
    selected = [node for node in nodes if _is_selected(service, node)]
    if not selected:
        yield f"no node of the cluster has the labels of 'nodeSelector' ({_labels(service)}); correct it, or add nodes"
        return
    able = [node for node in selected if node.allocatable.get(resource, 0) >= gpus] if gpus else selected
    eligible = [node for node in able if is_eligible(service, node)]
    if gpus and not able:
        yield _too_few(service, selected)
    elif not eligible:
        yield _kept_away(service, able)
    elif gpus:
        yield from _crowding(service, eligible, 0)


def _crowding(service: ClusterService, eligible: list[Node], to_come: int) -> Iterator[str]:
    resource, there = service.resources.gpu_resource, slots(service, eligible)
    if there + to_come < _least_pods(service):
        further = f" and can get it for {to_come} more" if to_come else ""
        yield (
            f"the nodes that the service may use have {resource} for {there} of its pods{further}, beside what others "
            f"have taken, and it has {_least_pods(service)}; lower the number of replicas, add nodes, or tell by "
            "'mostGpus' how many GPUs the pools have at their largest"
        )


def _too_few(service: ClusterService, nodes: list[Node]) -> str:
    resource, gpus = service.resources.gpu_resource, service.resources.gpus
    most = max(node.allocatable.get(resource, 0) for node in nodes)
    if most:
        return (
            f"'gpuCores' must be at most {most}, what a single node of the cluster has of {resource} (got {gpus}); "
            "lower it, or add larger nodes"
        )
    others = sorted({name for node in nodes for name, count in node.allocatable.items() if count and _is_gpu(name)})
    known = f"it has {', '.join(others)}: give one of them as 'gpuResource'" if others else "add nodes with GPUs"
    return f"no node of the cluster has {resource}; {known}, or tell by 'mostGpus' how many its pools can have"


def _kept_away(service: ClusterService, nodes: list[Node]) -> str:
    taints = sorted({taint for node in nodes for taint in _lasting(service, node)})
    return (
        f"every node that could run the service keeps it away by a taint ({', '.join(taints)}); name it in "
        "'toleratedTaints' if the service belongs there"
    )


def _least_pods(service: ClusterService) -> int:
    return service.replicas.least + _of_candidate(service)


def _of_candidate(service: ClusterService) -> int:
    return service.replicas.least if service.candidate else 0


def _left_by_others(service: ClusterService, node: Node, resource: str) -> int:
    own = node.services.get(f"{service.namespace}/{service.name}", {}).get(resource, 0)
    return max(node.allocatable.get(resource, 0) - max(node.used.get(resource, 0) - own, 0), 0)


def _is_selected(service: ClusterService, node: Node) -> bool:
    wanted = {"kubernetes.io/os": "linux", **service.node_selector}
    return all(node.labels.get(name) == value for name, value in wanted.items())


def _lasting(service: ClusterService, node: Node) -> list[str]:
    return [taint for taint in repelled(node.taints, service) if not taint.startswith(_PASSING)]


def _labels(service: ClusterService) -> str:
    return ", ".join(f"{name}={value}" for name, value in service.node_selector.items()) or "kubernetes.io/os=linux"


def _is_gpu(resource: str) -> bool:
    return resource.startswith("nvidia.com/")
