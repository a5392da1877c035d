"""How much: GPU sizes, replicas, and the GPU-hours of a stack."""

from dataclasses import replace

import pytest
from parts.policy_rules import judged, judged_resource
from triton_policies.kinds import AUTOSCALER, CLUSTER, NODE_POOL, WEBSERVICE
from triton_policies.rule import UNKNOWN, Resource
from triton_serving.rules.azure_gpu_sizes import SIZES

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ONE_GPU, FOUR_GPUS, A_THIRD = "Standard_NC24ads_A100_v4", "Standard_NC64as_T4_v3", "Standard_NV12ads_A10_v5"


def pool(name, size, **given):
    return Resource(NODE_POOL, name, {"vmSize": size, **given})


@pytest.mark.parametrize("size", [*SIZES, "Standard_D4ds_v5", UNKNOWN])
def test_sizes_that_serve_and_sizes_without_gpus_pass(size):
    assert judged("gpu-sizes", NODE_POOL, {"vmSize": size}) == []
    assert judged("gpu-sizes", CLUSTER, {"agentPoolProfiles": [{"vmSize": size}]}) == []


def test_a_size_that_is_gone_is_refused_with_one_that_serves():
    (told,) = judged("gpu-sizes", NODE_POOL, {"vmSize": "Standard_NC6s_v3"})
    assert "retired" in told
    assert told.endswith(f"take {ONE_GPU}")


def test_a_misspelt_size_is_refused_with_the_nearest():
    (told,) = judged("gpu-sizes", CLUSTER, {"agentPoolProfiles": [{}, {"vmSize": "Standard_NC24ads_A100_v5"}]})
    assert told.startswith("'agentPoolProfiles[1].vmSize'")
    assert ONE_GPU in told


def test_the_platform_team_chooses_among_the_sizes():
    allowed = ["Standard_NC4as_T4_v3", FOUR_GPUS]
    assert judged("gpu-sizes", NODE_POOL, {"vmSize": FOUR_GPUS}, allowed=allowed) == []
    assert judged("gpu-sizes", NODE_POOL, {"vmSize": "Standard_D4ds_v5"}, allowed=allowed) == []
    (told,) = judged("gpu-sizes", NODE_POOL, {"vmSize": ONE_GPU}, allowed=allowed)
    assert f"must be Standard_NC4as_T4_v3 or {FOUR_GPUS}" in told


def test_a_size_that_the_platform_team_names_need_not_be_known_here():
    new = "Standard_NC999_X1_v9"
    assert judged("gpu-sizes", NODE_POOL, {"vmSize": new}) != []
    assert judged("gpu-sizes", NODE_POOL, {"vmSize": new}, allowed=[new]) == []


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (WEBSERVICE, {}),
        (WEBSERVICE, {"numReplicas": 10, "autoscaleMaxReplicas": UNKNOWN}),
        (DEPLOYMENT, {"spec": {"replicas": 10}}),
        (AUTOSCALER, {"spec": {"maxReplicas": 10}}),
    ],
)
def test_ten_replicas_pass(kind, given):
    assert judged("max-replicas", kind, given) == []


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        (WEBSERVICE, {"numReplicas": 11}, "numReplicas"),
        (WEBSERVICE, {"autoscaleMaxReplicas": 11}, "autoscaleMaxReplicas"),
        (DEPLOYMENT, {"spec": {"replicas": 11}}, "spec.replicas"),
        (AUTOSCALER, {"spec": {"maxReplicas": 11}}, "spec.maxReplicas"),
    ],
)
def test_more_replicas_are_refused_unless_they_are_allowed(kind, given, field):
    (told,) = judged("max-replicas", kind, given)
    assert told.startswith(f"'{field}' must be at most 10 (got 11)")
    assert judged("max-replicas", kind, given, maximum=11) == []


@pytest.mark.parametrize(
    "pools",
    [
        [pool("a", "Standard_D4ds_v5", count=100)],
        [pool("a", ONE_GPU, count=8)],
        [pool("a", ONE_GPU, count=40, enableAutoScaling=True, minCount=0, maxCount=8)],
        [pool("a", A_THIRD, count=24)],
        [pool("a", ONE_GPU, count=UNKNOWN), pool("b", UNKNOWN, count=9), pool("c", ONE_GPU, count=8)],
        [pool("a", ONE_GPU, count=9), pool("b", "Standard_D4ds_v5", count=1)],  # told of a already, as it was shown
    ],
)
def test_eight_gpus_all_month_pass(pools):
    *beside, last = pools
    assert judged_resource("gpu-hours", replace(last, beside=beside)) == []


def test_pools_of_a_stack_are_counted_together_and_at_their_largest():
    beside = [
        pool("small", A_THIRD, count=1),
        Resource(CLUSTER, "cluster", {"agentPoolProfiles": [{"vmSize": ONE_GPU, "count": 1}]}),
    ]
    large = replace(pool("large", FOUR_GPUS, count=0, enableAutoScaling=True, maxCount=1), beside=beside)
    (told,) = judged_resource("gpu-hours", large, maximum=2920)
    assert "at most 2920 GPU-hours a month (got 3893.33, with GPUs of cluster 1, large 4, small 0.333333 for" in told
    assert judged_resource("gpu-hours", large, maximum=3894) == []
