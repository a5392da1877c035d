"""Which resources the rules look at, by the engine's names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .rule import Resource, at

STACK = "pulumi:pulumi:Stack"
WEBSERVICE = "triton-serving:index:TritonWebservice"
LOCAL_WEBSERVICE = "triton-serving:index:LocalWebservice"
MODEL_REPOSITORY = "triton-serving:index:TritonModelRepository"
ENVIRONMENT = "triton-serving:index:ScoringEnvironment"
ENVIRONMENT_IMAGE = "triton-serving:index:EnvironmentImage"
GPU_CLUSTER = "triton-serving:index:GpuCluster"

CLUSTER = "azure-native:containerservice:ManagedCluster"
NODE_POOL = "azure-native:containerservice:AgentPool"
REGISTRY = "azure-native:containerregistry:Registry"
STORAGE_ACCOUNT = "azure-native:storage:StorageAccount"
BLOB_CONTAINER = "azure-native:storage:BlobContainer"

DOCKER_CONTAINER = "docker:index/container:Container"
DOCKER_IMAGE = "docker:index/remoteImage:RemoteImage"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALED = tuple(f"kubernetes:apps/v1:{kind}" for kind in ("Deployment", "StatefulSet", "ReplicaSet"))

PODS: Mapping[str, str] = {
    "kubernetes:core/v1:Pod": "spec",
    "kubernetes:core/v1:PodTemplate": "template.spec",
    "kubernetes:core/v1:ReplicationController": "spec.template.spec",
    "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
    **dict.fromkeys(SCALED, "spec.template.spec"),
}
"""Where the pod stands in each resource that makes some."""
_API_VERSION = re.compile(r"azure-native(?:_[a-z]+_v\w+)?:([a-z]+)(?:/v\w+)?:")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def without_api_version(kind: str) -> str:
    """A ManagedCluster is one, also as azure-native:containerservice/v20250801:ManagedCluster."""
    return _API_VERSION.sub(r"azure-native:\1:", kind)


def pod_of(resource: Resource) -> tuple[str, Mapping[str, Any]] | None:
    """Where the resource's pod stands, and the pod; None if it makes none, or that is not known yet."""
    path = PODS.get(resource.type)
    pod = at(resource.inputs, path) if path else None
    return (path, pod) if path and isinstance(pod, Mapping) else None


def containers_of(path: str, pod: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each container, and where it stands: spec.containers[0]."""
    for kind in _CONTAINERS:
        found = at(pod, kind)
        for number, container in enumerate(found if isinstance(found, list) else []):
            if isinstance(container, Mapping):
                yield f"{path}.{kind}[{number}]", container
