"""The objects of a service as resources of Pulumi's Kubernetes provider, from what KubernetesService says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..plan.kubernetes.objects import SECRET, Kind, Shape, objects
from ..plan.kubernetes.service import Exposure
from ..rules.arguments import engine_name, python_name
from ..rules.kubernetes_together import has_candidate, is_autoscaled
from ..rules.service import MODES
from .kubernetes_service import KubernetesService
from .provider_packages import of_provider

_SPECIFIED = ("metadata", "spec")
_KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "Namespace": ("core.v1", ("metadata",)),
    "ServiceAccount": ("core.v1", ("metadata", "automountServiceAccountToken")),
    "ConfigMap": ("core.v1", ("metadata", "data", "binaryData", "immutable")),
    "Secret": ("core.v1", ("metadata", "data", "type", "immutable")),
    "Service": ("core.v1", _SPECIFIED),
    "Deployment": ("apps.v1", _SPECIFIED),
    "PodDisruptionBudget": ("policy.v1", _SPECIFIED),
    "NetworkPolicy": ("networking.v1", _SPECIFIED),
    "HorizontalPodAutoscaler": ("autoscaling.v2", _SPECIFIED),
}
"""Each kind that the provider has a class for, its module there, and the fields of its objects here. Others are custom
resources of the cluster."""
_BEFORE_PODS = ("namespace", "account", "network", "gateway", "routes", "script")


@dataclass(frozen=True)
class Made:
    deployments: list[Any]
    """The stable one first."""
    all: list[pulumi.Resource]


def declare_objects(
    component: pulumi.ComponentResource, name: str, service: KubernetesService, args: Mapping[str, Any]
) -> Made:
    """Each after what it needs; so they go away in the opposite order, the namespace last."""
    made: dict[str, pulumi.Resource] = {}
    for part, kind in objects(shape(args)).items():
        needed = [resource for before, resource in made.items() if part not in _BEFORE_PODS or before == "namespace"]
        options = pulumi.ResourceOptions(parent=component, depends_on=needed)
        source = service.output("secretManifests" if part in SECRET else "manifests")
        made[part] = _declare(f"{name}-{_dashed(part)}", kind, source, part, options)
    deployments = [made[part] for part in ("deployment", "candidateDeployment") if part in made]
    return Made(deployments, list(made.values()))


def shape(args: Mapping[str, Any]) -> Shape:
    """By the names of the component's arguments. What is wrong with them is KubernetesService's to say, so that what
    cannot be read here counts as left out."""
    known = {engine_name(key): value for key, value in args.items() if value is not None}
    mode = known.get("mode")
    exposure = known.get("exposure")
    return Shape(
        exposure=Exposure(exposure) if exposure in list(Exposure) else Exposure.CLUSTER,
        owns_namespace="namespace" not in known,
        script=(mode != "direct") if mode in MODES else "entryScript" in known,
        autoscaled=is_autoscaled(known),
        monitored="monitoringNamespace" in known,
        candidate=has_candidate(known),
        certificate="tlsCertificate" in known,
    )


def _declare(
    name: str, kind: Kind, source: pulumi.Output[Any], part: str, options: pulumi.ResourceOptions
) -> pulumi.Resource:
    def field(key: str) -> pulumi.Output[Any]:
        return source.apply(lambda manifests: manifests[part].get(key))

    if kind.kind in _KNOWN:
        module, fields = _KNOWN[kind.kind]
        given = {python_name(key): field(key) for key in fields}
        declared = getattr(_provider(module), kind.kind)(name, options, **given)
    else:
        declared = _provider("apiextensions").CustomResource(
            name,
            api_version=kind.api_version,
            kind=kind.kind,
            metadata=field("metadata"),
            spec=field("spec"),
            opts=options,
        )
    return declared  # type: ignore[no-any-return]


def _provider(module: str) -> Any:
    wanted_by = "TritonWebservice needs Pulumi's Kubernetes provider"
    return of_provider(f"pulumi_kubernetes.{module}", "kubernetes", wanted_by)


def _dashed(name: str) -> str:
    return python_name(name).replace("_", "-")
