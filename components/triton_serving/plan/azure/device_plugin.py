"""NVIDIA's device plugin, by which Kubernetes knows of the GPUs: a pod on each GPU node."""

import re
from collections.abc import Mapping
from typing import Any

from ...rules.azure_gpu_sizes import SIZES
from .purpose import Given

NAMESPACE = "kube-system"
"""It needs a folder of the node, which Pod Security denies elsewhere; and AKS's policies leave this namespace alone."""

_FOLDER = "/var/lib/kubelet/device-plugins"
_SELECTOR = "app.kubernetes.io/instance"


def device_plugin(given: Given, component: str) -> dict[str, Any]:
    """A DaemonSet's metadata and spec."""
    name = f"nvidia-device-plugin-{_dns(component)}"
    labels = {"app.kubernetes.io/name": "nvidia-device-plugin", _SELECTOR: name}
    return {
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": labels | {"app.kubernetes.io/managed-by": "pulumi"},
            # Nodes come and go while it is looked at; a service's own wait says when GPUs are missing.
            "annotations": {"pulumi.com/skipAwait": "true"},
        },
        "spec": {
            "selector": {"matchLabels": {_SELECTOR: name}},
            # Pods keep the GPUs that they have while it is replaced; several nodes at a time would be no better.
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {"metadata": {"labels": labels}, "spec": _pod(given)},
        },
    }


def _pod(given: Given) -> dict[str, Any]:
    return {
        # Without it no pod with GPUs can start on the node, so it is not to be put out by one.
        "priorityClassName": "system-node-critical",
        "automountServiceAccountToken": False,
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _nodes(given)}},
        # GPU nodes are tainted against everybody, and a node under pressure keeps its GPUs.
        "tolerations": [{"operator": "Exists"}],
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(given)],
        "volumes": [{"name": "sockets", "hostPath": {"path": _FOLDER, "type": "Directory"}}],
    }


def _nodes(given: Given) -> dict[str, Any]:
    """Those of the pools that are added here: others of an adopted cluster have their own. Where none is added, all
    that AKS says have GPUs of NVIDIA."""
    pools = [pool["name"] for pool in given.get("gpuPools", ())]
    label = (
        {"key": "kubernetes.azure.com/agentpool", "operator": "In", "values": pools}
        if pools
        else {"key": "kubernetes.azure.com/accelerator", "operator": "In", "values": ["nvidia"]}
    )
    return {"nodeSelectorTerms": [{"matchExpressions": [label]}]}


def _container(given: Given) -> dict[str, Any]:
    """Root, because the kubelet's folder is root's; nothing else of what root may."""
    sliced = any(map(_is_sliced, given.get("gpuPools", ())))
    return {
        "name": "device-plugin",
        "image": given["devicePluginImage"],
        "env": [
            # It ends, and is started again, until the node's driver is there.
            {"name": "FAIL_ON_INIT_ERROR", "value": "true"},
            # AKS and Azure's hosts cut all GPUs of a pool alike: each slice counts as a GPU.
            {"name": "MIG_STRATEGY", "value": "single" if sliced else "none"},
            *([{"name": "NVIDIA_MIG_MONITOR_DEVICES", "value": "all"}] if sliced else []),
        ],
        # The folder with the kubelet's sockets is the administrator's, whatever user the image names.
        "securityContext": {"runAsUser": 0, "readOnlyRootFilesystem": True, **_rights(sliced)},
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [{"name": "sockets", "mountPath": _FOLDER}],
    }


def _is_sliced(pool: Mapping[str, Any]) -> bool:
    size = SIZES.get(pool["vmSize"])
    return "migProfile" in pool or (size is not None and size.sliced_by_host)


def _rights(sliced: bool) -> dict[str, Any]:
    """Slices are read through files that the driver keeps for administrators. Kubernetes refuses to forbid escalation
    to what has SYS_ADMIN."""
    if sliced:
        return {"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def _dns(component: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", component.lower()).strip("-")[:40].rstrip("-")
