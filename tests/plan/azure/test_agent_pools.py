"""Pools of nodes, as Azure gets them."""

import pytest
from triton_serving.plan.azure.agent_pools import gpu_pool, left_to_azure, most_gpus, system_pool
from triton_serving.plan.azure.capacity import asked_pools

from .planned import DEV, NODES, PROD, T4


def planned(**more):
    return gpu_pool(DEV, T4 | more, "vision", "gpu")


def test_a_pool_that_nobody_describes_starts_with_nothing_and_grows_to_one_node():
    pool = planned()
    assert [pool[key] for key in ("enableAutoScaling", "count", "minCount", "maxCount")] == [True, 0, 0, 1]
    assert pool["nodeTaints"] == ["sku=gpu:NoSchedule"]
    assert pool["gpuProfile"] == {"driver": "Install"}
    assert (pool["mode"], pool["scaleDownMode"], pool["orchestratorVersion"]) == ("User", "Delete", "1.36")
    assert not pool.keys() & {"availabilityZones", "scaleSetPriority", "gpuInstanceProfile", "vnetSubnetID"}


def test_a_fixed_number_of_nodes_has_no_bounds():
    pool = planned(count=3)
    assert (pool["enableAutoScaling"], pool["count"]) == (False, 3)
    assert not pool.keys() & {"minCount", "maxCount"}
    assert left_to_azure(DEV, T4 | {"count": 3}) == []
    assert left_to_azure(DEV, T4) == ["count"]


def test_in_a_cluster_that_is_adopted_a_pool_stays_where_it_is():
    adopted = {"adoptCluster": "shared"}
    assert left_to_azure(adopted, T4) == ["count", "vnetSubnetID"]
    assert left_to_azure(adopted | {"subnetId": NODES}, T4) == ["count"]


def test_an_upgrade_takes_no_gpu_that_is_not_there():
    settings = planned()["upgradeSettings"]
    assert (settings["maxSurge"], settings["maxUnavailable"]) == ("0", "1")


def test_a_spot_pool_is_marked_as_azure_does_it_and_not_upgraded_by_it():
    pool = planned(spot=True)
    assert [pool[key] for key in ("scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice")] == [
        "Spot",
        "Delete",
        -1,
    ]
    assert "kubernetes.azure.com/scalesetpriority=spot:NoSchedule" in pool["nodeTaints"]
    assert "upgradeSettings" not in pool
    assert planned(spot=True, spotMaxPrice=0.25)["spotMaxPrice"] == 0.25


@pytest.mark.parametrize(
    ("given", "disk"),
    [
        ({}, "Ephemeral"),
        ({"osDiskGb": 144}, "Ephemeral"),
        ({"osDiskGb": 145}, "Managed"),
        ({"osDisk": "managed"}, "Managed"),
        ({"osDisk": "ephemeral", "osDiskGb": 100}, "Ephemeral"),
    ],
    ids=["default", "just fits", "too large", "asked managed", "asked ephemeral"],
)
def test_the_disk_is_the_nodes_own_where_it_fits(given, disk):
    assert planned(**given)["osDiskType"] == disk


def test_what_is_asked_for_arrives():
    given = {"zones": ["1", "2"], "taints": [], "labels": {"team": "vision"}, "driver": "none", "migProfile": "MIG1g"}
    pool = gpu_pool(PROD, T4 | given, "vision", "gpu")
    assert (pool["availabilityZones"], pool["nodeTaints"], pool["nodeLabels"]) == (["1", "2"], [], {"team": "vision"})
    assert (pool["gpuProfile"], pool["gpuInstanceProfile"]) == ({"driver": "None"}, "MIG1g")
    assert (pool["vnetSubnetID"], pool["tags"]) == (NODES, {"team": "vision"})


@pytest.mark.parametrize(
    ("given", "version"),
    [
        (DEV, "1.36"),
        (DEV | {"kubernetesVersion": "1.35"}, "1.35"),
        (DEV | {"upgradeChannel": "stable"}, None),
        (DEV | {"upgradeChannel": "rapid", "kubernetesVersion": "1.35"}, "1.35"),
        ({"adoptCluster": "shared"}, None),
    ],
    ids=["default", "given", "raises itself", "begins with", "adopted"],
)
def test_nodes_get_the_clusters_version_unless_azure_decides_it(given, version):
    assert gpu_pool(given, T4, "vision", "gpu").get("orchestratorVersion") == version


def test_the_system_pool_is_one_node_in_dev_that_services_may_use():
    pool = system_pool(DEV)
    assert (pool["count"], pool["osDiskType"], pool["maxPods"]) == (1, "Ephemeral", 110)
    assert not pool.keys() & {"nodeTaints", "availabilityZones"}


def test_the_system_pool_is_three_nodes_in_three_zones_in_prod_for_akss_pods_alone():
    pool = system_pool(PROD)
    assert (pool["count"], pool["availabilityZones"]) == (3, ["1", "2", "3"])
    assert pool["nodeTaints"] == ["CriticalAddonsOnly=true:NoSchedule"]
    assert pool["vnetSubnetID"] == NODES


def test_of_a_system_size_that_is_not_the_default_azure_decides_the_disk():
    assert "osDiskType" not in system_pool(DEV | {"systemVmSize": "Standard_D4s_v5"})


def test_most_gpus_are_those_of_all_pools_at_their_largest_slices_counted():
    four_gpus = {"name": "b", "vmSize": "Standard_NC64as_T4_v3", "minCount": 1, "maxCount": 3}
    sliced = {"name": "c", "vmSize": "Standard_NC24ads_A100_v4", "maxCount": 2, "migProfile": "MIG3g"}
    assert most_gpus([T4, four_gpus, sliced]) == 1 + 3 * 4 + 2 * 2
    assert most_gpus([T4 | {"count": 5}]) == 5


def test_azure_is_asked_for_room_for_all_nodes_that_there_may_be():
    asked = {pool["name"]: pool for pool in asked_pools(PROD, with_system=True)}
    assert {name: pool["nodes"] for name, pool in asked.items()} == {"system": 3, "a100": 4, "spot": 8, "zonal": 2}
    assert (asked["system"]["zones"], asked["zonal"]["zones"], asked["spot"]["spot"]) == (["1", "2", "3"], ["1"], True)
    assert [pool["name"] for pool in asked_pools(DEV, with_system=False)] == ["t4"]
