"""The cluster that GpuCluster makes, or finds, with its identity, its pools and its windows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from ..plan.azure.adopted_cluster import adoption_problems, adoption_warnings, subnet_of_pools
from ..plan.azure.agent_pools import REPLACING, gpu_pool
from ..plan.azure.agent_pools import left_to_azure as left_of_pool
from ..plan.azure.azure_id import parse
from ..plan.azure.made_cluster import lasting_problems
from ..plan.azure.maintenance import windows
from ..plan.azure.managed_cluster import left_to_azure, managed_cluster
from ..plan.azure.purpose import Given
from ..plan.azure.roles import NETWORK
from ..rules.azure_names import is_id
from .azure_assignment import assign
from .azure_objects import REMOVED, Answer, AzureObject, ask
from .azure_site import Site


@dataclass(frozen=True)
class Cluster:
    id: pulumi.Output[str]
    facts: pulumi.Output[Answer]
    """What Azure says of it, asked when it is there. Not the outputs of the resource: in the preview of any change
    these are unknown, and all that follows from them would look as if it were replaced."""
    made: AzureObject | None
    """None for one that is adopted."""

    @property
    def name(self) -> pulumi.Output[str]:
        return self.id.apply(lambda text: parse(text).name)

    @property
    def resource_group(self) -> pulumi.Output[str]:
        return self.id.apply(lambda text: parse(text).resource_group)


def make_cluster(site: Site, *needed: pulumi.Resource | None) -> Cluster:
    given, name = site.given, site.name
    called = given.get("clusterName", name)
    identity = AzureObject(
        "managedidentity:UserAssignedIdentity",
        f"{name}-identity",
        {
            "resourceGroupName": site.resource_group,
            "resourceName": f"{called}-identity",
            "location": site.location,
            "tags": given.get("tags", {}),
        },
        site.options(),
        computed=("principalId",),
    )
    joins = None
    if "subnetId" in given:
        principal = identity.output("principalId")
        options = site.options(identity)
        joins = assign(f"{name}-network", NETWORK, given["subnetId"], principal, options, "ServicePrincipal")
    cluster = AzureObject(
        "containerservice:ManagedCluster",
        f"{name}-cluster",
        managed_cluster(given, called, site.resource_group, site.location, identity.id),
        # After the registry and its like, so that it goes before them.
        site.options(joins, *needed, ignore_changes=left_to_azure(given), **site.protected()),
    )
    facts = pulumi.Output.all(_facts(cluster.id, site.component, REMOVED), given.get("subnetId")).apply(_judged(given))
    made = Cluster(cluster.id, facts, cluster)
    for end, inputs in windows(given, made.resource_group, made.name).items():
        AzureObject("containerservice:MaintenanceConfiguration", f"{name}-{end}", inputs, site.options(cluster))
    return made


def _judged(given: Given) -> Callable[[list[Any]], Answer]:
    """By the preview of a change. After an update Azure has judged itself."""

    def judged(known: list[Any]) -> Answer:
        facts, subnet = known
        settled = {**given, "subnetId": subnet} if subnet else given
        if pulumi.runtime.is_dry_run() and (problems := list(lasting_problems(settled, facts))):
            raise pulumi.RunError("; ".join(problems))
        return dict(facts)

    return judged


def adopt_cluster(component: pulumi.ComponentResource, given: Given, client: pulumi.Output[Answer]) -> Cluster:
    """Judged before anything follows from it; by the preview, when its name is known then."""

    def whole(known: list[Any]) -> str:
        adopted, group, who = known
        if not is_id(adopted):
            kind = "providers/Microsoft.ContainerService/managedClusters"
            return f"/subscriptions/{who['subscriptionId']}/resourceGroups/{group}/{kind}/{adopted}"
        if parse(adopted).subscription.casefold() != str(who["subscriptionId"]).casefold():
            raise pulumi.RunError(
                f"'adoptCluster' must be in the subscription that Pulumi works in, {who['subscriptionId']} (got "
                f"{adopted}); set azure-native:subscriptionId to the cluster's"
            )
        return str(adopted)

    def judged(facts: Answer) -> Answer:
        if problems := list(adoption_problems(given, facts)):
            raise pulumi.RunError("; ".join(problems))
        for warning in adoption_warnings(facts):
            pulumi.warn(warning, component)
        return facts

    named = pulumi.Output.all(given["adoptCluster"], given.get("resourceGroup"), client).apply(whole)
    facts = _facts(named, component, "name in 'adoptCluster' one that is there and that you may read").apply(judged)
    return Cluster(facts.apply(lambda found: str(found["id"])), facts, None)


def add_pools(site: Site, cluster: Cluster) -> list[pulumi.Resource]:
    """To a cluster that is adopted in the network where it is."""
    given = dict(site.given)
    if cluster.made is None and "subnetId" not in given:
        given["subnetId"] = cluster.facts.apply(subnet_of_pools)
    return [
        AzureObject(
            "containerservice:AgentPool",
            f"{site.name}-gpu-{pool['name']}",
            gpu_pool(given, pool, cluster.resource_group, cluster.name),
            site.options(
                cluster.made, ignore_changes=left_of_pool(site.given, pool), replace_on_changes=list(REPLACING)
            ),
        )
        for pool in given.get("gpuPools", ())
    ]


def _facts(cluster_id: pulumi.Output[str], component: pulumi.Resource, way_out: str) -> pulumi.Output[Answer]:
    return ask(
        "containerservice:getManagedCluster",
        {
            "resourceGroupName": cluster_id.apply(lambda text: parse(text).resource_group),
            "resourceName": cluster_id.apply(lambda text: parse(text).name),
        },
        component,
        way_out,
    )
