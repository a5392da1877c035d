"""Which taints of nodes keep a service's pods away."""

import pytest
from parts.cluster_services import service
from triton_serving.plan.kubernetes.service import Resources
from triton_serving.plan.kubernetes.taints import parse, repelled, toleration


@pytest.mark.parametrize(
    ("tolerated", "taint", "away"),
    [
        ("team=vision:NoSchedule", "team=vision:NoSchedule", False),
        ("team=vision:NoSchedule", "team=speech:NoSchedule", True),
        ("team=vision:NoSchedule", "team=vision:NoExecute", True),
        ("team:NoSchedule", "team=vision:NoSchedule", False),
        ("team:NoSchedule", "team:NoSchedule", False),
        ("team:NoSchedule", "other:NoSchedule", True),
        ("team:NoSchedule", "other:PreferNoSchedule", False),
    ],
)
def test_a_taint_keeps_pods_away_unless_it_is_tolerated(tolerated: str, taint: str, away: bool):
    assert bool(repelled([taint], service(tolerated_taints=(tolerated,)))) is away


def test_gpu_nodes_are_open_to_services_with_gpus_only():
    taints = ["nvidia.com/gpu=present:NoExecute", "sku=gpu:NoSchedule"]
    assert repelled(taints, service(resources=Resources(gpus=1))) == []
    assert repelled(taints, service()) == taints


def test_spot_nodes_are_open_to_services_with_gpus_only():
    taints = ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]
    assert repelled(taints, service(resources=Resources(gpus=1))) == []
    assert repelled(taints, service()) == taints


def test_a_toleration_says_no_more_than_the_caller_did():
    assert toleration(parse("team:NoSchedule")) == {"key": "team", "operator": "Exists", "effect": "NoSchedule"}
    assert toleration(parse("team=vision:NoExecute")) == {
        "key": "team",
        "operator": "Equal",
        "value": "vision",
        "effect": "NoExecute",
    }
