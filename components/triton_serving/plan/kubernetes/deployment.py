"""The Deployment of one release: its pods, and how they are replaced."""

from typing import Any

from . import containers
from .names import ENDED_WITH_ITS_PODS, annotations, metadata, pod_labels, release_name, selector
from .objects import Manifest
from .service import ClusterService, Strategy
from .taints import tolerated, toleration
from .volumes import volumes

USER = 1000
"""What NVIDIA's images call triton-server."""
_OLD_TEMPLATES = 1
"""Older ones could not be gone back to anyway: the files that they name are gone."""


def deployment(service: ClusterService, which: str) -> Manifest:
    release = service.releases[which]
    spec: dict[str, Any] = {
        "selector": {"matchLabels": selector(service, which)},
        "strategy": _strategy(service.strategy),
        "progressDeadlineSeconds": release.times.progress,
        "revisionHistoryLimit": _OLD_TEMPLATES,
        "template": {"metadata": {"labels": pod_labels(service, which)}, "spec": _pod(service, which)},
    }
    if which == "candidate" or service.replicas.fixed is not None:  # else the autoscaler's to decide
        spec["replicas"] = service.replicas.least
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(service, release_name(service, which), ENDED_WITH_ITS_PODS | annotations(service)),
        "spec": spec,
    }


def _strategy(strategy: Strategy) -> dict[str, Any]:
    if strategy is Strategy.RECREATE:
        return {"type": "Recreate"}
    surge, unavailable = (1, 0) if strategy is Strategy.SURGE else (0, 1)
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def _pod(service: ClusterService, which: str) -> dict[str, Any]:
    secrets = [{"name": name} for name in service.image_pull_secrets]
    tolerations = [toleration(taint) for taint in tolerated(service)]
    return {
        "serviceAccountName": service.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": service.releases[which].times.grace,
        "nodeSelector": {"kubernetes.io/os": "linux", **service.node_selector},
        **({"tolerations": tolerations} if tolerations else {}),
        "affinity": _apart(service, which),
        "topologySpreadConstraints": [
            _spread(service, which, over) for over in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
        **({"imagePullSecrets": secrets} if secrets else {}),
        "initContainers": containers.before(service, which),
        "containers": [containers.main(service, which)],
        "volumes": volumes(service, which),
    }


def _spread(service: ClusterService, which: str, over: str) -> dict[str, Any]:
    """Wherever there is a choice. A pod on a crowded node is better than none."""
    return {
        "maxSkew": 1,
        "topologyKey": over,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector(service, which)},
        "matchLabelKeys": ["pod-template-hash"],  # those of the last template are about to end
    }


def _apart(service: ClusterService, which: str) -> dict[str, Any]:
    """What AKS puts in where it is missing, and would then be a difference in every preview."""
    term = {"labelSelector": {"matchLabels": selector(service, which)}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]
        }
    }
