"""The resources that the stand-in knows, by the names that Pulumi's provider has for them."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

from azure.mgmt.authorization.v2022_04_01 import models as authorization
from azure.mgmt.authorization.v2022_04_01.operations import _role_assignments_operations as role_assignments
from azure.mgmt.containerregistry.v2023_01_01_preview import models as registry
from azure.mgmt.containerregistry.v2023_01_01_preview.operations import _registries_operations as registries
from azure.mgmt.containerservice import models as aks
from azure.mgmt.containerservice.operations import _agent_pools_operations as pools
from azure.mgmt.containerservice.operations import _maintenance_configurations_operations as maintenance
from azure.mgmt.containerservice.operations import _managed_clusters_operations as clusters
from azure.mgmt.msi.v2023_01_31 import models as identity
from azure.mgmt.msi.v2023_01_31.operations import _federated_identity_credentials_operations as federated
from azure.mgmt.msi.v2023_01_31.operations import _user_assigned_identities_operations as identities
from azure.mgmt.resource.resources.v2024_07_01 import models as resources
from azure.mgmt.resource.resources.v2024_07_01.operations import _operations as groups

from .models import Shape

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
RULE = re.compile(r'"(\w+)": _SERIALIZER\.url\(\s*"\w+",\s*\w+,\s*"str"(.*?)\s*\),?\n', re.DOTALL)
LIMIT = re.compile(r'(max_length|min_length)=(\d+)|(pattern)=r"(.*?)"(?=[,\s)]|$)')


@dataclass(frozen=True)
class Kind:
    token: str
    arm_type: str
    api_version: str
    module: ModuleType
    model: str
    request: Callable[..., Any]
    """Microsoft's function that writes the request: it has the path and the rules of the names in it."""
    response: str = ""
    """The model of the answer, where that is another one."""
    force_new: frozenset[str] = frozenset()
    """What pulumi-azure-native replaces a resource for, besides what stands in its path: its gen/replacement.go, and
    what the API's definition calls unchangeable."""
    own_casing: str = ""
    """How Azure writes the path in ids, where that differs from the path of requests."""

    @property
    def name(self) -> str:
        return self.token.rpartition(":")[2]

    @cached_property
    def inputs(self) -> Shape:
        return Shape(self.module, self.model)

    @cached_property
    def outputs(self) -> Shape:
        return Shape(self.module, self.response or self.model)

    @cached_property
    def path(self) -> str:
        (found,) = re.findall(r'"template_url",\s*"(.*?)"', inspect.getsource(self.request), re.DOTALL)
        return str(found)

    @property
    def id_template(self) -> str:
        return self.own_casing or self.path

    @cached_property
    def names(self) -> dict[str, dict[str, Any]]:
        """The parts of the path that the caller gives, the resource's own name last, with the rules for each."""
        rules = {}
        for name, told in RULE.findall(inspect.getsource(self.request)):
            found = {key or "pattern": value or pattern for key, value, _, pattern in LIMIT.findall(told)}
            rules[name] = {key: int(value) if key != "pattern" else value for key, value in found.items()}
        given = [name for name in re.findall(r"\{(\w+)\}", self.path) if name != "subscriptionId"]
        return {name: rules.get(name, {}) for name in given}

    @property
    def own_name(self) -> str:
        return list(self.names)[-1]


# Azure itself writes `resourcegroups` in the ids of clusters and what is in them.
_AKS = "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}/providers/Microsoft.ContainerService"
_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_CLUSTER_FORCE_NEW = {
    *("diskEncryptionSetID", "dnsPrefix", "fqdnSubdomain", "linuxProfile", "location", "nodeResourceGroup"),
    *("windowsProfile", "networkProfile.serviceCidr", "networkProfile.serviceCidrs", "networkProfile.dnsServiceIP"),
    *("networkProfile.networkMode", "networkProfile.networkPlugin", "networkProfile.networkPluginMode"),
    *("networkProfile.podCidr", "networkProfile.networkDataplane", "networkProfile.networkPolicy"),
    "networkProfile.outboundType",
}
KINDS = {
    kind.token: kind
    for kind in (
        Kind(
            "azure-native:resources:ResourceGroup",
            "Microsoft.Resources/resourceGroups",
            "2024-03-01",
            resources,
            "ResourceGroup",
            groups.build_resource_groups_create_or_update_request,
            force_new=frozenset({"location"}),
            own_casing=_GROUP,
        ),
        Kind(
            "azure-native:managedidentity:UserAssignedIdentity",
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            "2023-01-31",
            identity,
            "Identity",
            identities.build_create_or_update_request,
            force_new=frozenset({"location"}),
        ),
        Kind(
            "azure-native:managedidentity:FederatedIdentityCredential",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
            "2023-01-31",
            identity,
            "FederatedIdentityCredential",
            federated.build_create_or_update_request,
        ),
        Kind(
            "azure-native:containerregistry:Registry",
            "Microsoft.ContainerRegistry/registries",
            "2023-01-01-preview",
            registry,
            "Registry",
            registries.build_create_request,
            force_new=frozenset({"location"}),
        ),
        Kind(
            "azure-native:authorization:RoleAssignment",
            "Microsoft.Authorization/roleAssignments",
            "2022-04-01",
            authorization,
            "RoleAssignmentCreateParameters",
            role_assignments.build_create_request,
            response="RoleAssignment",
            force_new=frozenset({"principalId"}),
        ),
        Kind(
            "azure-native:containerservice:ManagedCluster",
            "Microsoft.ContainerService/ManagedClusters",
            "2025-09-01",
            aks,
            "ManagedCluster",
            clusters.build_create_or_update_request,
            force_new=frozenset(_CLUSTER_FORCE_NEW),
            own_casing=f"{_AKS}/managedClusters/{{resourceName}}",
        ),
        Kind(
            "azure-native:containerservice:AgentPool",
            "Microsoft.ContainerService/managedClusters/agentPools",
            "2025-09-01",
            aks,
            "AgentPool",
            pools.build_create_or_update_request,
            # Not what else Azure refuses to change (priority, subnet, disks …): the provider tries, and Azure refuses.
            force_new=frozenset({"vmSize", "gpuInstanceProfile"}),
            own_casing=f"{_AKS}/managedClusters/{{resourceName}}/agentPools/{{agentPoolName}}",
        ),
        Kind(
            "azure-native:containerservice:MaintenanceConfiguration",
            "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
            "2025-09-01",
            aks,
            "MaintenanceConfiguration",
            maintenance.build_create_or_update_request,
            own_casing=f"{_AKS}/managedClusters/{{resourceName}}/maintenanceConfigurations/{{configName}}",
        ),
    )
}
