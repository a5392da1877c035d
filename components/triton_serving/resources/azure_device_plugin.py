"""NVIDIA's device plugin on the GPU nodes of a cluster on Azure."""

from typing import Any

import pulumi

from ..plan.azure.device_plugin import device_plugin
from ..plan.azure.purpose import Given
from .azure_cluster import Cluster
from .provider_packages import of_provider


def install_device_plugin(
    component: pulumi.ComponentResource,
    name: str,
    given: Given,
    cluster: Cluster,
    kubeconfig: pulumi.Output[str],
    pools: list[pulumi.Resource],
) -> None:
    provider = _kubernetes("provider").Provider(
        f"{name}-kubernetes",
        kubeconfig=kubeconfig,
        # A renewed certificate in the kubeconfig is no other cluster; without this, it could replace what is in it.
        cluster_identifier=cluster.id,
        opts=pulumi.ResourceOptions(parent=component),
    )
    planned = device_plugin(given, name)
    options = pulumi.ResourceOptions(
        parent=component,
        provider=provider,
        depends_on=pools,
        # It goes with a cluster that is made here, which may not answer any more. From one that stays it is removed.
        deleted_with=cluster.made,
    )
    _kubernetes("apps.v1").DaemonSet(f"{name}-device-plugin", options, **planned)


def _kubernetes(module: str) -> Any:
    wanted_by = "GpuCluster needs Pulumi's Kubernetes provider for 'devicePluginImage'"
    return of_provider(f"pulumi_kubernetes.{module}", "kubernetes", wanted_by)
