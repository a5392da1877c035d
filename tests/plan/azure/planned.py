"""Clusters as GpuCluster plans them, and what Azure's own tools are told of them."""

from typing import Any

from triton_serving.plan.azure.agent_pools import gpu_pool
from triton_serving.plan.azure.maintenance import windows
from triton_serving.plan.azure.managed_cluster import managed_cluster
from triton_serving.plan.azure.registry import registry
from triton_serving.plan.azure.roles import CLUSTER_ADMIN, role_assignment

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
NODES = f"{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
IDENTITY = f"{SUBSCRIPTION}/resourceGroups/vision/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gpu"
CLUSTER = f"{SUBSCRIPTION}/resourceGroups/vision/providers/Microsoft.ContainerService/managedClusters/gpu"
T4 = {"name": "t4", "vmSize": "Standard_NC4as_T4_v3"}
DEV: dict[str, Any] = {
    "location": "westeurope",
    "registryName": "visiondev",
    "gpuPools": [T4],
    "apiAllowedRanges": ["203.0.113.0/24"],
}
PROD: dict[str, Any] = {
    "location": "westeurope",
    "registryName": "visionprod",
    "clusterPurpose": "prod",
    "privateApi": True,
    "subnetId": NODES,
    "outbound": "user-defined",
    "adminGroupIds": ["11111111-2222-3333-4444-555555555555"],
    "gpuPools": [
        {"name": "a100", "vmSize": "Standard_NC24ads_A100_v4", "minCount": 1, "maxCount": 4, "migProfile": "MIG3g"},
        {"name": "spot", "vmSize": "Standard_NC4as_T4_v3", "maxCount": 8, "spot": True, "spotMaxPrice": 0.3},
        {"name": "zonal", "vmSize": "Standard_NC40ads_H100_v5", "count": 2, "zones": ["1"], "driver": "none"},
    ],
    "tags": {"team": "vision"},
}


def resources(given: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By type at Pulumi's provider."""
    return {
        "containerservice:ManagedCluster": [managed_cluster(given, "gpu", "vision", "westeurope", IDENTITY)],
        "containerservice:AgentPool": [gpu_pool(given, pool, "vision", "gpu") for pool in given["gpuPools"]],
        "containerservice:MaintenanceConfiguration": list(windows(given, "vision", "gpu").values()),
        "containerregistry:Registry": [registry(given, "vision", "westeurope")],
        "authorization:RoleAssignment": [role_assignment(CLUSTER_ADMIN, CLUSTER, "someone")],
    }
