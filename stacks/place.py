"""Where a service goes that leaves this machine: the cluster, its registry, and what they go away with."""

from dataclasses import dataclass
from typing import Any

import pulumi
from settings import Settings
from triton_serving import GpuCluster, GpuClusterArgs


@dataclass(frozen=True)
class Place:
    provider: pulumi.ProviderResource
    kubeconfig: pulumi.Input[str] | None
    """None where it is kubectl's current one."""
    registry: pulumi.Output[str] | None = None
    """None where the settings name it."""
    most_gpus: pulumi.Output[int] | None = None
    """GPUs of its pools at their largest, for services that ask for any; None where nobody tells."""
    gone_with: pulumi.Resource | None = None
    """What takes all that is on the cluster and in the registry with it; None where they stay."""


def place_of(settings: Settings) -> Place:
    if settings.gpu_cluster is not None:
        return _made(settings.gpu_cluster)
    if settings.cluster_stack is not None:
        return _shared(settings.cluster_stack)
    service = settings.triton_webservice or {}
    return Place(_provider(kubeconfig=service.get("kubeconfig")), service.get("kubeconfig"))


def _made(arguments: GpuClusterArgs) -> Place:
    cluster = GpuCluster("cluster", arguments)
    outputs: dict[str, pulumi.Output[Any]] = {
        "clusterId": cluster.cluster_id,
        "kubeconfig": cluster.kubeconfig,
        "kubernetesVersion": cluster.kubernetes_version,
        "registryLoginServer": cluster.registry_login_server,
        "gpuPools": cluster.gpu_pools,
        "mostGpus": cluster.most_gpus,
        "cost": cluster.cost,
    }
    for name, output in outputs.items():
        pulumi.export(name, output)
    stays = "adopt_cluster" in arguments or "adopt_registry" in arguments
    return Place(
        _provider(kubeconfig=cluster.kubeconfig, cluster_identifier=cluster.cluster_id),
        cluster.kubeconfig,
        cluster.registry_login_server,
        cluster.most_gpus,
        None if stays else cluster,
    )


def _shared(name: str) -> Place:
    """The cluster that another stack has made, by the outputs that `_made` gave it."""
    stack = pulumi.StackReference(name)

    def output(key: str) -> pulumi.Output[Any]:
        return stack.get_output(key).apply(lambda value: _told(name, key, value))

    kubeconfig = pulumi.Output.secret(output("kubeconfig"))
    return Place(
        _provider(kubeconfig=kubeconfig, cluster_identifier=output("clusterId")),
        kubeconfig,
        output("registryLoginServer"),
        output("mostGpus").apply(int),
    )


def _told(stack: str, key: str, value: Any) -> Any:
    if value is None:
        raise pulumi.RunError(
            f"the stack '{stack}' of 'clusterStack' has no output '{key}': bring it up first "
            f"(make up STACK={stack.rpartition('/')[2]}), or correct the name"
        )
    return value


def _provider(**arguments: Any) -> pulumi.ProviderResource:
    """Another kubeconfig for the same cluster is an update; without an identifier it could replace all objects."""
    from pulumi_kubernetes import Provider  # here: a stack on this machine need not have it installed

    provider: pulumi.ProviderResource = Provider("cluster", **arguments)
    return provider
