"""Which objects a service consists of: known from switches alone, before any value is, because a Pulumi program has to
declare its resources before it knows their values."""

from dataclasses import dataclass
from typing import Any

from .service import Exposure

Manifest = dict[str, Any]
"""An object as Kubernetes is told of it."""


@dataclass(frozen=True)
class Kind:
    api_version: str
    kind: str


@dataclass(frozen=True)
class Shape:
    """The switches that decide which objects there are."""

    exposure: Exposure
    owns_namespace: bool
    script: bool
    """Scoring or script mode."""
    autoscaled: bool
    monitored: bool
    candidate: bool
    certificate: bool = False
    """One that is given with the service, not one that is on the cluster already."""


def objects(shape: Shape) -> dict[str, Kind]:
    """By the name that each has in `manifests`, in an order in which they can be created."""
    monitoring = "monitoring.coreos.com/v1"
    wanted: list[tuple[str, str, str, bool]] = [
        ("namespace", "v1", "Namespace", shape.owns_namespace),
        ("account", "v1", "ServiceAccount", True),
        ("network", "networking.k8s.io/v1", "NetworkPolicy", True),
        ("gateway", "v1", "ConfigMap", True),
        ("routes", "v1", "Secret", True),
        ("certificate", "v1", "Secret", shape.certificate),
        ("script", "v1", "ConfigMap", shape.script),
        ("deployment", "apps/v1", "Deployment", True),
        ("disruptions", "policy/v1", "PodDisruptionBudget", True),
        ("autoscaler", "autoscaling/v2", "HorizontalPodAutoscaler", shape.autoscaled),
        ("candidateNetwork", "networking.k8s.io/v1", "NetworkPolicy", shape.candidate),
        ("candidateGateway", "v1", "ConfigMap", shape.candidate),
        ("candidateRoutes", "v1", "Secret", shape.candidate),
        ("candidateScript", "v1", "ConfigMap", shape.candidate and shape.script),
        ("candidateDeployment", "apps/v1", "Deployment", shape.candidate),
        ("candidateDisruptions", "policy/v1", "PodDisruptionBudget", shape.candidate),
        ("candidateService", "v1", "Service", shape.candidate),
        ("service", "v1", "Service", True),
        ("httpRoute", "gateway.networking.k8s.io/v1", "HTTPRoute", shape.exposure is Exposure.GATEWAY),
        ("grpcRoute", "gateway.networking.k8s.io/v1", "GRPCRoute", _routes_grpc(shape)),
        ("podMonitor", monitoring, "PodMonitor", shape.monitored),
        ("alerts", monitoring, "PrometheusRule", shape.monitored),
        ("dashboard", "v1", "ConfigMap", shape.monitored),
    ]
    return {name: Kind(api_version, kind) for name, api_version, kind, there in wanted if there}


SECRET = ("routes", "candidateRoutes", "certificate")
"""The objects that hold keys."""


def _routes_grpc(shape: Shape) -> bool:
    return shape.exposure is Exposure.GATEWAY and not shape.script
