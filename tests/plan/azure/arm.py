"""Planned resources as an ARM template, which Azure's tools read."""

from typing import Any

_API = {
    "containerservice:ManagedCluster": ("Microsoft.ContainerService/managedClusters", "2025-09-01"),
    "containerservice:AgentPool": ("Microsoft.ContainerService/managedClusters/agentPools", "2025-09-01"),
    "containerservice:MaintenanceConfiguration": (
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
        "2025-09-01",
    ),
    "containerregistry:Registry": ("Microsoft.ContainerRegistry/registries", "2023-01-01-preview"),
    "authorization:RoleAssignment": ("Microsoft.Authorization/roleAssignments", "2022-04-01"),
}
"""Types and versions, which are the defaults of pulumi-azure-native 3.29.0."""
_OWN_NAMES = ("agentPoolName", "configName", "registryName", "roleAssignmentName")
_PATH = ("resourceGroupName", "resourceName", "scope", *_OWN_NAMES)
_OUTER = ("location", "tags", "sku", "identity", "scope")


def template(resources: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [_resource(kind, inputs) for kind, all_inputs in resources.items() for inputs in all_inputs],
    }


def _resource(kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the provider makes of inputs: path and outer fields apart, and identities as the keys of a map."""
    type_name, version = _API[kind]
    own = [inputs[key] for key in _OWN_NAMES if key in inputs]
    parent = [inputs["resourceName"]] if "resourceName" in inputs else []
    outer = {key: inputs[key] for key in _OUTER if key in inputs and not (key == "tags" and own and parent)}
    if "identity" in outer:
        ids = outer["identity"]["userAssignedIdentities"]
        outer["identity"] = {**outer["identity"], "userAssignedIdentities": {one: {} for one in ids}}
    return {
        "type": type_name,
        "apiVersion": version,
        "name": "/".join([*parent, *own]),
        **outer,
        "properties": {key: value for key, value in inputs.items() if key not in _PATH and key not in outer},
    }
