"""The real engine and pulumi-azure-native's own package before the stand-in: a cluster from nothing, and to nothing."""

import json
from pathlib import Path

import pytest
from parts.engine import PythonProgram
from parts.stand_in_azure import StandInAzure

PROGRAM = """
import pulumi
import pulumi_azure_native as azure

config = pulumi.Config()
place = {"location": "westeurope"}
group = azure.resources.ResourceGroup("group", resource_group_name="shop", **place)
place["resource_group_name"] = group.name
identity = azure.managedidentity.UserAssignedIdentity("identity", resource_name_="shop-identity", **place)
registry = azure.containerregistry.Registry("registry", registry_name="shopimages", sku={"name": "Basic"}, **place)
cluster = azure.containerservice.ManagedCluster(
    "cluster",
    resource_name_="shop",
    dns_prefix="shop",
    identity={"type": "UserAssigned", "user_assigned_identities": [identity.id]},
    oidc_issuer_profile={"enabled": True},
    agent_pool_profiles=[{"name": "system", "mode": "System", "count": 1, "vm_size": "Standard_D4ds_v5"}],
    **place,
    opts=pulumi.ResourceOptions(ignore_changes=["agentPoolProfiles"]),
)
pool = azure.containerservice.AgentPool(
    "pool",
    agent_pool_name="gpu",
    resource_name_=cluster.name,
    resource_group_name=group.name,
    vm_size=config.get("size") or "Standard_NC24ads_A100_v4",
    enable_auto_scaling=True,
    min_count=0,
    max_count=config.get_int("most") or 1,
    opts=pulumi.ResourceOptions(ignore_changes=["count"]),
)
role = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
azure.authorization.RoleAssignment(
    "pull",
    role_assignment_name="0f3f7a51-6e8c-4f0f-9f10-4f1d6a7c0001",
    scope=registry.id,
    principal_id=cluster.identity_profile.apply(lambda profile: profile["kubeletidentity"].object_id),
    principal_type="ServicePrincipal",
    role_definition_id=f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
)
pulumi.export("cluster", cluster.id)
pulumi.export("issuer", cluster.oidc_issuer_profile.issuer_url)
pulumi.export("server", registry.login_server)
pulumi.export("version", cluster.current_kubernetes_version)
"""
CREATED = ["AgentPool", "ManagedCluster", "Registry", "ResourceGroup", "RoleAssignment", "UserAssignedIdentity"]
POOL = "AgentPool"


@pytest.fixture
def azure(tmp_path: Path) -> StandInAzure:
    return StandInAzure(tmp_path / "azure", registry="127.0.0.1:5000")


@pytest.fixture
def stack(tmp_path: Path, azure: StandInAzure) -> PythonProgram:
    made = PythonProgram(tmp_path).make(PROGRAM)
    azure.link(tmp_path / "home")
    made.environ.update(azure.environment())
    return made


def test_from_nothing_to_nothing(stack: PythonProgram, azure: StandInAzure) -> None:
    stack.up().fine()
    assert sorted(call["kind"] for call in azure.calls()) == CREATED
    told = stack.outputs()
    assert told["server"] == "127.0.0.1:5000"
    assert told["issuer"].startswith("https://westeurope.oic.prod-aks.azure.com/")
    assert told["version"].startswith("1.")
    assert told["cluster"] in azure.resources()

    made = azure.calls_made
    assert "7 unchanged" in stack.up().fine().out
    assert azure.calls_made == made  # who changes nothing asks nothing

    pool = f"{told['cluster']}/agentPools/gpu"
    azure.change(pool, count=1)  # the autoscaler at work
    stack.refresh().fine()
    stack.preview("--expect-no-changes").fine()

    made = azure.calls_made
    stack.pulumi("config", "set", "most", "2").fine()
    stack.up().fine()
    assert _written(azure, made) == [("update", POOL)]
    assert (azure.resources()[pool]["maxCount"], azure.resources()[pool]["count"]) == (2, 1)

    made = azure.calls_made
    stack.pulumi("config", "set", "size", "Standard_NC4as_T4_v3").fine()
    stack.up().fine()
    assert _written(azure, made) == [("delete", POOL), ("create", POOL)]

    stack.destroy().fine()
    assert azure.resources() == {}


def test_trouble_that_passes_and_trouble_half_way(stack: PythonProgram, azure: StandInAzure) -> None:
    azure.fail("TooManyRequests", kind="Registry", times=2, retry_after=10)
    azure.fail("AllocationFailed", kind=POOL)
    stack.up().refused('Code="AllocationFailed"')
    assert [call["status"] for call in azure.calls() if call["kind"] == "Registry"] == [429, 429, 200]
    assert stack.resource(POOL)["initErrors"]
    stack.up().fine()
    assert stack.resource(POOL)["outputs"]["provisioningState"] == "Succeeded"
    assert "7 unchanged" in stack.up().fine().out


def test_a_destruction_that_failed_goes_on(stack: PythonProgram, azure: StandInAzure) -> None:
    stack.up().fine()
    for kind in (POOL, "ManagedCluster"):
        azure.fail("AuthorizationFailed", operation="delete", kind=kind)
        stack.destroy().refused('Code="AuthorizationFailed"')
    stack.destroy().fine()
    assert azure.resources() == {}


def test_a_cluster_that_vanished(stack: PythonProgram, azure: StandInAzure) -> None:
    stack.up().fine()
    azure.vanish(stack.outputs()["cluster"])
    stack.destroy().fine()
    assert azure.resources() == {}


def test_giving_up_while_azure_is_at_it(stack: PythonProgram, azure: StandInAzure) -> None:
    azure.delay(120, kind="ManagedCluster")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: any("managedClusters" in identity for identity in azure.resources()))
    running.press_ctrl_c()
    assert running.outcome().code != 0
    assert stack.locks == []
    assert "pending_operations" not in json.loads(stack.export())["deployment"]
    assert stack.resource("ManagedCluster")["initErrors"]
    stack.up().fine()
    stack.destroy().fine()
    assert azure.resources() == {}


def test_a_machine_that_went_down_while_azure_was_at_it(stack: PythonProgram, azure: StandInAzure) -> None:
    """What Pulumi had not noted is nobody's. Whoever removes it in Azure can go on; to import it would replace it for
    what Azure had filled in (pulumi-azure-native's issue 4401)."""
    azure.delay(120, kind="ManagedCluster")
    running = stack.start("up", "--yes", "--skip-preview")
    running.until(lambda: any("managedClusters" in identity for identity in azure.resources()))
    running.until(lambda: "Registry" in _noted(stack))  # made at the same time, and nobody's until then
    running.kill()
    stack.pulumi("cancel", "--yes").fine()
    stack.up().refused("cannot create already existing resource")
    azure.vanish(next(identity for identity in azure.resources() if identity.endswith("managedClusters/shop")))
    assert "pending operations" in stack.up().fine().text
    stack.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates").fine()
    assert "pending operations" not in stack.up("--expect-no-changes").fine().text
    stack.destroy().fine()
    assert azure.resources() == {}


def test_another_subscription(stack: PythonProgram) -> None:
    stack.pulumi("config", "set", "azure-native:subscriptionId", "00000000-0000-4000-8000-00000000dead").fine()
    stack.up().refused('Code="SubscriptionNotFound"')


def test_what_is_wrong_is_told_at_preview(stack: PythonProgram, azure: StandInAzure) -> None:
    wrong = PROGRAM.replace('agent_pool_name="gpu"', 'agent_pool_name="GPU", node_taints=["sku=gpu"], mode="Gpu"')
    (stack.project / "__main__.py").write_text(wrong)
    stack.preview().refused("'agentPoolName' does not match expression", "'mode' is 'Gpu', and must be one of")
    assert azure.resources() == {}


def _noted(stack: PythonProgram) -> set[str]:
    """The kinds of what Pulumi knows to be there, while it is at it."""
    resources = json.loads(stack.state_file.read_text())["checkpoint"]["latest"].get("resources", [])
    return {one["type"].rpartition(":")[2] for one in resources if "id" in one}


def _written(azure: StandInAzure, after: int) -> list[tuple[str, str]]:
    """What was asked of Azure after a call, looks aside."""
    calls = [call for call in azure.calls() if call["call"] > after and call["operation"] != "read"]
    return [(call["operation"], call["kind"]) for call in calls]
