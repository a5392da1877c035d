"""What does not go together in a cluster with GPUs on AKS, by the names of the arguments. Pure, and all at once."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .azure_gpu_sizes import SIZES
from .azure_names import is_id
from .azure_network import DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR, network_of, nodes_with_room
from .gpu_cluster import RULES
from .gpu_pools import POOL_RULES, name_problem, node_range, pool_problems
from .single_values import whole_numbers
from .triton_releases import ADVISED_TRITON, SAFE_TRITON, mismatch, release_of, shown_release

Given = Mapping[str, Any]

DEFAULT_SYSTEM_SIZE = "Standard_D4ds_v5"
PROD_SYSTEM_COUNT = 3
_MOST_CLUSTER_NODES = 5000  # of AKS with an overlay

_OF_NEW_CLUSTERS = (
    "clusterName",
    "location",
    "kubernetesVersion",
    "systemVmSize",
    "systemCount",
    "podCidr",
    "serviceCidr",
    "outbound",
    "privateApi",
    "apiAllowedRanges",
    "allowPublicApi",
    "adminGroupIds",
    "upgradeChannel",
    "maintenanceDay",
    "maintenanceHour",
)
"""What an adopted cluster has decided already: given with it, it would have no effect and say nothing of that."""


def cluster_problems(given: Given, unknown: Collection[str] = ()) -> list[str]:
    """All that is wrong with the arguments, in the engine's spelling, each with a way out. `unknown` are those that
    were given and are known only after other resources: they count as given, and are not looked into."""
    values = {key: whole_numbers(value) for key, value in given.items() if key not in unknown}
    told = {key: rule(values[key]) for key, rule in RULES.items() if key in values}
    wrong = {key for key, problem in told.items() if problem}
    problems = [f"'{key}' {problem}" for key, problem in told.items() if problem]
    for position, pool in enumerate(values.get("gpuPools", ()) if "gpuPools" not in wrong else ()):
        problems += pool_problems(pool, f"gpuPools[{position}]")
    return [*problems, *_together(_Arguments(values, wrong, unknown))]


_WITH_DEFAULTS = frozenset({"clusterPurpose", "podCidr", "serviceCidr", "systemCount", "gpuPools"})


class _Arguments:
    """What was given, told apart: whether an argument is there, and its value if that is known and right by itself."""

    def __init__(self, given: Given, wrong: Collection[str], unknown: Collection[str]) -> None:
        self.present = given.keys() | set(unknown)
        self.good = {key: value for key, value in given.items() if key not in wrong and key not in unknown}
        self.decided = self.good.keys() | (_WITH_DEFAULTS - self.present)
        """Those whose value, or default, is known."""

    def __contains__(self, name: str) -> bool:
        return name in self.present

    def is_on(self, name: str) -> bool:
        return self.good.get(name) is True


def _together(arguments: _Arguments) -> list[str]:
    pools = [pool for pool in arguments.good.get("gpuPools", ()) if isinstance(pool, Mapping)]
    return [
        *_of_adoption(arguments),
        *_of_registry(arguments),
        *(() if "adoptCluster" in arguments else _of_api(arguments)),
        *_of_network(arguments, pools),
        *_of_pools(arguments, pools),
        *_of_purpose(arguments, pools),
        *_of_triton(arguments, pools),
        *_of_prices(arguments, pools),
    ]


def _of_adoption(given: _Arguments) -> Iterator[str]:
    if "adoptCluster" not in given:
        if "location" not in given and "resourceGroup" not in given:
            yield "'location' is required unless 'resourceGroup' or 'adoptCluster' says it; write, say, westeurope"
        if "allowOldKubernetes" in given:
            yield "'allowOldKubernetes' has no use without 'adoptCluster': a new cluster is never old; remove it"
        return
    for name in _OF_NEW_CLUSTERS:
        if name in given:
            yield f"'{name}' has no use with 'adoptCluster', whose cluster is never changed; remove it"
    if "clusterPurpose" in given and "registryName" not in given:
        yield "'clusterPurpose' has no use with 'adoptCluster' unless a registry is made; remove it"
    adopted = given.good.get("adoptCluster")
    if adopted is not None and not is_id(adopted) and "resourceGroup" not in given:
        yield f"'resourceGroup' is required with the name of a cluster (got {adopted!r}); add it, or give an id instead"
    if is_id(adopted) and "resourceGroup" in given and "registryName" not in given:
        yield "'resourceGroup' has no use with an id as 'adoptCluster', which says it; remove it"


def _of_registry(given: _Arguments) -> Iterator[str]:
    if "registryName" in given and "adoptRegistry" in given:
        yield "'registryName' makes a registry and 'adoptRegistry' takes one that is there; remove one of them"


def _of_api(given: _Arguments) -> Iterator[str]:
    ways = [
        name
        for name in ("privateApi", "apiAllowedRanges", "allowPublicApi")
        if name in given and (name not in given.good or given.good[name] is not False)
    ]
    if not ways:
        yield (
            "'apiAllowedRanges' is required, so that not everybody reaches the cluster's API; write your addresses, "
            "such as ['203.0.113.0/24'], or set privateApi or allowPublicApi"
        )
    for name in ways[1:]:
        yield f"'{name}' has no use with '{ways[0]}': the cluster's API is reached in one way; remove one of them"


def _of_network(given: _Arguments, pools: list[Given]) -> Iterator[str]:
    if given.good.get("outbound") == "user-defined" and "subnetId" not in given:
        yield "'subnetId' is required with outbound 'user-defined', whose routes are those of your subnet; add it"
    if "adoptCluster" in given or not {"podCidr", "serviceCidr"} <= given.decided:
        return
    of_pods = network_of(given.good.get("podCidr", DEFAULT_POD_CIDR))
    of_services = network_of(given.good.get("serviceCidr", DEFAULT_SERVICE_CIDR))
    if of_pods is None or of_services is None:
        return
    if of_pods.overlaps(of_services):
        yield (
            f"'podCidr' must not overlap 'serviceCidr' (got {of_pods} and {of_services}); take {DEFAULT_POD_CIDR} and "
            f"{DEFAULT_SERVICE_CIDR}"
        )
    if not {"gpuPools", "systemCount", "clusterPurpose"} <= given.decided:
        return
    nodes = sum(node_range(good_part(pool))[1] for pool in pools) + _system_nodes(given)
    if nodes > nodes_with_room(of_pods):
        yield (
            f"'podCidr' must have a /24 for each of {nodes} nodes, those of an upgrade among them (got {of_pods} for "
            f"{nodes_with_room(of_pods)}); take a larger one or fewer nodes"
        )
    if nodes > _MOST_CLUSTER_NODES:
        yield f"'gpuPools' must be at most {_MOST_CLUSTER_NODES} nodes with all others (got {nodes}); lower 'maxCount'"


def _system_nodes(given: _Arguments) -> int:
    """With those that come and go while the pool is upgraded."""
    usual = PROD_SYSTEM_COUNT if given.good.get("clusterPurpose") == "prod" else 1
    count = given.good.get("systemCount", usual)
    return int(count) + math.ceil(int(count) / 3)


def _of_pools(given: _Arguments, pools: list[Given]) -> Iterator[str]:
    if "gpuPools" in given.decided and not given.good.get("gpuPools"):
        if "adoptCluster" not in given:
            yield "'gpuPools' is required for a new cluster; write [{name: gpu, vmSize: Standard_NC4as_T4_v3}]"
        return
    names = [pool.get("name") for pool in pools]
    for position, name in enumerate(names):
        if isinstance(name, str) and name_problem(name) is None and name in names[:position]:
            yield (
                f"'gpuPools[{position}].name' must be another one than an earlier pool's (got {name!r}); "
                f"try {name[:11]}2"
            )
    if "devicePluginImage" in given and given.is_on("devicePluginInstalled"):
        yield "'devicePluginImage' has no use with 'devicePluginInstalled': the plugin would run twice; remove one"
    installed = "devicePluginInstalled" in given and given.good.get("devicePluginInstalled") is not False
    if "devicePluginImage" not in given and not installed:
        yield (
            "'devicePluginImage' is required with GPU pools, as Kubernetes sees no GPU without it; give "
            "nvcr.io/nvidia/k8s-device-plugin by digest, or set devicePluginInstalled"
        )
    if "devicePluginImage" in given and pools and all(pool.get("driver") == "none" for pool in pools):
        yield (
            "'devicePluginImage' has no use where all pools have driver 'none': NVIDIA's GPU operator brings its own; "
            "remove it and set devicePluginInstalled"
        )


def _of_purpose(given: _Arguments, pools: list[Given]) -> Iterator[str]:
    if given.good.get("clusterPurpose") != "prod":
        return
    count = given.good.get("systemCount")
    if count is not None and count < PROD_SYSTEM_COUNT:
        yield (
            f"'systemCount' must be at least {PROD_SYSTEM_COUNT} in prod, one in each zone (got {count}); raise it "
            "or set clusterPurpose to 'dev'"
        )
    if pools and all(pool.get("spot") is True for pool in pools):
        yield (
            "'gpuPools' must have one without 'spot' in prod, as Azure may take all spot nodes back at once; add one "
            "or set clusterPurpose to 'dev'"
        )


def _of_triton(given: _Arguments, pools: list[Given]) -> Iterator[str]:
    release = release_of(str(given.good.get("tritonImage", "")))
    if release is None:
        return
    if release < SAFE_TRITON:
        yield (
            f"'tritonImage' must be release {shown_release(SAFE_TRITON)} or later, since older ones have known "
            f"security holes (got {shown_release(release)}); take {shown_release(ADVISED_TRITON)}, or leave it out if "
            "the service that runs it sets allowOldTriton"
        )
    for position, pool in enumerate(pools):
        good = good_part(pool)
        size = SIZES.get(good.get("vmSize", ""))
        if size and (problem := mismatch(release, good["vmSize"], size, good.get("driver", "aks"))):
            yield f"'tritonImage' cannot run in gpuPools[{position}]: {problem}"


def _of_prices(given: _Arguments, pools: list[Given]) -> Iterator[str]:
    if "gpuPools" not in given.decided or ("systemVmSize" in given and "systemVmSize" not in given.good):
        return
    used = {pool.get("vmSize") for pool in pools if isinstance(pool.get("vmSize"), str)}
    if "adoptCluster" not in given:
        used.add(given.good.get("systemVmSize", DEFAULT_SYSTEM_SIZE))
    for size in given.good.get("prices", {}):
        if size not in used:
            yield f"'prices' has {size!r}, which no pool has; write {' or '.join(sorted(map(str, used)))}, or remove it"


def good_part(pool: Given) -> Given:
    """The values of a pool that are right by themselves."""
    return {key: value for key, value in pool.items() if (rule := POOL_RULES.get(key)) and rule(value) is None}
