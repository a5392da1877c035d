"""What may be said about a cluster with GPUs on AKS; `gpu_cluster_together` judges what goes with what."""

import re
from collections.abc import Mapping

from .azure_gpu_sizes import has_accelerator
from .azure_names import (
    adopted_cluster_problem,
    azure_tags_problem,
    cluster_name_problem,
    guid_problem,
    location_problem,
    registry_id_problem,
    registry_name_problem,
    resource_group_problem,
    subnet_id_problem,
)
from .azure_network import api_ranges_problem, pod_cidr_problem, service_cidr_problem
from .gpu_pools import MOST_NODES, MOST_POOLS
from .kubernetes import Rule, image_problem, whole
from .kubernetes_versions import version_problem
from .service import switch_problem
from .single_values import dollars_problem, each_once, got, with_way_out, words
from .wording import all_of, shown

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SIZE = re.compile(r"Standard_(?P<family>[A-Z]+)(?P<vcpus>\d+)(-\d+)?(?P<features>[a-z]*)(_[A-Za-z0-9]+)*")


def system_size_problem(name: object) -> str | None:
    """Any size without GPUs that AKS takes for its own pods; whether the region has it, Azure says."""
    found = _SIZE.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        return f"must be a size of Azure (got {got(name)}); Standard_D4ds_v5 is the default"
    if has_accelerator(found[0]):
        return f"must be a size without GPUs, for Kubernetes' own pods (got {got(name)}); take Standard_D4ds_v5"
    if int(found["vcpus"]) < 2:
        return f"must have at least 2 vCPUs for AKS's own pods (got {got(name)}); take Standard_D2ds_v5"
    if "p" in found["features"]:
        return f"has Arm processors, and images here are for x86-64 (got {got(name)}); take Standard_D4ds_v5"
    return None


def prices_problem(prices: object) -> str | None:
    if not isinstance(prices, Mapping):
        return f"must be sizes with dollars an hour each (got {got(prices)}); write {{Standard_NC4as_T4_v3: 0.5}}"
    return all_of(
        f"{problem} (price of {shown(str(size))})"
        for size, price in prices.items()
        if (problem := dollars_problem(price))
    )


def pools_problem(pools: object) -> str | None:
    """Of the list itself; what is in it is judged pool by pool."""
    if not isinstance(pools, list | tuple):
        return f"must be a list of pools (got {got(pools)}); write [{{name: gpu, vmSize: Standard_NC4as_T4_v3}}]"
    if len(pools) > MOST_POOLS:
        return f"must be at most {MOST_POOLS} pools, as AKS has no more (got {len(pools)}); give pools more nodes"
    return None


_SWITCH = with_way_out(switch_problem, "leave it out for the default")

RULES: Mapping[str, Rule] = {
    "clusterName": cluster_name_problem,
    "adoptCluster": adopted_cluster_problem,
    "resourceGroup": resource_group_problem,
    "location": location_problem,
    "clusterPurpose": words(
        "dev",
        "prod",
        # Azure ML's ClusterPurpose, by its names and its values, and what people write.
        others={
            **dict.fromkeys(("devtest", "dev_test", "development", "test"), "dev"),
            **dict.fromkeys(("fastprod", "fast_prod", "denseprod", "dense_prod", "production"), "prod"),
        },
    ),
    "kubernetesVersion": version_problem,
    "gpuPools": pools_problem,
    "systemVmSize": system_size_problem,
    "systemCount": with_way_out(whole(1, MOST_NODES), "1 is the default in dev, and 3 in prod"),
    "devicePluginImage": image_problem,
    "devicePluginInstalled": _SWITCH,
    "tritonImage": image_problem,
    "registryName": registry_name_problem,
    "adoptRegistry": registry_id_problem,
    "subnetId": subnet_id_problem,
    "podCidr": pod_cidr_problem,
    "serviceCidr": service_cidr_problem,
    "outbound": words(
        "load-balancer",
        "nat-gateway",
        "user-defined",
        others={
            "loadbalancer": "load-balancer",
            "managednatgateway": "nat-gateway",
            "userassignednatgateway": "nat-gateway",
            "userdefinedrouting": "user-defined",
        },
    ),
    "privateApi": _SWITCH,
    "apiAllowedRanges": api_ranges_problem,
    "allowPublicApi": _SWITCH,
    "adminGroupIds": each_once(guid_problem, "their object ids, from 'az ad group show'"),
    "grantDeployer": _SWITCH,
    "login": words(
        "azurecli",
        "workloadidentity",
        "msi",
        "spn",
        others={
            "azure-cli": "azurecli",
            "cli": "azurecli",
            "workload-identity": "workloadidentity",
            "oidc": "workloadidentity",
        },
    ),
    "upgradeChannel": words(
        "patch",
        "stable",
        "rapid",
        "none",
        others={"node-image": "none, as the nodes' images are kept current anyway"},
    ),
    "maintenanceDay": words(*_DAYS, others={day[:3].casefold(): day for day in _DAYS}),
    "maintenanceHour": with_way_out(whole(0, 23), "it counts in UTC, and 2 is the default"),
    "allowOldKubernetes": _SWITCH,
    "allowNoCapacityCheck": _SWITCH,
    "prices": prices_problem,
    "tags": azure_tags_problem,
}
"""One rule for each argument whose value can be judged alone."""
