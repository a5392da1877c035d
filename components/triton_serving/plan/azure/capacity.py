"""The nodes that Azure has to have room for."""

from typing import Any

from ...rules.gpu_pools import node_range
from .agent_pools import system_pool
from .purpose import Given

Pool = dict[str, Any]


def asked_pools(given: Given, *, with_system: bool) -> list[Pool]:
    """At their most: a pool that cannot grow to where it may is found out when the load comes."""
    system = system_pool(given)
    pools = [
        {
            "name": system["name"],
            "vmSize": system["vmSize"],
            "nodes": system["count"],
            "zones": system.get("availabilityZones", []),
            "spot": False,
        }
    ]
    return [
        *(pools if with_system else []),
        *(
            {
                "name": pool["name"],
                "vmSize": pool["vmSize"],
                "nodes": node_range(pool)[1],
                "zones": pool.get("zones", []),
                "spot": pool.get("spot", False),
            }
            for pool in given.get("gpuPools", ())
        ),
    ]
