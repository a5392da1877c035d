"""The registry of models and images."""

from typing import Any

from .purpose import Given, is_prod


def registry(given: Given, resource_group: Any, location: Any) -> dict[str, Any]:
    """Signed in to by Entra alone: an admin user is a password that everybody shares, and anonymous pull none at all.

    It stays reachable from outside, because `pulumi up` pushes to it from wherever it runs. No retention policy: it
    would remove what has no tag, and services refer to images by digest."""
    prod = is_prod(given)
    return {
        "resourceGroupName": resource_group,
        "registryName": given["registryName"],
        "location": location,
        # 100 GB, enough for a few models beside NVIDIA's 10 GB image. In prod the one that can lie in several zones.
        "sku": {"name": "Premium" if prod else "Standard"},
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "publicNetworkAccess": "Enabled",
        **({"zoneRedundancy": "Enabled", "dataEndpointEnabled": True} if prod else {}),
        "tags": given.get("tags", {}),
    }
