"""What Azure adds to a resource by itself, as real answers of Azure have it."""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from .asked import Put
from .bodies import Body, at
from .faults import CALLER
from .kinds import SUBSCRIPTION
from .rules_pools import SPOT_TAINT
from .storage import Settings, World

TENANT = "00000000-0000-4000-8000-00000000007e"
PATCHES = {"1.34": "1.34.7", "1.35": "1.35.4", "1.36": "1.36.2"}
NODE_IMAGE = "AKSUbuntu-2404gen2containerd-202610.20.0"
NEWEST = "1.36"


def filled(put: Put, settings: Settings) -> Body:
    kind, made = put.kind, deepcopy(put.body)
    made |= {"id": put.identity, "name": put.name, "type": kind.arm_type}
    if "location" in made:
        made["location"] = made["location"].lower().replace(" ", "")
    told = made.setdefault("properties", {})
    if kind.name not in ("RoleAssignment", "MaintenanceConfiguration", "FederatedIdentityCredential"):
        told["provisioningState"] = "Succeeded"
    if kind.name == "Registry":
        _registry(made, settings.registry)
    for_kind: dict[str, Callable[[Put, Body], None]] = {
        "UserAssignedIdentity": _identity,
        "RoleAssignment": _role,
        "ManagedCluster": _cluster,
        "AgentPool": _pool,
    }
    if kind.name in for_kind:
        for_kind[kind.name](put, made)
    return made


def made_up_guid(*names: str) -> str:
    """The same for the same resource, so that a run can be told from another by what differs."""
    return str(uuid5(NAMESPACE_URL, "/".join(names).lower()))


def _identity(put: Put, made: Body) -> None:
    made["properties"] = {
        "tenantId": TENANT,
        "principalId": made_up_guid(put.identity, "principal"),
        "clientId": made_up_guid(put.identity, "client"),
    }


def _registry(made: Body, server: str | None) -> None:
    made["sku"] = {**made["sku"], "tier": made["sku"]["name"]}
    usual = {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "dataEndpointEnabled": False,
        "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices",
        "zoneRedundancy": "Disabled",
        "encryption": {"status": "disabled"},
    }
    told = {**usual, **made["properties"]}
    told |= {"loginServer": server or f"{made['name'].lower()}.azurecr.io", "dataEndpointHostNames": []}
    told |= {"privateEndpointConnections": [], "creationDate": "2026-11-21T09:00:00.0000000Z"}
    made["properties"] = told


def _role(put: Put, made: Body) -> None:
    when, told = "2026-11-21T09:00:00.0000000Z", made["properties"]
    role = told["roleDefinitionId"].rpartition("/")[2]
    told |= {"createdOn": when, "updatedOn": when, "createdBy": CALLER, "updatedBy": CALLER}
    told["scope"] = put.identity.partition("/providers/Microsoft.Authorization/roleAssignments/")[0]
    told["roleDefinitionId"] = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def _pool(put: Put, made: Body) -> None:
    cluster = put.world.get(put.identity.rpartition("/agentPools/")[0]) or {}
    version = at(cluster, "properties", "kubernetesVersion") or NEWEST
    told = made["properties"]
    usual: dict[str, Any] = {
        "count": put.was.get("count", told.get("minCount", 1)),  # the autoscaler's, or the user's so far
        "enableAutoScaling": False,
        "enableEncryptionAtHost": False,
        "enableFIPS": False,
        "enableNodePublicIP": False,
        "enableUltraSSD": False,
        "kubeletDiskType": "OS",
        "maxPods": 250,
        "mode": "User",
        "orchestratorVersion": version,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "osSKU": "Ubuntu",
        "osType": "Linux",
        "powerState": {"code": "Running"},
        "scaleDownMode": "Delete",
        "type": "VirtualMachineScaleSets",
        "upgradeSettings": {"maxSurge": "10%"} if told.get("scaleSetPriority") != "Spot" else {},
    }
    if told.get("scaleSetPriority") == "Spot":
        usual |= {"scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1}
        if SPOT_TAINT not in told.get("nodeTaints", ()):
            told["nodeTaints"] = [*told.get("nodeTaints", ()), SPOT_TAINT]
        told["nodeLabels"] = {**told.get("nodeLabels", {}), "kubernetes.azure.com/scalesetpriority": "spot"}
    short = told.get("orchestratorVersion", version)
    made["properties"] = {**usual, **told, "currentOrchestratorVersion": PATCHES.get(short, short)}
    made["properties"] |= {
        "nodeImageVersion": NODE_IMAGE,
        "eTag": made_up_guid(put.identity, "etag"),
        "provisioningState": "Succeeded",
    }


def _cluster(put: Put, made: Body) -> None:
    group, name = put.identity.split("/")[4], made["name"]
    told, place = made["properties"], made["location"]
    version = told.setdefault("kubernetesVersion", NEWEST)
    mark = hashlib.sha256(put.identity.lower().encode()).hexdigest()[:8]
    private = at(told, "apiServerAccessProfile", "enablePrivateCluster")
    host = f"{told.get('dnsPrefix') or told.get('fqdnSubdomain')}-{mark}"
    nodes = told.setdefault("nodeResourceGroup", f"MC_{group}_{name}_{place}")
    made["sku"] = {"name": "Base", "tier": "Free", **made.get("sku", {})}
    told["networkProfile"] = _network(told.get("networkProfile", {}))
    told.setdefault("enableRBAC", True)
    told.setdefault("disableLocalAccounts", False)
    told.setdefault("supportPlan", "KubernetesOfficial")
    told.setdefault("autoUpgradeProfile", {}).setdefault("nodeOSUpgradeChannel", "NodeImage")
    told.setdefault("securityProfile", {})
    told.setdefault(
        "storageProfile",
        {f"{part}": {"enabled": True} for part in ("diskCSIDriver", "fileCSIDriver", "snapshotController")},
    )
    told.setdefault("servicePrincipalProfile", {"clientId": "msi"})
    issuer = told.setdefault("oidcIssuerProfile", {"enabled": False})
    if issuer.get("enabled"):
        issuer["issuerURL"] = f"https://{place}.oic.prod-aks.azure.com/{TENANT}/{made_up_guid(put.identity, 'issuer')}/"
    if at(told, "aadProfile", "managed"):
        told["aadProfile"].setdefault("tenantID", TENANT)
    told |= {
        "currentKubernetesVersion": PATCHES.get(version, version),
        "maxAgentPools": 100,
        "powerState": {"code": "Running"},
        "resourceUID": made_up_guid(put.identity, "uid").replace("-", "")[:24],
        "eTag": made_up_guid(put.identity, "etag"),
        "azurePortalFQDN": f"{host}.portal.hcp.{place}.azmk8s.io",
    }
    told["privateFQDN" if private else "fqdn"] = f"{host}.hcp.{place}.azmk8s.io"
    _identities(put, made, nodes)


def _network(told: dict[str, Any]) -> dict[str, Any]:
    usual = {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkDataplane": "azure",
        "loadBalancerSku": "standard",
        "outboundType": "loadBalancer",
        "podCidr": "10.244.0.0/16",
        "serviceCidr": "10.0.0.0/16",
        "dnsServiceIP": "10.0.0.10",
        "ipFamilies": ["IPv4"],
    }
    both = {**usual, **told}
    both |= {"podCidrs": [both["podCidr"]], "serviceCidrs": [both["serviceCidr"]]}
    if both["outboundType"] == "loadBalancer":
        both.setdefault(
            "loadBalancerProfile", {"managedOutboundIPs": {"count": 1}, "backendPoolType": "nodeIPConfiguration"}
        )
    return both


def _identities(put: Put, made: Body, nodes: str) -> None:
    own = made.get("identity", {})
    if own.get("type") == "SystemAssigned":
        own |= {"principalId": made_up_guid(put.identity, "principal"), "tenantId": TENANT}
    for name in own.get("userAssignedIdentities", {}):
        own["userAssignedIdentities"][name] = _known(put.world, name, ("clientId", "principalId"))
    named = at(made, "properties", "identityProfile", "kubeletidentity", "resourceId")
    if named:
        known = _known(put.world, named, ("clientId", "principalId"))
        kubelet = {"resourceId": named, "clientId": known["clientId"], "objectId": known["principalId"]}
    else:
        kubelet = {
            "resourceId": f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{nodes}/providers/"
            f"Microsoft.ManagedIdentity/userAssignedIdentities/{made['name']}-agentpool",
            "clientId": made_up_guid(put.identity, "kubelet-client"),
            "objectId": made_up_guid(put.identity, "kubelet-object"),
        }
    made["properties"]["identityProfile"] = {"kubeletidentity": kubelet}


def _known(world: World, name: str, wanted: tuple[str, ...]) -> dict[str, str]:
    told = (world.get(name) or {}).get("properties", {})
    return {one: told[one] for one in wanted if one in told}
