"""What is known of a cluster when an update is planned. Plain data; `cluster_access` finds it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    name: str
    kubelet: tuple[int, int]
    """1.36 is (1, 36)."""
    runtime: str
    """As the node says it: containerd://2.3.7."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()
    """key=value:Effect."""
    schedulable: bool = True
    allocatable: Mapping[str, int] = field(default_factory=dict)
    """Extended resources only: nvidia.com/gpu, nvidia.com/mig-1g.10gb."""
    used: Mapping[str, int] = field(default_factory=dict)
    """The same, requested by pods that have not ended."""
    services: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What of that is requested by pods of this package's services, by `namespace/service`: an update gets it back."""

    def free(self, resource: str) -> int:
        return max(self.allocatable.get(resource, 0) - self.used.get(resource, 0), 0)


@dataclass(frozen=True)
class ClusterView:
    version: tuple[int, int]
    """Of the API server."""
    nodes: tuple[Node, ...]
    api_groups: frozenset[str] = frozenset()
    """gateway.networking.k8s.io, monitoring.coreos.com …: whether an object can be made at all."""
    namespaces: frozenset[str] = frozenset()
