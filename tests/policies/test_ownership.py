"""Tags, and protection in production."""

import pytest
from parts.policy_rules import judged, judged_resource
from triton_policies.kinds import CLUSTER, GPU_CLUSTER, REGISTRY, STORAGE_ACCOUNT, without_api_version
from triton_policies.rule import UNKNOWN, Resource

TAGS = ["owner", "cost-center"]


def resource(kind, stack="dev", purpose=None, protected=False):
    parent = Resource(GPU_CLUSTER, "gpus", {"clusterPurpose": purpose}) if purpose else None
    return Resource(kind, "it", {}, f"urn:pulumi:{stack}::project::{kind}::it", protected, parent)


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


@pytest.mark.parametrize("kind", [CLUSTER, REGISTRY, STORAGE_ACCOUNT])
@pytest.mark.parametrize("where", [{"stack": "prod"}, {"stack": "production"}, {"purpose": "prod"}])
def test_what_production_lives_on_is_protected(kind, where):
    (told,) = judged_resource("protected-in-production", resource(kind, **where))
    assert told.startswith("'protect' must be true in production")
    assert judged_resource("protected-in-production", resource(kind, **where, protected=True)) == []


@pytest.mark.parametrize("where", [{}, {"purpose": "dev"}, {"purpose": UNKNOWN}, {"stack": "prod-like"}])
def test_elsewhere_nothing_need_be_protected(where):
    assert judged_resource("protected-in-production", resource(REGISTRY, **where)) == []


def test_which_stacks_are_production_can_be_chosen():
    assert judged_resource("protected-in-production", resource(REGISTRY, "live"), stacks=["live"]) != []
    assert judged_resource("protected-in-production", resource(REGISTRY, "prod"), stacks=["live"]) == []


def test_a_gpu_cluster_itself_is_only_looked_at():
    assert judged_resource("protected-in-production", resource(GPU_CLUSTER, "prod")) == []


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
