"""What a cluster that was made here keeps for as long as it is there."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...rules.gpu_pools import SYSTEM_POOL
from .agent_pools import system_pool
from .purpose import Given

_WAY_OUT = (
    "put it back, or make another GpuCluster beside this one, move the services there and remove this one; where they "
    "may be away for half an hour, 'pulumi destroy' and 'pulumi up' do it"
)


def lasting_problems(given: Given, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is wanted of the system pool and cannot be had any more, by what Azure says of the cluster: it would answer
    PropertyChangeNotAllowed, in the middle of an update. To replace the cluster for that would take away all in it."""
    pools = facts.get("agentPoolProfiles") or ()
    there = next((pool for pool in pools if pool["name"] == SYSTEM_POOL), None)
    if there is None:
        return
    wanted = system_pool(given)
    if there["vmSize"].casefold() != wanted["vmSize"].casefold():
        yield (
            f"'systemVmSize' cannot change: the cluster {facts['name']} has system nodes of {there['vmSize']} (got "
            f"{wanted['vmSize']}), and Azure never changes their size; {_WAY_OUT}"
        )
    zones = wanted.get("availabilityZones", [])
    if zones and zones != sorted(there.get("availabilityZones") or ()):
        yield (
            f"'clusterPurpose' cannot become {given.get('clusterPurpose')!r}: system nodes would have to be in three "
            f"zones, and Azure never moves those of the cluster {facts['name']}; {_WAY_OUT}"
        )
    if _subnet(there) != _subnet(wanted):
        yield (
            f"'subnetId' cannot change: the cluster {facts['name']} is in {_shown(there)} (got {_shown(wanted)}), and "
            f"Azure never moves it; {_WAY_OUT}"
        )


def _subnet(pool: Mapping[str, Any]) -> str:
    return (pool.get("vnetSubnetID") or "").casefold()


def _shown(pool: Mapping[str, Any]) -> str:
    return pool.get("vnetSubnetID") or "the network that AKS makes"
