"""What may be said about a cluster with GPUs, value by value, and whatever else may come in its place."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from triton_serving.rules.azure_prices import cost_line
from triton_serving.rules.gpu_cluster import RULES
from triton_serving.rules.gpu_cluster_together import cluster_problems
from triton_serving.rules.gpu_pools import POOL_RULES

DIGEST = "@sha256:" + "0" * 64
ID = "/subscriptions/0/resourceGroups/ml/providers"
GOOD = {
    "clusterName": ["aks-gpu"],
    "adoptCluster": ["aks-gpu", f"{ID}/Microsoft.ContainerService/managedClusters/aks-gpu"],
    "resourceGroup": ["ml"],
    "location": ["westeurope"],
    "clusterPurpose": ["dev", "prod"],
    "kubernetesVersion": ["1.36"],
    "gpuPools": [[], [{"name": "gpu", "vmSize": "Standard_NC4as_T4_v3"}]],
    "systemVmSize": ["Standard_D4ds_v5", "Standard_D8as_v5", "Standard_E4ds_v5", "Standard_D3_v2", "Standard_E8-4s_v5"],
    "systemCount": [1, 3],
    "devicePluginImage": [f"nvcr.io/nvidia/k8s-device-plugin:v0.19.0{DIGEST}"],
    "devicePluginInstalled": [True, False],
    "tritonImage": [f"nvcr.io/nvidia/tritonserver:26.09-py3{DIGEST}"],
    "registryName": ["models"],
    "adoptRegistry": [f"{ID}/Microsoft.ContainerRegistry/registries/models"],
    "subnetId": [f"{ID}/Microsoft.Network/virtualNetworks/net/subnets/nodes"],
    "podCidr": ["10.244.0.0/16"],
    "serviceCidr": ["10.0.0.0/16"],
    "outbound": ["load-balancer", "nat-gateway", "user-defined"],
    "privateApi": [True, False],
    "apiAllowedRanges": [["203.0.113.0/24"]],
    "allowPublicApi": [True, False],
    "adminGroupIds": [[], ["00000000-0000-0000-0000-000000000000"]],
    "grantDeployer": [True, False],
    "login": ["azurecli", "workloadidentity", "msi", "spn"],
    "upgradeChannel": ["patch", "stable", "rapid", "none"],
    "maintenanceDay": ["Saturday", "Monday"],
    "maintenanceHour": [0, 23],
    "allowOldKubernetes": [True, False],
    "allowNoCapacityCheck": [True, False],
    "prices": [{}, {"Standard_NC4as_T4_v3": 0.5}],
    "tags": [{"team": "vision"}],
}


@pytest.mark.parametrize("argument", RULES)
def test_good_values_pass(argument):
    assert [RULES[argument](value) for value in GOOD[argument]] == [None] * len(GOOD[argument])


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("clusterPurpose", "DevTest", "say dev"),
        ("clusterPurpose", "DEV_TEST", "say dev"),
        ("clusterPurpose", "FastProd", "say prod"),
        ("clusterPurpose", "FAST_PROD", "say prod"),
        ("clusterPurpose", "staging", "dev or prod (got 'staging'); choose one of them"),
        ("systemVmSize", "Standard_NC24ads_A100_v4", "without GPUs"),
        ("systemVmSize", "Standard_B1ms", "at least 2 vCPUs"),
        ("systemVmSize", "Standard_D4pds_v5", "Arm"),
        ("systemVmSize", "large", "must be a size of Azure"),
        ("systemCount", 0, "from 1 to 1000"),
        ("devicePluginImage", "nvcr.io/nvidia/k8s-device-plugin:v0.19.0", "by digest"),
        ("tritonImage", "nvcr.io/nvidia/tritonserver:26.09-py3", "by digest"),
        ("gpuPools", {"name": "gpu"}, "must be a list of pools"),
        ("gpuPools", [{}] * 101, "at most 100"),
        ("outbound", "userDefinedRouting", "say user-defined"),
        ("outbound", "none", "choose one of them"),
        ("login", "oidc", "say workloadidentity"),
        ("login", "password", "azurecli or workloadidentity"),
        ("upgradeChannel", "node-image", "kept current anyway"),
        ("maintenanceDay", "Sat", "say Saturday"),
        ("maintenanceDay", "sunday", "say Sunday"),
        ("maintenanceHour", 24, "from 0 to 23"),
        ("privateApi", "yes", "true or false"),
        ("adminGroupIds", ["00000000-0000-0000-0000-000000000000"] * 2, "twice"),
        ("prices", {"Standard_NC4as_T4_v3": 0}, "price of Standard_NC4as_T4_v3"),
        ("prices", {"Standard_NC4as_T4_v3": "1"}, "dollars an hour"),
        ("prices", [1], "sizes with dollars"),
    ],
)
def test_bad_values_are_told_with_the_way_out(argument, value, told):
    problems = [problem for problem in cluster_problems({argument: value}) if problem.startswith(f"'{argument}' ")]
    assert told in problems[0]


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("apiAllowedRanges", ["office", "203.0.113.7"], ["got 'office'", "write 203.0.113.7/32"]),
        ("adminGroupIds", ["admins", "others"], ["got 'admins'", "got 'others'"]),
        ("prices", {"Standard_NC4as_T4_v3": 0, "Standard_D4ds_v5": "1"}, ["of Standard_NC4as_T4_v3", "of Standard_D4"]),
        ("tags", {"a/b": "c", "d/e": "f"}, ["got 'a/b'", "got 'd/e'"]),
    ],
)
def test_all_wrong_entries_are_told_at_once(argument, value, told):
    (problem,) = [one for one in cluster_problems({argument: value}) if one.startswith(f"'{argument}' must")]
    assert [entry for entry in told if entry in problem] == told


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)
NEARLY = st.sampled_from([value for values in GOOD.values() for value in values]) | ANYTHING
POOL = st.dictionaries(
    st.sampled_from(list(POOL_RULES)) | st.text(st.characters()),
    st.sampled_from(["gpu", "Standard_NC4as_T4_v3", "Standard_NV36ads_A10_v5", 0, 3.0, 1000, True, "none", ["1"]])
    | ANYTHING,
)
ARGUMENTS = st.dictionaries(st.sampled_from(list(RULES)), NEARLY | st.lists(POOL, max_size=3))
PLACE = re.compile(rf"'({'|'.join(RULES)})(\[\d+\])?(\..*?)?' ", re.DOTALL)


@settings(max_examples=400, deadline=None)
@given(ARGUMENTS, st.sets(st.sampled_from(list(RULES))))
def test_whatever_is_given_every_mistake_names_its_argument_and_a_way_out(arguments, unknown):
    for problem in cluster_problems(arguments, unknown):
        assert PLACE.match(problem), problem
        assert "; " in problem


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(RULES)), ANYTHING)
def test_a_value_that_its_rule_refuses_is_told_by_its_name(argument, value):
    told = RULES[argument](value)
    if told:
        assert any(problem.startswith(f"'{argument}' ") for problem in cluster_problems({argument: value}))


@settings(max_examples=200, deadline=None)
@given(st.lists(POOL, max_size=3), ANYTHING)
def test_a_cost_can_be_told_of_all_that_is_found_good(pools, prices):
    arguments = {"location": "westeurope", "gpuPools": pools, "prices": prices, "devicePluginInstalled": True}
    if not cluster_problems({**arguments, "allowPublicApi": True}):
        assert "GPU-hours" in cost_line(pools, ("Standard_D4ds_v5", 1), prices)


def test_numbers_arrive_as_floats_from_hosts_of_components():
    arguments = {"location": "westeurope", "allowPublicApi": True, "devicePluginInstalled": True, "systemCount": 3.0}
    pools = [{"name": "gpu", "vmSize": "Standard_NC4as_T4_v3", "count": 2.0, "osDiskGb": 128.0}]
    assert cluster_problems({**arguments, "gpuPools": pools}) == []
    assert "got 2.5" in cluster_problems({**arguments, "gpuPools": [{**pools[0], "count": 2.5}]})[0]
