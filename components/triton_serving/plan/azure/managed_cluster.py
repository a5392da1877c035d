"""The cluster itself."""

from typing import Any

from .agent_pools import system_pool
from .network import api_access, network_profile
from .purpose import Given, is_prod
from .upgrades import raises_itself, version

_IMAGE_HOURS = 168
"""How often unused images with known holes are removed from nodes. Azure takes the cleaner only with it."""
_DNS_PREFIX_LENGTH = 54


def managed_cluster(given: Given, name: str, resource_group: Any, location: Any, identity: Any) -> dict[str, Any]:
    """`identity` is the id of a user-assigned one: it is there, with its rights on the subnet, before the cluster."""
    access = api_access(given)
    return {
        "resourceGroupName": resource_group,
        "resourceName": name,
        "location": location,
        "dnsPrefix": name.replace("_", "-")[:_DNS_PREFIX_LENGTH].rstrip("-"),
        # Named, so that it does not grow over the 80 letters that Azure gives it, and bills say whose it is.
        "nodeResourceGroup": f"{name}-nodes",
        **version(given, "kubernetesVersion"),
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [identity]},
        # Free has no promise of how often its API answers; Standard has 99.95 % in regions with zones.
        "sku": {"name": "Base", "tier": "Standard" if is_prod(given) else "Free"},
        "agentPoolProfiles": [system_pool(given)],
        "networkProfile": network_profile(given),
        **({"apiServerAccessProfile": access} if access else {}),
        # Who somebody is, and what he may do, says Entra alone: no certificate that nobody can take back.
        "disableLocalAccounts": True,
        "enableRBAC": True,
        "aadProfile": {
            "managed": True,
            "enableAzureRBAC": True,
            "adminGroupObjectIDs": given.get("adminGroupIds", []),
        },
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {
            "workloadIdentity": {"enabled": True},
            "imageCleaner": {"enabled": True, "intervalHours": _IMAGE_HOURS},
        },
        "addonProfiles": {"azurepolicy": {"enabled": True}},
        "autoUpgradeProfile": {
            "upgradeChannel": given.get("upgradeChannel", "patch"),
            "nodeOSUpgradeChannel": "NodeImage",
        },
        "autoScalerProfile": {
            # Services share memory by an emptyDir, which else would hold a GPU node that is not needed any more.
            "skipNodesWithLocalStorage": "false",
        },
        "tags": given.get("tags", {}),
    }


def left_to_azure(given: Given) -> list[str]:
    """What Azure changes by itself, and an update must not change back.

    Not the list of pools, though Azure shows there those that are resources of their own too, so that after a refresh
    the next update sends the cluster once more, unchanged. To ignore the list would hold back the system pool's
    changes, and to ignore all but the first would send pools that are gone since: Azure refuses a cluster with those.
    """
    return ["kubernetesVersion", "agentPoolProfiles[0].orchestratorVersion"] if raises_itself(given) else []
