"""What a cluster that is there already must have."""

import pytest
from parts.azure_graph import SUBSCRIPTION, cluster_facts
from triton_serving.plan.azure.adopted_cluster import adoption_problems, adoption_warnings, serving_pools

NETWORKS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks"
ADDING = {"adoptCluster": "shared", "gpuPools": [{"name": "t4", "vmSize": "Standard_NC4as_T4_v3"}]}


def problems(given, **facts):
    return list(adoption_problems(given, cluster_facts("platform", "shared", **facts)))


def test_a_good_one_is_taken_with_its_pools_or_with_new_ones():
    assert problems(ADDING) == []
    assert problems({"adoptCluster": "shared"}) == []
    assert list(adoption_warnings(cluster_facts("platform", "shared"))) == []


@pytest.mark.parametrize(
    ("given", "facts", "told"),
    [
        (ADDING, {"currentKubernetesVersion": "1.33.9"}, "1.33.9"),
        ({"adoptCluster": "shared"}, {"agentPoolProfiles": []}, "has no pool with GPUs; add one by 'gpuPools'"),
        (ADDING, {"provisioningState": "Failed"}, "is in the state Failed"),
        (ADDING, {"powerState": {"code": "Stopped"}}, "'az aks start'"),
        (ADDING | {"registryName": "models"}, {"identityProfile": {}}, "has no managed identity that could pull"),
        (ADDING | {"subnetId": f"{NETWORKS}/other/subnets/nodes"}, {}, "is in another network than 'subnetId'"),
    ],
    ids=["old", "no GPU", "broken", "stopped", "no identity", "other network"],
)
def test_one_that_cannot_serve_is_refused_with_the_way_out(given, facts, told):
    [problem] = problems(given, **facts)
    assert problem.startswith("'adoptCluster': cluster shared")
    assert told in problem


def test_an_old_kubernetes_may_be_meant():
    assert problems(ADDING | {"allowOldKubernetes": True}, currentKubernetesVersion="1.31.9") == []


def test_another_subnet_of_its_network_is_as_good():
    pools = [{"name": "system", "vmSize": "Standard_D4ds_v5", "vnetSubnetID": f"{NETWORKS}/Hub/subnets/system"}]
    assert problems(ADDING | {"subnetId": f"{NETWORKS}/hub/subnets/gpu"}, agentPoolProfiles=pools) == []


def test_what_it_does_without_is_told():
    told = list(adoption_warnings(cluster_facts("platform", "shared", networkProfile={}, disableLocalAccounts=False)))
    assert ["network policies" in told[0], "local accounts" in told[1]] == [True, True]


def test_pools_that_are_there_have_what_they_may_grow_to():
    facts = cluster_facts("platform", "shared")
    [pool] = serving_pools(facts, added=())
    assert (pool["maxCount"], "count" in pool) == (3, False)
    assert serving_pools(facts, added=["a100"]) == []
