"""What a stack for Azure lacks is told at once, whichever component would miss it."""

import pytest

from .written import STACKS

BY_DIGEST = f"registry.example.com/team/image@sha256:{'a' * 64}"
POOLS = [{"name": "gpu", "vm_size": "Standard_NC4as_T4_v3", "max_count": 1}]
CLUSTER = {
    "cluster_name": "vision",
    "location": "westeurope",
    "registry_name": "visionserving",
    "api_allowed_ranges": ["203.0.113.0/24"],
    "device_plugin_image": BY_DIGEST,
    "gpu_pools": POOLS,
}
SERVICE = {
    "mode": "scoring",
    "entry_script": "score.py",
    "num_replicas": 1,
    "gpu_cores": 1,
    "triton_image": BY_DIGEST,
    "gateway_image": BY_DIGEST,
}


@pytest.fixture
def ahead(monkeypatch):
    monkeypatch.syspath_prepend(STACKS)
    return __import__("ahead")


def test_what_is_good_passes(ahead):
    assert ahead.problems_of_cluster(CLUSTER) == []
    assert list(ahead.problems_of_registry(CLUSTER, {})) == []
    assert list(ahead.problems_of_service(SERVICE, {}, None)) == []


def test_what_a_cluster_lacks_is_told_with_what_is_wrong_in_its_pools(ahead):
    told = ahead.problems_of_cluster({"location": "westeurope", "gpu_pools": [{**POOLS[0], "min_count": 2}]})
    for key in ("apiAllowedRanges", "devicePluginImage", "gpuPools[0].minCount"):
        assert any(problem.startswith(f"'{key}'") for problem in told), key


def test_what_a_service_lacks_is_told_with_what_is_wrong_by_itself(ahead):
    told = list(ahead.problems_of_service({"mode": "scoring", "entry_script": "score.py", "num_replicas": 0}, {}, None))
    assert [problem.split("'")[1] for problem in told] == ["numReplicas", "tritonImage", "gatewayImage"]


def test_an_environment_that_is_not_made_has_to_be_named(ahead):
    (problem,) = ahead.problems_of_service(SERVICE, None, None)
    assert "'environmentImage' is required" in problem


@pytest.mark.parametrize(
    ("cluster", "models"),
    [({"adopt_registry": "/subscriptions/…"}, {}), ({}, {"registry": "registry.example.com/team"})],
)
def test_versions_may_be_kept_in_any_registry(ahead, cluster, models):
    assert list(ahead.problems_of_registry(cluster, models)) == []
    assert len(list(ahead.problems_of_registry({}, {}))) == 1
