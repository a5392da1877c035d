"""What a cluster that was made here keeps for as long as it is there."""

import re

import pytest
from triton_serving.plan.azure.made_cluster import lasting_problems

from .planned import DEV, NODES, PROD

SYSTEM = {"name": "system", "vmSize": "Standard_D4ds_v5"}


def problems(given, **there):
    return list(lasting_problems(given, {"name": "gpu", "agentPoolProfiles": [{"name": "t4"}, SYSTEM | there]}))


def test_what_azure_spells_in_its_own_way_is_no_change():
    assert problems(DEV, vmSize="standard_d4ds_v5", availabilityZones=None) == []
    assert problems(PROD, availabilityZones=["3", "1", "2"], vnetSubnetID=NODES.upper()) == []


@pytest.mark.parametrize(
    ("given", "there", "told"),
    [
        (DEV | {"systemVmSize": "Standard_D8ds_v5"}, {}, "'systemVmSize' cannot change: .*Standard_D4ds_v5 .*D8ds_v5"),
        (DEV | {"clusterPurpose": "prod"}, {}, "'clusterPurpose' cannot become 'prod'"),
        (DEV | {"subnetId": NODES}, {}, "'subnetId' cannot change: .*the network that AKS makes .*subnets/nodes"),
        (DEV, {"vnetSubnetID": NODES}, "'subnetId' cannot change"),
    ],
    ids=["size", "purpose", "into a subnet", "out of a subnet"],
)
def test_what_azure_never_changes_is_told_with_the_way_out(given, there, told):
    [problem] = problems(given, **there)
    assert re.match(told, problem)
    assert "make another GpuCluster beside this one" in problem


def test_nodes_may_stay_in_zones_that_nobody_asks_for_any_more():
    assert problems(DEV, availabilityZones=["1", "2", "3"]) == []


def test_a_cluster_without_its_system_pool_is_azures_to_judge():
    assert list(lasting_problems(DEV, {"name": "gpu", "agentPoolProfiles": []})) == []
