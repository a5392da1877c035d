"""What a cluster has to spare, before an update is planned."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..plan.kubernetes.capacity import ClusterView, Node
from .connection import Cluster

_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_NOT_ENDED = "status.phase!=Succeeded,status.phase!=Failed"
_ASKED_ALONE = 100
"""Nodes with GPUs are mostly few among many: so many are asked for their pods one by one, for which API servers have an
index. All pods of a large cluster, 10,000 of them, are 55 MB and more."""
_TOGETHER = 8


def look(cluster: Cluster, seconds: float = 10.0) -> ClusterView:
    """Raises UserError when the cluster does not answer in that time, or may not be read by this user."""
    deadline = time.monotonic() + seconds
    version = cluster.get("/version", seconds)
    groups = cluster.get("/apis", seconds)
    namespaces = cluster.items("/api/v1/namespaces", deadline, _NAMES_ONLY)
    found = frozenset(one["metadata"]["name"] for one in namespaces)
    nodes = list(cluster.items("/api/v1/nodes", deadline))
    used: dict[str, dict[str, int]] = {}
    services: dict[str, dict[str, dict[str, int]]] = {}
    for pod in _pods(cluster, [node["metadata"]["name"] for node in nodes if _has_extended(node)], deadline):
        name, asked = pod["spec"]["nodeName"], requested(pod["spec"])
        _add(used.setdefault(name, {}), asked)
        if service := _service_of(pod["metadata"]):
            _add(services.setdefault(name, {}).setdefault(service, {}), asked)
    return ClusterView(
        version_of(version["gitVersion"]),
        tuple(node_of(node, used, services) for node in nodes),
        frozenset(group["name"] for group in groups["groups"]),
        found,
    )


def _pods(cluster: Cluster, nodes: Sequence[str], deadline: float) -> Iterator[Mapping[str, Any]]:
    """Those on these nodes, and perhaps others, that have not ended."""
    if len(nodes) > _ASKED_ALONE:
        yield from cluster.items("/api/v1/pods", deadline, fieldSelector=f"spec.nodeName!=,{_NOT_ENDED}")
        return
    with ThreadPoolExecutor(_TOGETHER) as threads:
        for found in threads.map(lambda name: _pods_of(cluster, name, deadline), nodes):
            yield from found


def _pods_of(cluster: Cluster, node: str, deadline: float) -> list[dict[str, Any]]:
    return list(cluster.items("/api/v1/pods", deadline, fieldSelector=f"spec.nodeName={node},{_NOT_ENDED}"))


def _has_extended(node: Mapping[str, Any]) -> bool:
    return bool(extended(node["status"].get("allocatable", {})))


def version_of(text: str) -> tuple[int, int]:
    """v1.36.3, and what clouds make of it: v1.36.3-gke.100, v1.36.3+k3s1."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def node_of(
    node: Mapping[str, Any],
    used: Mapping[str, Mapping[str, int]],
    services: Mapping[str, Mapping[str, Mapping[str, int]]],
) -> Node:
    """`used` and `services` by the nodes' names."""
    spec, status, name = node["spec"], node["status"], node["metadata"]["name"]
    return Node(
        name=name,
        kubelet=version_of(status["nodeInfo"]["kubeletVersion"]),
        runtime=status["nodeInfo"]["containerRuntimeVersion"],
        labels=node["metadata"].get("labels", {}),
        taints=tuple(map(_taint, spec.get("taints", ()))),
        schedulable=not spec.get("unschedulable", False),
        allocatable=extended(status.get("allocatable", {})),
        used=used.get(name, {}),
        services=services.get(name, {}),
    )


def requested(spec: Mapping[str, Any]) -> dict[str, int]:
    """Extended resources that the scheduler counts for a pod: of its containers and sidecars together, or of an init
    container and the sidecars before it where that is more."""
    total: dict[str, int] = {}
    sidecars: dict[str, int] = {}
    most: dict[str, int] = {}
    for container in spec.get("initContainers", ()):
        own = _of_container(container)
        if container.get("restartPolicy") == "Always":
            _add(sidecars, own)
        else:
            _add(own, sidecars)
            most = {name: max(most.get(name, 0), own.get(name, 0)) for name in most.keys() | own.keys()}
    for container in spec["containers"]:
        _add(total, _of_container(container))
    _add(total, sidecars)
    return {name: max(total.get(name, 0), most.get(name, 0)) for name in sorted(total.keys() | most.keys())}


def extended(quantities: Mapping[str, str]) -> dict[str, int]:
    """nvidia.com/gpu and the like; not cpu, memory, hugepages-2Mi."""
    return {name: _whole(quantity) for name, quantity in quantities.items() if "/" in name}


def _service_of(metadata: Mapping[str, Any]) -> str | None:
    labels = metadata.get("labels", {})
    if labels.get("app.kubernetes.io/name") != "triton-serving" or "app.kubernetes.io/instance" not in labels:
        return None
    return f"{metadata['namespace']}/{labels['app.kubernetes.io/instance']}"


def _of_container(container: Mapping[str, Any]) -> dict[str, int]:
    resources = container.get("resources", {})
    return extended(resources.get("limits", {}) | resources.get("requests", {}))


def _add(to: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        to[name] = to.get(name, 0) + count


_THOUSANDS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def _whole(quantity: str) -> int:
    """The API server lets only whole numbers through, and writes 1000 as 1k."""
    found = re.fullmatch(r"(\d+)([kMG]?)", quantity)
    return int(found[1]) * _THOUSANDS[found[2]] if found else 0


def _taint(taint: Mapping[str, str]) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"
