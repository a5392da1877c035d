"""GpuCluster: a Kubernetes cluster with GPUs on Azure, and the registry that it pulls from.

    <name>                            GpuCluster
    ├── <name>-capacity               AzureCapacity: asks Azure, before anything is made, whether there is room
    ├── <name>-group, -identity       unless they are given, or the cluster is adopted
    ├── <name>-registry, -cluster     unless they are adopted
    ├── <name>-upgrades, -node-images when AKS may upgrade
    ├── <name>-gpu-<pool>             the pools with GPUs, in either cluster
    ├── <name>-pull, -push, -admin …  roles, each with its reason in plan/azure/roles.py
    ├── <name>-entrance               ClusterEntrance: waits until the role lets `pulumi up` into the cluster
    ├── <name>-kubernetes             Pulumi's way into it, for
    └── <name>-device-plugin          NVIDIA's, by which Kubernetes sees the GPUs

`destroy` takes all of it away again, the pools before the cluster, and the cluster before the registry.
"""

from typing import Any

import pulumi

from .gpu_cluster_args import GpuClusterArgs
from .plan.azure import adopted_cluster as found
from .plan.azure.agent_pools import most_gpus, system_pool
from .plan.azure.purpose import Given
from .resources.azure_cluster import Cluster, add_pools, adopt_cluster, make_cluster
from .resources.azure_credentials import after, kubeconfig_of
from .resources.azure_device_plugin import install_device_plugin
from .resources.azure_registry import Registry, adopt_registry, make_registry
from .resources.azure_roles import give_roles
from .resources.azure_site import Site, client_of, new_site, site_of_adopted
from .rules.arguments import engine_name, unknown_arguments
from .rules.azure_prices import cost_line
from .rules.cluster_words import INSTEAD, words_not_taken
from .rules.gpu_cluster_together import cluster_problems
from .rules.single_values import whole_numbers


class GpuCluster(pulumi.ComponentResource):
    """A Kubernetes cluster with GPUs on Azure, made or adopted, and the registry that it pulls from."""

    cluster_id: pulumi.Output[str]
    """The cluster's id in Azure."""
    cluster_name: pulumi.Output[str]
    """The cluster's name in Azure."""
    resource_group: pulumi.Output[str]
    """The resource group that the cluster is in."""
    location: pulumi.Output[str]
    """The Azure region."""
    kubeconfig: pulumi.Output[str]
    """Signs in by kubelogin, as `login` says. A secret. Known when the roles are given."""
    kubernetes_version: pulumi.Output[str]
    """What runs, with its patch."""
    registry_id: pulumi.Output[str | None]
    """The registry's id in Azure; none without a registry."""
    registry_login_server: pulumi.Output[str | None]
    """What images in the registry begin with. Known when the roles are given; none without a registry."""
    gpu_pools: pulumi.Output[dict[str, str]]
    """The size of each pool with GPUs."""
    most_gpus: pulumi.Output[int]
    """GPUs that the pools have at their largest; what `most_gpus` of TritonWebservice asks for."""
    oidc_issuer_url: pulumi.Output[str | None]
    """By which pods sign in to Azure; none for an adopted cluster that has it off."""
    cost: pulumi.Output[str]
    """GPU-hours, and what the nodes cost at list prices."""

    def __init__(self, name: str, args: GpuClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = _in_the_engines_words(args)
        mistakes = words_not_taken(args)
        mistakes += unknown_arguments(args.keys() - INSTEAD.keys(), GpuClusterArgs.__annotations__)
        mistakes += _problems(name, given)
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        super().__init__("triton-serving:index:GpuCluster", name, given, opts)
        self.cost = pulumi.Output.from_input(_cost(self, given))
        site, cluster, registry = _declare(self, name, given)
        roles = give_roles(site, cluster, registry)
        pools = add_pools(site, cluster)
        self.kubeconfig = kubeconfig_of(site, cluster, roles.of_cluster)
        if "devicePluginImage" in given and not given.get("devicePluginInstalled", False):
            install_device_plugin(self, name, given, cluster, self.kubeconfig, pools)
        self.cluster_id = cluster.id
        self.cluster_name = cluster.name
        self.resource_group = cluster.resource_group
        self.location = pulumi.Output.from_input(site.location)
        self.kubernetes_version = cluster.facts.apply(found.kubernetes_version)
        self.oidc_issuer_url = cluster.facts.apply(found.oidc_issuer)
        self.registry_id = registry.id if registry else pulumi.Output.from_input(None)
        self.registry_login_server = (
            after(registry.login_server, roles.of_registry) if registry else pulumi.Output.from_input(None)
        )
        self.gpu_pools, self.most_gpus = _gpus(given, cluster)
        self.register_outputs(
            {
                "clusterId": self.cluster_id,
                "clusterName": self.cluster_name,
                "resourceGroup": self.resource_group,
                "location": self.location,
                "kubeconfig": self.kubeconfig,
                "kubernetesVersion": self.kubernetes_version,
                "registryId": self.registry_id,
                "registryLoginServer": self.registry_login_server,
                "gpuPools": self.gpu_pools,
                "mostGpus": self.most_gpus,
                "oidcIssuerUrl": self.oidc_issuer_url,
                "cost": self.cost,
            }
        )


def _declare(component: GpuCluster, name: str, given: Given) -> tuple[Site, Cluster, Registry | None]:
    client = client_of(component)
    if "adoptCluster" in given:
        cluster = adopt_cluster(component, given, client)
        site = site_of_adopted(component, name, given, client, cluster.facts)
        return site, cluster, _registry(site)
    site = new_site(component, name, given, client)
    registry = _registry(site)
    return site, make_cluster(site, registry.made if registry else None), registry


def _registry(site: Site) -> Registry | None:
    if "registryName" in site.given:
        return make_registry(site)
    return adopt_registry(site) if "adoptRegistry" in site.given else None


def _gpus(given: Given, cluster: Cluster) -> tuple[pulumi.Output[dict[str, str]], pulumi.Output[int]]:
    """Of the pools that are added, and of those that an adopted cluster has already."""
    pools = given.get("gpuPools", [])
    sizes = {pool["name"]: pool["vmSize"] for pool in pools}
    if cluster.made is not None:
        return pulumi.Output.from_input(sizes), pulumi.Output.from_input(most_gpus(pools))
    return (
        cluster.facts.apply(lambda facts: found.gpu_pools(facts) | sizes),
        cluster.facts.apply(lambda facts: most_gpus([*pools, *found.serving_pools(facts, sizes)])),
    )


def _cost(component: GpuCluster, given: Given) -> str:
    """Also beside the component in previews, where somebody decides; not where there is nothing to pay."""
    system = system_pool(given)
    nodes = None if "adoptCluster" in given else (system["vmSize"], system["count"])
    line = cost_line(given.get("gpuPools", []), nodes, given.get("prices"))
    if pulumi.runtime.is_dry_run() and (nodes or given.get("gpuPools")):
        pulumi.info(line, component)
    return line


def _problems(name: str, given: Given) -> list[str]:
    """The component's name is the cluster's where there is no other, and has to be good for it."""
    named = {} if "adoptCluster" in given else {"clusterName": name}
    waiting = {key for key, value in given.items() if isinstance(value, pulumi.Output)}
    return cluster_problems({**named, **given}, waiting)


def _in_the_engines_words(args: GpuClusterArgs) -> dict[str, Any]:
    """What is given, by its names in the schema; nothing for what was left out."""
    named = {engine_name(key): whole_numbers(value) for key, value in args.items() if value is not None}
    if isinstance(pools := named.get("gpuPools"), list):
        named["gpuPools"] = [_named(pool) if isinstance(pool, dict) else pool for pool in pools]
    return named


def _named(pool: dict[str, Any]) -> dict[str, Any]:
    return {engine_name(key): value for key, value in pool.items() if value is not None}
