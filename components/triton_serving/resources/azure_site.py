"""Where the resources of a GpuCluster go in Azure: the group, the region, and what has to be true before."""

from dataclasses import dataclass
from typing import Any

import pulumi

from ..plan.azure.azure_id import parse
from ..plan.azure.capacity import asked_pools
from ..plan.azure.purpose import Given, is_prod
from ..plan.azure.roles import gives_roles, gives_roles_on_new, grants_deployer
from .azure_capacity import AzureCapacity
from .azure_objects import Answer, AzureObject, ask


@dataclass(frozen=True)
class Site:
    component: pulumi.ComponentResource
    name: str
    given: Given
    client: pulumi.Output[Answer]
    """Who Pulumi is to Azure."""
    resource_group: pulumi.Input[str]
    location: pulumi.Input[str]
    capacity: AzureCapacity | None
    """Before which nothing is made."""

    def options(self, *needed: pulumi.Resource | None, **more: Any) -> pulumi.ResourceOptions:
        there = [one for one in (self.capacity, *needed) if one is not None]
        return pulumi.ResourceOptions(parent=self.component, depends_on=there, **more)

    def protected(self) -> dict[str, Any]:
        """In prod, for what holds data or services, and for the group, which takes all that is in it along."""
        return {"protect": True} if is_prod(self.given) else {}


def client_of(component: pulumi.ComponentResource) -> pulumi.Output[Answer]:
    return ask(
        "authorization:getClientConfig", {}, component, "sign in, by 'az login' or the ARM_ variables of a pipeline"
    )


def new_site(component: pulumi.ComponentResource, name: str, given: Given, client: pulumi.Output[Answer]) -> Site:
    """For a cluster that is made: in a group of its own, or in one that is there, and where that is."""
    location: pulumi.Input[str]
    if "location" in given:
        location = given["location"]
    else:
        arguments = {"resourceGroupName": given["resourceGroup"]}
        way_out = "name in 'resourceGroup' one that is there and that you may read, or set 'location'"
        group = ask("resources:getResourceGroup", arguments, component, way_out)
        location = group.apply(lambda found: str(found["location"]))
    asked = {
        **({"resourceGroup": given["resourceGroup"]} if "resourceGroup" in given else {}),
        "pools": asked_pools(given, with_system=True),
        "makesCluster": True,
        "grantsRoles": gives_roles_on_new(given),
        "rolesOn": [given[key] for key in ("adoptRegistry", "subnetId") if key in given],
    }
    capacity = _capacity(component, name, given, client, location, asked)
    site = Site(component, name, given, client, given.get("resourceGroup", ""), location, capacity)
    if "resourceGroup" in given:
        return site
    called = given.get("clusterName", name)
    inputs = {"resourceGroupName": called, "location": location, "tags": given.get("tags", {})}
    made = AzureObject("resources:ResourceGroup", f"{name}-group", inputs, site.options(**site.protected()))
    # From its id, so that nothing goes into it before it is there.
    in_group = made.id.apply(lambda text: parse(text).name)
    return Site(component, name, given, client, in_group, location, capacity)


def site_of_adopted(
    component: pulumi.ComponentResource,
    name: str,
    given: Given,
    client: pulumi.Output[Answer],
    facts: pulumi.Output[Answer],
) -> Site:
    """Beside the cluster, unless another group is named."""
    location = facts.apply(lambda found: str(found["location"]))
    cluster = facts.apply(lambda found: str(found["id"]))
    home = cluster.apply(lambda text: parse(text).resource_group)
    group = given.get("resourceGroup") or home
    asked = {
        "resourceGroup": home,
        "pools": asked_pools(given, with_system=False),
        "makesCluster": False,
        # Of another group, to which only a registry goes, Azure tells when it comes to that.
        "grantsRoles": pulumi.Output.all(group, home).apply(_same) if gives_roles_on_new(given) else False,
        "rolesOn": [
            *([given["adoptRegistry"]] if "adoptRegistry" in given else []),
            *([cluster] if grants_deployer(given) else []),
        ],
    }
    capacity = _capacity(component, name, given, client, location, asked)
    return Site(component, name, given, client, group, location, capacity)


def _capacity(
    component: pulumi.ComponentResource,
    name: str,
    given: Given,
    client: pulumi.Output[Answer],
    location: pulumi.Input[str],
    asked: dict[str, Any],
) -> AzureCapacity | None:
    if given.get("allowNoCapacityCheck", False) or not (asked["pools"] or gives_roles(given)):
        return None
    subscription = client.apply(lambda who: str(who["subscriptionId"]))
    properties = {"subscriptionId": subscription, "location": location, **asked}
    return AzureCapacity(f"{name}-capacity", properties, pulumi.ResourceOptions(parent=component))


def _same(groups: list[str]) -> bool:
    return groups[0].casefold() == groups[1].casefold()
