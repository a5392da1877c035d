"""Tags, and protection in production."""

import pytest
from parts.policy_rules import judged, judged_together
from triton_policies.kinds import CLUSTER, GPU_CLUSTER, REGISTRY, without_api_version
from triton_policies.rule import UNKNOWN, Resource

TAGS = ["owner", "cost-center"]


def stack(name):
    return Resource("pulumi:pulumi:Stack", f"p-{name}", {}, f"urn:pulumi:{name}::p::pulumi:pulumi:Stack::p-{name}")


@pytest.mark.parametrize(
    "tags", [{"owner": "vision", "cost-center": "12"}, {"owner": UNKNOWN, "cost-center": "12"}, UNKNOWN]
)
def test_tags_that_are_there_pass(tags):
    assert judged("required-tags", CLUSTER, {"tags": tags}, tags=TAGS) == []


@pytest.mark.parametrize("given", [{}, {"tags": {}}, {"tags": {"owner": ""}}])
def test_missing_and_empty_tags_are_refused(given):
    (told,) = judged("required-tags", REGISTRY, given, tags=TAGS)
    assert told.startswith("'tags' must have owner and cost-center")


def test_no_tags_are_required_until_the_platform_team_names_some():
    assert judged("required-tags", CLUSTER, {}) == []


@pytest.mark.parametrize(
    "production", [stack("prod"), stack("production"), Resource(GPU_CLUSTER, "gpus", {"clusterPurpose": "prod"})]
)
def test_what_production_lives_on_is_protected(production):
    unprotected = [Resource(REGISTRY, "images", {}), Resource(CLUSTER, "aks", {})]
    told = judged_together("protected-in-production", production, *unprotected)
    assert [name for name, _ in told] == ["images", "aks"]
    protected = [Resource(one.type, one.name, {}, protected=True) for one in unprotected]
    assert judged_together("protected-in-production", production, *protected) == []


@pytest.mark.parametrize("other", [stack("dev"), Resource(GPU_CLUSTER, "gpus", {"clusterPurpose": "dev"})])
def test_elsewhere_nothing_need_be_protected(other):
    assert judged_together("protected-in-production", other, Resource(REGISTRY, "images", {})) == []


def test_which_stacks_and_what_of_them_can_be_chosen():
    registry = Resource(REGISTRY, "images", {})
    assert judged_together("protected-in-production", stack("live"), registry, stacks=["live"]) != []
    assert judged_together("protected-in-production", stack("prod"), registry, types=[CLUSTER]) == []


@pytest.mark.parametrize(
    "kind",
    [
        CLUSTER,
        "azure-native:containerservice/v20250801:ManagedCluster",
        "azure-native_containerservice_v20250801:containerservice:ManagedCluster",
    ],
)
def test_resources_of_any_version_of_azures_api_are_judged(kind):
    assert without_api_version(kind) == CLUSTER
