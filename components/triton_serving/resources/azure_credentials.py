"""The way into a cluster on Azure."""

from collections.abc import Sequence
from typing import Any

import pulumi

from ..plan.azure.kubeconfig import decoded, signed_in
from .azure_cluster import Cluster
from .azure_objects import REMOVED, ask
from .azure_site import Site
from .cluster_entrance import ClusterEntrance

_WAY_OUT = "it takes the role Azure Kubernetes Service Cluster User Role on the cluster; " + REMOVED


def kubeconfig_of(site: Site, cluster: Cluster, roles: Sequence[pulumi.CustomResource]) -> pulumi.Output[str]:
    """A secret, though it holds no key where local accounts are off. Known when the roles are given and count: whoever
    has it earlier could do nothing with it."""
    arguments = {"resourceGroupName": cluster.resource_group, "resourceName": cluster.name, "format": "exec"}
    answer = ask("containerservice:listManagedClusterUserCredentials", arguments, site.component, _WAY_OUT)
    login = site.given.get("login", "azurecli")
    text = answer.apply(lambda credentials: signed_in(decoded(credentials), login))
    entrance = ClusterEntrance(
        f"{site.name}-entrance",
        {"cluster": cluster.id, "kubeconfig": pulumi.Output.secret(text)},
        pulumi.ResourceOptions(parent=site.component, depends_on=roles),
    )
    return entrance.kubeconfig


def after(value: pulumi.Output[Any], needed: Sequence[pulumi.CustomResource]) -> pulumi.Output[Any]:
    """The value, as soon as all that is needed to use it is there."""
    return pulumi.Output.all(value, *(resource.id for resource in needed)).apply(lambda known: known[0])
