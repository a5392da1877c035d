"""What a cluster that is there already must have, by what Azure says of it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...rules.azure_gpu_sizes import has_accelerator
from ...rules.kubernetes_versions import adopted_version_problem
from .purpose import Given

Facts = Mapping[str, Any]
"""Azure's answer to the question for a cluster, made here or not."""

_BROKEN = ("Canceled", "Deleting", "Failed")


def adoption_problems(given: Given, facts: Facts) -> Iterator[str]:
    name = f"'adoptCluster': cluster {facts['name']}"
    if (state := facts.get("provisioningState")) in _BROKEN:
        yield f"{name} is in the state {state}, in which Azure adds nothing to it; repair it first, by 'az aks update'"
    if facts.get("powerState", {}).get("code") == "Stopped":
        yield f"{name} is stopped; start it first, by 'az aks start'"
    if problem := adopted_version_problem(kubernetes_version(facts), given.get("allowOldKubernetes", False)):
        yield f"{name}: {problem}"
    if not given.get("gpuPools") and not gpu_pools(facts):
        yield f"{name} has no pool with GPUs; add one by 'gpuPools'"
    if _pulls(given) and kubelet_identity(facts) is None:
        yield (
            f"{name} has no managed identity that could pull from the registry; give it one, by 'az aks update "
            "--enable-managed-identity', or leave the registry out"
        )
    if "subnetId" in given and _network(given["subnetId"]) not in {_network(_subnet(pool)) for pool in _pools(facts)}:
        yield f"{name} is in another network than 'subnetId' (got {given['subnetId']}); leave it out, or name one there"


def adoption_warnings(facts: Facts) -> Iterator[str]:
    if facts.get("networkProfile", {}).get("networkPolicy", "none") in ("none", ""):
        yield (
            f"cluster {facts['name']} enforces no network policies: whatever runs on it can reach the services' pods "
            "directly; switch Cilium on, by 'az aks update --network-dataplane cilium'"
        )
    if not facts.get("disableLocalAccounts", False):
        yield (
            f"cluster {facts['name']} has local accounts: a copied certificate is an administrator for years; switch "
            "them off, by 'az aks update --disable-local-accounts'"
        )


def gpu_pools(facts: Facts) -> dict[str, str]:
    """Sizes by the pools' names."""
    return {pool["name"]: pool["vmSize"] for pool in _pools(facts) if has_accelerator(pool.get("vmSize", ""))}


def serving_pools(facts: Facts, added: Collection[str]) -> list[dict[str, Any]]:
    """Pools with GPUs, with the nodes that they have or may have; but for those that are added here."""
    wanted = gpu_pools(facts).keys() - set(added)
    return [
        {
            "vmSize": pool["vmSize"],
            **({"maxCount": pool["maxCount"]} if pool.get("enableAutoScaling") else {"count": pool["count"]}),
            **({"migProfile": pool["gpuInstanceProfile"]} if pool.get("gpuInstanceProfile") else {}),
        }
        for pool in _pools(facts)
        if pool["name"] in wanted
    ]


def kubernetes_version(facts: Facts) -> str:
    return str(facts.get("currentKubernetesVersion") or facts["kubernetesVersion"])


def oidc_issuer(facts: Facts) -> str | None:
    """None where the cluster has none."""
    return facts.get("oidcIssuerProfile", {}).get("issuerURL") or None


def kubelet_identity(facts: Facts) -> str | None:
    """Its object id in Entra. None for old clusters, which have a service principal."""
    return facts.get("identityProfile", {}).get("kubeletidentity", {}).get("objectId") or None


def subnet_of_pools(facts: Facts) -> str | None:
    """Where further pools go as well; None where the network is AKS's own."""
    return next((_subnet(pool) for pool in _pools(facts)), None)


def _pools(facts: Facts) -> list[dict[str, Any]]:
    return list(facts.get("agentPoolProfiles") or ())


def _subnet(pool: Mapping[str, Any]) -> str | None:
    return pool.get("vnetSubnetID") or None


def _network(subnet: str | None) -> str:
    return (subnet or "").casefold().partition("/subnets/")[0]


def _pulls(given: Given) -> bool:
    return "registryName" in given or "adoptRegistry" in given
