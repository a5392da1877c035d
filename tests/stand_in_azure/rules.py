"""What Azure asks of a request beyond its shape: names, and what else has to be there. One refusal at a time."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from . import ids
from .asked import Put
from .bodies import at
from .errors import ArmError, not_found
from .faults import CALLER
from .kinds import SUBSCRIPTION, Kind
from .rules_clusters import judge_cluster, judge_maintenance
from .rules_pools import judge_pool, judge_pool_removal
from .storage import World

LOCATIONS = {
    *("australiaeast", "brazilsouth", "canadacentral", "centralindia", "centralus", "eastasia", "eastus", "eastus2"),
    *("francecentral", "germanywestcentral", "italynorth", "japaneast", "koreacentral", "northcentralus"),
    *("northeurope", "norwayeast", "polandcentral", "southafricanorth", "southcentralus", "southeastasia"),
    *("spaincentral", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth", "ukwest", "westcentralus"),
    *("westeurope", "westus", "westus2", "westus3"),
}
ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11": "AcrDelete",
    "b93aa761-3e63-49ed-ac28-beffa264f7ac": "Container Registry Repository Reader",
    "2a1e307c-b015-4ebd-883e-5b7698a07328": "Container Registry Repository Writer",
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b": "Azure Kubernetes Service RBAC Cluster Admin",
    "3498e952-d568-435e-9b2c-8d77e338d7f7": "Azure Kubernetes Service RBAC Admin",
    "7f6c6a51-bcf8-42ba-9220-52d62157d7db": "Azure Kubernetes Service RBAC Reader",
    "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb": "Azure Kubernetes Service RBAC Writer",
    "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8": "Azure Kubernetes Service Cluster Admin Role",
    "4abbcc35-e782-43d8-92c5-2d3f1bd2253f": "Azure Kubernetes Service Cluster User Role",
    "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8": "Azure Kubernetes Service Contributor Role",
    "4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "b12aa53e-6015-4669-85d0-8515ebb3ae7f": "Private DNS Zone Contributor",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
}


def judge(put: Put) -> None:
    location = put.body.get("location")
    if isinstance(location, str) and location.lower().replace(" ", "") not in LOCATIONS:
        raise ArmError(
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{put.kind.arm_type}'.",
        )
    _judge_tags(put.body.get("tags") or {})
    for_kind: dict[str, Callable[[Put], None]] = {
        "UserAssignedIdentity": _judge_identity,
        "FederatedIdentityCredential": _judge_federation,
        "Registry": _judge_registry,
        "RoleAssignment": _judge_role,
        "ManagedCluster": judge_cluster,
        "AgentPool": judge_pool,
        "MaintenanceConfiguration": judge_maintenance,
    }
    if put.kind.name in for_kind:
        for_kind[put.kind.name](put)


def judge_removal(world: World, kind: Kind, identity: str) -> None:
    if kind.name == "AgentPool":
        judge_pool_removal(world, identity)


def _judge_tags(tags: dict[str, Any]) -> None:
    if len(tags) > 50:
        raise ArmError("InvalidTagCount", f"The number of tags {len(tags)} exceeds the limit of 50.")
    for name, value in tags.items():
        if len(name) > 512 or len(str(value)) > 256 or set(name) & set("<>%&\\?/"):
            raise ArmError("InvalidTagName", f"The tag '{name}' has invalid characters or is too long.")


def _judge_identity(put: Put) -> None:
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}", put.name):
        raise ArmError("InvalidResourceName", f"'{put.name}' must be 3 to 128 letters, digits, '-' and '_'.")


def _judge_federation(put: Put) -> None:
    if not str(put.told.get("issuer", "")).startswith("https://"):
        raise ArmError("BadRequest", "Issuer must be a valid https URL.")
    if len(put.told.get("audiences", ())) != 1:
        raise ArmError("BadRequest", "There must be exactly one audience.")


def _judge_registry(put: Put) -> None:
    name = put.name.lower()
    others = {one["name"].lower() for one in put.world.of("Registry") if ids.key(one["id"]) != ids.key(put.identity)}
    if name in others | {taken.lower() for taken in put.world.taken_names}:
        raise ArmError(
            "AlreadyInUse",
            f"The registry DNS name {name}.azurecr.io is already in use. You can check if the name is already claimed "
            "using following API: https://docs.microsoft.com/rest/api/containerregistry/registries/checknameavailability",
        )
    tier, told = at(put.body, "sku", "name"), put.told
    premium = {
        "zoneRedundancy": told.get("zoneRedundancy") == "Enabled",
        "networkRuleSet": bool(told.get("networkRuleSet")),
        "dataEndpointEnabled": bool(told.get("dataEndpointEnabled")),
        "publicNetworkAccess": told.get("publicNetworkAccess") == "Disabled",
        "encryption": at(told, "encryption", "status") == "enabled",
        "policies.retentionPolicy": at(told, "policies", "retentionPolicy", "status") == "enabled",
        "policies.trustPolicy": at(told, "policies", "trustPolicy", "status") == "enabled",
    }
    if tier != "Premium" and (asked := [name for name, wanted in premium.items() if wanted]):
        raise ArmError("SkuNotSupported", f"{', '.join(asked)} is only supported for Premium registries, not {tier}.")
    if tier == "Basic" and told.get("anonymousPullEnabled"):
        raise ArmError("SkuNotSupported", "anonymousPullEnabled is not supported for Basic registries.")


def _judge_role(put: Put) -> None:
    scope, _, name = put.identity.partition("/providers/Microsoft.Authorization/roleAssignments/")
    told = put.told
    _guid("RoleAssignmentName", "InvalidRoleAssignmentId", name)
    _guid("principalId", "InvalidPrincipalId", told["principalId"])
    role = re.fullmatch(
        r"(/subscriptions/[^/]+)?/providers/Microsoft\.Authorization/roleDefinitions/([^/]+)", told["roleDefinitionId"]
    )
    if role is None or role[2].lower() not in ROLES:
        raise ArmError("RoleDefinitionDoesNotExist", f"The role definition '{told['roleDefinitionId']}' is not there.")
    if ids.key(scope) != f"/subscriptions/{SUBSCRIPTION}" and put.world.get(scope) is None:
        raise not_found(scope)
    if not told.get("principalType") and told["principalId"] != CALLER:  # who has long been there is looked up
        raise ArmError(
            "PrincipalNotFound",
            f"Principal {told['principalId']} does not exist in the directory. Check that you have the correct "
            "principal ID. If you are creating this principal and then immediately assigning a role, this error might "
            "be related to a replication delay. In this case, set the role assignment principalType property.",
        )
    if told.get("principalType") == "ServicePrincipal" and told["principalId"] not in principals(put.world):
        raise ArmError("PrincipalNotFound", f"Principal {told['principalId']} does not exist in the directory.")
    for unchangeable in ("principalId", "roleDefinitionId", "principalType") if put.old else ():
        if _last(told.get(unchangeable)) != _last(put.was.get(unchangeable)):
            raise ArmError(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
    _judge_same_role(put, scope)


def _judge_same_role(put: Put, scope: str) -> None:
    for other in put.world.of("RoleAssignment"):
        told = other["properties"]
        same = all(_last(told[name]) == _last(put.told[name]) for name in ("principalId", "roleDefinitionId"))
        if same and ids.key(told["scope"]) == ids.key(scope) and ids.key(other["id"]) != ids.key(put.identity):
            raise ArmError("RoleAssignmentExists", "The role assignment already exists.")


def principals(world: World) -> set[str]:
    """Who can be given a role: identities, those that clusters made for themselves, and the caller."""
    clusters = world.of("ManagedCluster")
    known = {
        *(at(one, "properties", "principalId") for one in world.of("UserAssignedIdentity")),
        *(at(one, "identity", "principalId") for one in clusters),
        *(at(one, "properties", "identityProfile", "kubeletidentity", "objectId") for one in clusters),
    }
    return {CALLER} | {one for one in known if one}


def _last(identity: str | None) -> str | None:
    """A role has two ids, with a subscription and without."""
    return identity and identity.rpartition("/")[2]


def _guid(name: str, code: str, value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise ArmError(code, f"The {name} '{value}' is not a valid GUID.") from None
