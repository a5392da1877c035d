"""AzureCapacity in Pulumi's package schema."""

from typing import Any

from .schema import ANYTHING, LIST, NUMBER, SWITCH, TEXT, described

POOLS: dict[str, Any] = {"type": "array", "items": ANYTHING}
AMOUNTS: dict[str, Any] = {"type": "object", "additionalProperties": NUMBER}

SCHEMA: dict[str, Any] = {
    "description": "Whether an Azure subscription has room for a cluster's pools: sizes, zones, quota, rights and "
    "registrations, asked in previews too. Makes nothing. Made by GpuCluster, which is what programs should declare.",
    "inputProperties": {
        "subscriptionId": described(TEXT, "The subscription."),
        "location": described(TEXT, "The region, such as westeurope."),
        "pools": described(POOLS, "Each pool: name, vmSize, nodes (the most there may be), zones and spot."),
        "resourceGroup": described(TEXT, "The group everything goes to. By default one is made."),
        "makesCluster": described(SWITCH, "The cluster is made, too, and not only its pools. Defaults to true."),
        "grantsRoles": described(SWITCH, "Roles are given on what is made. Defaults to false."),
        "rolesOn": described(LIST, "Ids of what is there already and gets roles: a registry, a subnet, a cluster."),
    },
    "requiredInputs": ["subscriptionId", "location", "pools"],
    "properties": {
        "vcpusWanted": described(AMOUNTS, "Of each of Azure's quotas, the vCPUs of all pools. Empty if not known."),
        "vcpusLeft": described(AMOUNTS, "Of each, the vCPUs that were left for them. Empty where there is no limit."),
    },
    "required": ["vcpusWanted", "vcpusLeft"],
}
