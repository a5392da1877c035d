"""Ids of resources in Azure: /subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerService/…/name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AzureId:
    subscription: str
    resource_group: str
    name: str


def parse(text: str) -> AzureId:
    """What GpuCluster's rules found to be an id, or Azure itself gave; that of a resource group as well."""
    parts = text.split("/")
    return AzureId(subscription=parts[2], resource_group=parts[4], name=parts[-1])
