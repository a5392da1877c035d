"""What goes together in a cluster with GPUs, and what does not."""

import pytest
from triton_serving.rules.gpu_cluster_together import cluster_problems

DIGEST = "@sha256:" + "0" * 64
TRITON = f"nvcr.io/nvidia/tritonserver:26.09-py3{DIGEST}"
PLUGIN = f"nvcr.io/nvidia/k8s-device-plugin:v0.19.0{DIGEST}"
ID = "/subscriptions/0/resourceGroups/ml/providers"
CLUSTER = f"{ID}/Microsoft.ContainerService/managedClusters/aks"
REGISTRY = f"{ID}/Microsoft.ContainerRegistry/registries/models"
SUBNET = f"{ID}/Microsoft.Network/virtualNetworks/net/subnets/nodes"
A100 = {"name": "gpu", "vmSize": "Standard_NC24ads_A100_v4"}
T4 = {"name": "small", "vmSize": "Standard_NC4as_T4_v3"}
A10 = {"name": "slices", "vmSize": "Standard_NV6ads_A10_v5"}
NEW = {
    "location": "westeurope",
    "gpuPools": [A100],
    "devicePluginImage": PLUGIN,
    "apiAllowedRanges": ["203.0.113.0/24"],
}
ADOPTED = {"adoptCluster": CLUSTER}


def without(name, given=NEW):
    return {key: value for key, value in given.items() if key != name}


@pytest.mark.parametrize(
    "given",
    [
        NEW,
        {**without("location"), "resourceGroup": "ml"},
        {**NEW, "resourceGroup": "ml"},
        {**NEW, "gpuPools": [A100, T4, A10]},
        {**NEW, "clusterPurpose": "prod"},
        {**NEW, "clusterPurpose": "prod", "systemCount": 5, "gpuPools": [A100, {**T4, "spot": True}]},
        {**NEW, "gpuPools": [{**A100, "spot": True}]},
        {**NEW, "registryName": "models"},
        {**NEW, "adoptRegistry": REGISTRY},
        {**without("apiAllowedRanges"), "privateApi": True},
        {**without("apiAllowedRanges"), "allowPublicApi": True},
        {**NEW, "privateApi": False, "allowPublicApi": False},
        {**without("devicePluginImage"), "devicePluginInstalled": True},
        {**NEW, "devicePluginInstalled": False},
        {**NEW, "gpuPools": [A100, {**T4, "driver": "none"}]},
        {**NEW, "tritonImage": TRITON},
        {**NEW, "tritonImage": f"team.azurecr.io/triton:1{DIGEST}", "gpuPools": [A10]},
        {**NEW, "outbound": "user-defined", "subnetId": SUBNET},
        {**NEW, "podCidr": "192.168.0.0/20", "serviceCidr": "172.16.0.0/16"},
        {**NEW, "prices": {"Standard_NC24ads_A100_v4": 3, "Standard_D4ds_v5": 0.2}},
        {**NEW, "systemVmSize": "Standard_D8ds_v5", "prices": {"Standard_D8ds_v5": 0.4}},
        ADOPTED,
        {**ADOPTED, "gpuPools": [A100], "devicePluginImage": PLUGIN, "subnetId": SUBNET},
        {**ADOPTED, "allowOldKubernetes": True, "adoptRegistry": REGISTRY, "tags": {"team": "vision"}},
        {**ADOPTED, "registryName": "models", "resourceGroup": "ml", "clusterPurpose": "prod"},
        {"adoptCluster": "aks", "resourceGroup": "ml"},
    ],
    ids=range(26),
)
def test_what_goes_together_passes(given):
    assert cluster_problems(given) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (without("location"), "'location' is required unless"),
        (without("gpuPools"), "'gpuPools' is required for a new cluster"),
        ({**NEW, "gpuPools": []}, "'gpuPools' is required for a new cluster"),
        (without("devicePluginImage"), "'devicePluginImage' is required with GPU pools"),
        ({**without("devicePluginImage"), "devicePluginInstalled": False}, "'devicePluginImage' is required"),
        ({**ADOPTED, "gpuPools": [A100]}, "'devicePluginImage' is required"),
        ({**NEW, "devicePluginInstalled": True}, "'devicePluginImage' has no use with 'devicePluginInstalled'"),
        ({**NEW, "gpuPools": [{**A100, "driver": "none"}]}, "GPU operator brings its own"),
        (without("apiAllowedRanges"), "'apiAllowedRanges' is required"),
        ({**without("apiAllowedRanges"), "privateApi": False}, "'apiAllowedRanges' is required"),
        ({**NEW, "privateApi": True}, "'apiAllowedRanges' has no use with 'privateApi'"),
        ({**NEW, "allowPublicApi": True}, "'allowPublicApi' has no use with 'apiAllowedRanges'"),
        ({**NEW, "allowOldKubernetes": True}, "'allowOldKubernetes' has no use without 'adoptCluster'"),
        ({**NEW, "registryName": "models", "adoptRegistry": REGISTRY}, "remove one of them"),
        ({**NEW, "outbound": "user-defined"}, "'subnetId' is required with outbound 'user-defined'"),
        ({**NEW, "podCidr": "10.0.0.0/8"}, "'podCidr' must not overlap 'serviceCidr' (got 10.0.0.0/8 and 10.0.0.0/16)"),
        ({**NEW, "serviceCidr": "10.244.0.0/20"}, "'podCidr' must not overlap"),
        (
            {**NEW, "podCidr": "10.1.0.0/23"},
            "a /24 for each of 3 nodes, those of an upgrade among them (got 10.1.0.0/23",
        ),
        ({**NEW, "gpuPools": [{**A100, "maxCount": 255}]}, "a /24 for each of 257 nodes"),
        (
            {
                **NEW,
                "podCidr": "10.128.0.0/9",
                "gpuPools": [{**A100, "name": f"p{n}", "count": 1000} for n in range(5)],
            },
            "at most 5000 nodes",
        ),
        ({**NEW, "gpuPools": [A100, {**T4, "name": "gpu"}]}, "'gpuPools[1].name' must be another one"),
        ({**NEW, "clusterPurpose": "prod", "systemCount": 1}, "'systemCount' must be at least 3 in prod"),
        ({**NEW, "clusterPurpose": "prod", "gpuPools": [{**A100, "spot": True}]}, "one without 'spot' in prod"),
        ({**NEW, "tritonImage": TRITON.replace("26.09", "26.06")}, "must be release 26.07 or later"),
        ({**NEW, "tritonImage": TRITON, "gpuPools": [A100, A10]}, "'tritonImage' cannot run in gpuPools[1]"),
        (
            {**NEW, "prices": {"Standard_NC24ads_A100_v5": 3}},
            "'prices' has 'Standard_NC24ads_A100_v5', which no pool has",
        ),
        ({"adoptCluster": "aks"}, "'resourceGroup' is required with the name of a cluster"),
        ({**ADOPTED, "resourceGroup": "ml"}, "'resourceGroup' has no use with an id"),
        ({**ADOPTED, "clusterPurpose": "prod"}, "unless a registry is made"),
        ({**ADOPTED, "prices": {"Standard_D4ds_v5": 1}}, "which no pool has"),
    ],
)
def test_what_does_not_is_told_alone_with_a_way_out(given, told):
    problems = cluster_problems(given)
    assert len(problems) == 1
    assert told in problems[0]
    assert "; " in problems[0]


OF_NEW_CLUSTERS = {
    "clusterName": "aks",
    "location": "westeurope",
    "kubernetesVersion": "1.36",
    "systemVmSize": "Standard_D4ds_v5",
    "systemCount": 1,
    "podCidr": "10.244.0.0/16",
    "serviceCidr": "10.0.0.0/16",
    "outbound": "load-balancer",
    "privateApi": True,
    "apiAllowedRanges": ["203.0.113.0/24"],
    "allowPublicApi": True,
    "adminGroupIds": [],
    "upgradeChannel": "patch",
    "maintenanceDay": "Saturday",
    "maintenanceHour": 2,
}


def test_nothing_about_a_new_cluster_is_dropped_in_silence_with_an_adopted_one():
    problems = cluster_problems({**ADOPTED, **OF_NEW_CLUSTERS})
    assert [problem.split("'")[1] for problem in problems] == list(OF_NEW_CLUSTERS)
    assert all("has no use with 'adoptCluster'" in problem for problem in problems)


@pytest.mark.parametrize("name", ["adoptCluster", "resourceGroup"])
def test_a_value_that_is_known_later_is_there_nevertheless(name):
    given = without("location") if name == "resourceGroup" else {"gpuPools": [A100], "devicePluginImage": PLUGIN}
    assert cluster_problems(given, {name}) == []
    assert cluster_problems({**given, name: "not looked into/"}, {name}) == []


def test_an_unknown_subnet_or_triton_is_enough():
    assert cluster_problems({**NEW, "outbound": "user-defined"}, {"subnetId", "tritonImage"}) == []


def test_a_value_that_is_wrong_by_itself_hides_nothing_and_adds_nothing():
    given = {**NEW, "podCidr": "10.0.0.0", "systemCount": 0, "clusterPurpose": "prod", "tritonImage": "x"}
    assert [problem.split("'")[1] for problem in cluster_problems(given)] == ["systemCount", "tritonImage", "podCidr"]


def test_all_problems_are_told_at_once():
    told = cluster_problems(
        {
            "location": "West Europe",
            "clusterPurpose": "FastProd",
            "kubernetesVersion": "1.30",
            "gpuPools": [{"name": "GPU", "vmSize": "Standard_NC6s_v3"}, {**A10, "minCount": 9}],
            "tritonImage": TRITON,
            "registryName": "my-registry",
            "tags": {"a": 1},
        }
    )
    assert [problem.split("'")[1] for problem in told] == [
        "location",
        "clusterPurpose",
        "kubernetesVersion",
        "registryName",
        "tags",
        "gpuPools[0].name",
        "gpuPools[0].vmSize",
        "gpuPools[1].minCount",
        "apiAllowedRanges",
        "devicePluginImage",
        "tritonImage",
    ]
