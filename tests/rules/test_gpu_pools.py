"""What a pool of GPU nodes may say."""

import pytest
from triton_serving.rules.gpu_pools import node_range, pool_problems

POOL = {"name": "gpu", "vmSize": "Standard_NC24ads_A100_v4"}
PLACE = "gpuPools[0]"


def problems(**changed):
    return list(pool_problems({**POOL, **changed}, PLACE))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"name": "a"},
        {"name": "gpupoola1234"},
        {"count": 0},
        {"minCount": 0, "maxCount": 1000},
        {"minCount": 1},
        {"zones": ["1", "2", "3"]},
        {"zones": []},
        {"taints": []},
        {"taints": ["sku=gpu:NoSchedule", "spare:NoExecute", "example.com/team=vision:PreferNoSchedule"]},
        {"labels": {"team": "vision", "example.com/cost": "", "a.b_c-D": "x.y"}},
        {"spot": True, "spotMaxPrice": 1.25},
        {"migProfile": "MIG1g"},
        {"osDiskGb": 256, "osDisk": "ephemeral"},
        {"osDiskGb": 2048, "osDisk": "managed"},
        {"driver": "none"},
        {"maxPods": 250},
        {"vmSize": "Standard_NV36ads_A10_v5", "driver": "aks"},
    ],
    ids=str,
)
def test_good_pools_pass(changed):
    assert problems(**changed) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "gpu-pool-a"}, "a letter first (got 'gpu-pool-a'); try gpupoola"),
        ({"name": "GPU"}, "try gpu"),
        ({"name": "1gpu"}, "try gpu"),
        ({"name": "a" * 13}, f"try {'a' * 12}"),
        ({"name": ""}, "try gpu"),
        ({"name": 7}, "try gpu"),
        ({"name": None}, "try gpu"),
        ({"name": "system"}, "Kubernetes' own pods"),
        ({"vmSize": "standard_nc24ads_a100_v4"}, "did you mean Standard_NC24ads_A100_v4?"),
        ({"vmSize": "Standard_NC24ads_A100_v5"}, "did you mean Standard_NC24ads_A100_v4?"),
        ({"vmSize": "NC4as_T4_v3"}, "did you mean Standard_NC4as_T4_v3?"),
        ({"vmSize": "Standard_NC6s_v3"}, "was retired on 30 September 2025 (NCv3, Tesla V100); take Standard_NC24"),
        ({"vmSize": "Standard_NV4as_v4"}, "AMD's MI25"),
        ({"vmSize": "Standard_ND96isr_MI300X_v5"}, "AMD's MI300X"),
        ({"vmSize": "Standard_D4ds_v5"}, "and Standard_D4ds_v5 has none; take Standard_NC4as_T4_v3"),
        ({"vmSize": "p3.2xlarge"}, "adopt the cluster"),
        ({"vmSize": None}, "write its name"),
        ({"count": -1}, "from 0 to 1000 (got -1)"),
        ({"count": 1001}, "from 0 to 1000 (got 1001)"),
        ({"count": 1.5}, "got 1.5"),
        ({"count": True}, "got True"),
        ({"maxCount": 0}, "from 1 to 1000"),
        ({"maxCount": 10**9}, "make a second pool"),
        ({"minCount": 2}, ".minCount' must be at most 'maxCount' (got 2 and 1)"),
        ({"minCount": 5, "maxCount": 4}, "got 5 and 4"),
        ({"count": 1, "maxCount": 4}, ".maxCount' has no use with a fixed 'count'"),
        ({"count": 1, "minCount": 0}, ".minCount' has no use with a fixed 'count'"),
        ({"zones": [1]}, "quote the numbers"),
        ({"zones": ["4"]}, "got '4'"),
        ({"zones": ["westeurope-1"]}, "without the region's name"),
        ({"zones": ["1", "1"]}, "must name each once (got '1' twice)"),
        ({"zones": "1"}, "write ['1', '2']"),
        ({"taints": ["sku=gpu"]}, "end it with :NoSchedule"),
        ({"taints": ["sku=gpu:Never"]}, "end it with :NoSchedule"),
        ({"taints": ["a b=c:NoSchedule"]}, "key and value take letters"),
        ({"taints": ["sku=gpu:NoSchedule", "sku=gpu:NoSchedule"]}, "twice"),
        ({"taints": ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]}, "which AKS sets itself"),
        ({"taints": [3]}, "write each as text"),
        ({"labels": {"team": 1}}, "quote numbers"),
        ({"labels": {"a b": "c"}}, "labels of Kubernetes"),
        ({"labels": {"a": "-c"}}, "a sign neither first nor last"),
        ({"labels": {"a": "c" * 64}}, "at most 63"),
        ({"labels": {"kubernetes.azure.com/mode": "user"}}, "which AKS sets itself"),
        ({"labels": {"node.kubernetes.io/x": "y"}}, "which AKS sets itself"),
        ({"labels": {"SkipGPUDriverInstall": "true"}}, "set driver to 'none'"),
        ({"labels": []}, "names with a text each"),
        ({"spot": "yes"}, "true or false"),
        ({"spotMaxPrice": 1}, ".spotMaxPrice' has no use without 'spot'"),
        ({"spot": True, "spotMaxPrice": -1}, "leave it out to pay at most what ordinary nodes cost"),
        ({"spot": True, "spotMaxPrice": 0}, "more than 0"),
        ({"spot": True, "spotMaxPrice": float("nan")}, "dollars an hour"),
        ({"migProfile": "1g.10gb"}, "MIG1g or MIG2g"),
        ({"migProfile": "mig2G"}, "say MIG2g"),
        ({"vmSize": "Standard_NC4as_T4_v3", "migProfile": "MIG1g"}, "is for A100, H100 and H200"),
        ({"vmSize": "Standard_NV36ads_A10_v5", "migProfile": "MIG1g"}, "has A10"),
        ({"osDiskGb": 29}, "from 30 to 2048"),
        ({"osDisk": "Ephemeral"}, "say ephemeral"),
        ({"osDisk": "ssd"}, "ephemeral or managed"),
        ({"osDiskGb": 512, "osDisk": "ephemeral"}, "cannot be ephemeral with 512 GB on Standard_NC24"),
        ({"vmSize": "Standard_NC4as_T4_v3", "osDiskGb": 176, "osDisk": "ephemeral"}, "room for 144 GB"),
        ({"driver": "Install"}, "say aks"),
        ({"driver": "None"}, "say none"),
        ({"vmSize": "Standard_NV36ads_A10_v5", "driver": "none"}, "GRID driver"),
        ({"maxPods": 9}, "from 10 to 250"),
        ({"vmSizes": "x"}, "'gpuPools[0].vmSizes' is not a setting of a pool; did you mean 'vmSize'?"),
    ],
    ids=str,
)
def test_bad_values_are_told_with_their_place_and_a_way_out(changed, told):
    found = problems(**changed)
    assert len(found) == 1
    assert found[0].startswith("'gpuPools[0].")
    assert told in found[0]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"zones": ["1", "4", 2, "1"]}, ["got '4'", "got 2", "got '1' twice"]),
        ({"taints": ["sku=gpu", "spare:NoExecute", 3]}, ["got 'sku=gpu'", "got 3"]),
        ({"labels": {"a b": "c", "team": "vision", "k8s.io/x": "y"}}, ["got 'a b: c'", "got 'k8s.io/x'"]),
    ],
    ids=str,
)
def test_all_wrong_entries_of_a_list_are_told_at_once(changed, told):
    (problem,) = problems(**changed)
    assert [entry for entry in told if entry in problem] == told
    assert problem.count("got ") == len(told)


def test_a_pool_needs_a_name_and_a_size():
    assert [problem.split("'")[1] for problem in pool_problems({}, PLACE)] == ["gpuPools[0].name", "gpuPools[0].vmSize"]
    assert "write name: gpu" in next(pool_problems("gpu", PLACE))


def test_all_mistakes_of_a_pool_are_told_at_once():
    assert len(problems(name="A", vmSize="x", count=-1, zones=3, spot=1, osDisk="x", driver="x", maxPods=1)) == 8


def test_a_wrong_count_is_not_compared():
    assert len(problems(minCount=3, maxCount="many")) == 1


def test_a_pool_scales_from_none_to_one_unless_it_says_otherwise():
    assert node_range(POOL) == (0, 1)
    assert node_range({"count": 3.0}) == (3, 3)
    assert node_range({"minCount": 1, "maxCount": 4}) == (1, 4)
