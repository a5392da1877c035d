"""The pools of nodes: the one for Kubernetes' own pods, and those with GPUs."""

from collections.abc import Mapping
from typing import Any

from ...rules.azure_gpu_sizes import SIZES
from ...rules.gpu_cluster_together import DEFAULT_SYSTEM_SIZE, PROD_SYSTEM_COUNT
from ...rules.gpu_pools import DEFAULT_DISK_GB, DEFAULT_MAX_PODS, SYSTEM_POOL, node_range
from .purpose import Given, is_prod
from .upgrades import raises_itself, version

REPLACING = (
    "availabilityZones", "gpuProfile", "maxPods", "osDiskSizeGB", "osDiskType", "scaleSetEvictionPolicy",
    "scaleSetPriority", "spotMaxPrice", "vnetSubnetID",
)  # fmt: skip
"""What Azure does not change of a pool that is there (PropertyChangeNotAllowed). Pulumi's provider would try: it knows
that of names, vmSize and gpuInstanceProfile only (pulumi-azure-native's pull request 3655)."""
GPU_TAINT = "sku=gpu:NoSchedule"
SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
SYSTEM_TAINT = "CriticalAddonsOnly=true:NoSchedule"
_NO_UPPER_LIMIT = -1
"""Spot nodes at up to the price of ordinary ones: they are taken back for want of room only, not for their price."""

_LINUX = {
    "osType": "Linux",
    # AKS installs NVIDIA's driver on Ubuntu for every size, on Azure Linux for some; and one kind of node is easier to
    # keep than two.
    "osSKU": "Ubuntu",
    "type": "VirtualMachineScaleSets",
    "enableNodePublicIP": False,
}
_SLICES = {"MIG1g": 7, "MIG2g": 3, "MIG3g": 2, "MIG4g": 1, "MIG7g": 1}
"""What each profile makes of a GPU."""


def system_pool(given: Given) -> dict[str, Any]:
    """As part of the cluster, which cannot be without it."""
    prod = is_prod(given)
    size = given.get("systemVmSize", DEFAULT_SYSTEM_SIZE)
    return {
        "name": SYSTEM_POOL,
        "mode": "System",
        "vmSize": size,
        "count": given.get("systemCount", PROD_SYSTEM_COUNT if prod else 1),
        "enableAutoScaling": False,
        # A node runs about 25 pods of AKS itself; with 30 there would be no room for a service without GPUs.
        "maxPods": 110,
        "osDiskSizeGB": DEFAULT_DISK_GB,
        # Of other sizes Azure knows itself whether they have room for it.
        **({"osDiskType": "Ephemeral"} if size == DEFAULT_SYSTEM_SIZE else {}),
        **({"availabilityZones": ["1", "2", "3"]} if prod else {}),
        **({"nodeTaints": [SYSTEM_TAINT]} if prod and given.get("gpuPools") else {}),
        **_of_subnet(given),
        # These nodes are had everywhere: the new one comes before the old one goes.
        "upgradeSettings": {"maxSurge": "33%"},
        **_LINUX,
        **version(given, "orchestratorVersion"),
    }


def gpu_pool(given: Given, pool: Mapping[str, Any], resource_group: Any, cluster_name: Any) -> dict[str, Any]:
    return {
        "resourceGroupName": resource_group,
        "resourceName": cluster_name,
        "agentPoolName": pool["name"],
        "mode": "User",
        "vmSize": pool["vmSize"],
        **_scale(pool),
        "maxPods": pool.get("maxPods", DEFAULT_MAX_PODS),
        "osDiskSizeGB": pool.get("osDiskGb", DEFAULT_DISK_GB),
        **_os_disk(pool),
        **({"availabilityZones": pool["zones"]} if pool.get("zones") else {}),
        # AKS gives spot nodes that taint whether it is asked or not, and refuses later changes that leave it out.
        "nodeTaints": [*pool.get("taints", [GPU_TAINT]), *([SPOT_TAINT] if pool.get("spot") else [])],
        "nodeLabels": pool.get("labels", {}),
        **_of_subnet(given),
        **(_spot(pool) if pool.get("spot") else {"upgradeSettings": _UPGRADE}),
        "gpuProfile": {"driver": {"aks": "Install", "none": "None"}[pool.get("driver", "aks")]},
        **({"gpuInstanceProfile": pool["migProfile"]} if "migProfile" in pool else {}),
        # A node that is not needed is gone, with its disk: a stopped one would go on costing that.
        "scaleDownMode": "Delete",
        **_LINUX,
        **version(given, "orchestratorVersion"),
        "tags": given.get("tags", {}),
    }


_UPGRADE = {
    # A further GPU node for the time of an upgrade is mostly not to be had, and quota often has no room for it; the
    # upgrade would then wait for ever. So one node after the other is emptied and renewed in its place.
    "maxSurge": "0",
    "maxUnavailable": "1",
    # More than the longest grace of a service's pod; a pod that does not go leaves its node as it is, and serving.
    "drainTimeoutInMinutes": 30,
    "undrainableNodeBehavior": "Schedule",
}


def left_to_azure(given: Given, pool: Mapping[str, Any]) -> list[str]:
    """What Azure changes of a GPU pool by itself, and an update must not change back. In a cluster that is adopted a
    pool stays in the subnet where it is, whatever other pools come and go."""
    scaled = ["count"] if is_autoscaled(pool) else []
    placed = ["vnetSubnetID"] if "adoptCluster" in given and "subnetId" not in given else []
    return [*scaled, *placed, *(["orchestratorVersion"] if raises_itself(given) else [])]


def is_autoscaled(pool: Mapping[str, Any]) -> bool:
    return "count" not in pool


def most_gpus(pools: list[Mapping[str, Any]]) -> int:
    """GPUs, or slices of them, that the pools have at their largest."""
    return sum(node_range(pool)[1] * _gpus(pool) for pool in pools)


def _gpus(pool: Mapping[str, Any]) -> int:
    size = SIZES.get(pool["vmSize"])
    return (size.gpus if size else 0) * _SLICES.get(pool.get("migProfile", ""), 1)


def _scale(pool: Mapping[str, Any]) -> dict[str, Any]:
    least, most = node_range(pool)
    bounds = {"minCount": least, "maxCount": most} if is_autoscaled(pool) else {}
    return {"enableAutoScaling": is_autoscaled(pool), "count": least, **bounds}


def _spot(pool: Mapping[str, Any]) -> dict[str, Any]:
    """Azure does not upgrade them: a node is new when it comes back."""
    return {
        "scaleSetPriority": "Spot",
        "scaleSetEvictionPolicy": "Delete",
        "spotMaxPrice": pool.get("spotMaxPrice", _NO_UPPER_LIMIT),
    }


def _os_disk(pool: Mapping[str, Any]) -> dict[str, str]:
    """The node's own disk where there is room: faster for images of many GB, and not billed. Of sizes that the table
    does not know Azure decides."""
    size = SIZES.get(pool["vmSize"])
    if "osDisk" in pool:
        ephemeral = pool["osDisk"] == "ephemeral"
    elif size:
        ephemeral = pool.get("osDiskGb", DEFAULT_DISK_GB) <= size.ephemeral_gb
    else:
        return {}
    return {"osDiskType": "Ephemeral" if ephemeral else "Managed"}


def _of_subnet(given: Given) -> dict[str, Any]:
    return {"vnetSubnetID": given["subnetId"]} if "subnetId" in given else {}
