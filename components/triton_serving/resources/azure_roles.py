"""The roles around a cluster and its registry that are there. That of its subnet comes before the cluster itself."""

from dataclasses import dataclass

from ..plan.azure.adopted_cluster import kubelet_identity
from ..plan.azure.roles import CLUSTER_ADMIN, DELETE, PULL, PUSH, grants_deployer
from .azure_assignment import assign
from .azure_cluster import Cluster
from .azure_objects import AzureObject
from .azure_registry import Registry
from .azure_site import Site


@dataclass(frozen=True)
class Roles:
    of_cluster: list[AzureObject]
    """Without which nobody gets into it."""
    of_registry: list[AzureObject]
    """Without which nothing gets in or out. Also the kubelets', which takes the cluster, some minutes long: a push that
    waits for all of them comes when those of whoever deploys count everywhere."""


def give_roles(site: Site, cluster: Cluster, registry: Registry | None) -> Roles:
    name, deployer = site.name, site.client.apply(lambda who: str(who["objectId"]))
    of_cluster, of_registry = [], []
    if grants_deployer(site.given):
        options = site.options(cluster.made)
        of_cluster.append(assign(f"{name}-admin", CLUSTER_ADMIN, cluster.id, deployer, options))
    if registry is not None:
        kubelets = cluster.facts.apply(lambda facts: str(kubelet_identity(facts)))
        options = site.options(cluster.made, registry.made)
        of_registry.append(assign(f"{name}-pull", PULL, registry.id, kubelets, options, "ServicePrincipal"))
        if registry.made is not None and grants_deployer(site.given):
            options = site.options(registry.made)
            of_registry.append(assign(f"{name}-push", PUSH, registry.id, deployer, options))
            of_registry.append(assign(f"{name}-delete", DELETE, registry.id, deployer, options))
    return Roles(of_cluster, of_registry)
