"""GpuCluster with a cluster or a registry that is there already: nothing of theirs is declared, so nothing goes."""

import gc
from typing import Any

import pulumi
import pytest
from parts.azure_graph import KUBELETS, SUBSCRIPTION, AzureGraph, cluster_facts, cluster_id, outputs_of, registry_id
from triton_serving import GpuCluster

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.19.0@sha256:" + "0" * 64
SHARED = cluster_id("platform", "shared")
POOL = {"name": "t4", "vm_size": "Standard_NC4as_T4_v3", "max_count": 2}
ADDING = {"adopt_cluster": SHARED, "gpu_pools": [POOL], "device_plugin_image": IMAGE}


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def azure(request) -> AzureGraph:
    graph = AzureGraph(preview=request.param, facts=cluster_facts("platform", "shared"))
    graph.start()
    return graph


def refusal(azure: AzureGraph, given: dict[str, Any]) -> str:
    try:
        azure.deploy(lambda: GpuCluster("gpu", given))
    except Exception as told:
        text = str(told)
    else:
        raise AssertionError("it was not refused")
    # Pulumi leaves futures behind that tell, when they are removed, that nobody asked for their exception. Now, and not
    # while Python compiles a module: Python 3.11 then fails with "AST constructor recursion depth mismatch".
    gc.collect()
    return text


def test_only_what_is_added_is_declared(azure):
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert set(azure.declared) == {
        "gpu",
        "gpu-capacity",
        "gpu-gpu-t4",
        "gpu-entrance",
        "gpu-kubernetes",
        "gpu-device-plugin",
    }
    pool = azure.inputs["gpu-gpu-t4"]
    assert (pool["resourceGroupName"], pool["resourceName"]) == ("platform", "shared")
    assert azure.inputs["gpu-capacity"]["makesCluster"] is False
    asked = azure.inputs["gpu-capacity"]
    assert [one["name"] for one in asked["pools"]] == ["t4"]
    assert (asked["resourceGroup"], asked["grantsRoles"], asked["rolesOn"]) == ("platform", False, [])


def test_what_is_put_into_a_cluster_that_stays_is_taken_out_again(azure):
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert not azure.declared["gpu-device-plugin"].deletedWith


def test_already_the_preview_knows_all_about_it(azure):
    made = azure.deploy(lambda: GpuCluster("gpu", {"adopt_cluster": "shared", "resource_group": "platform"}))
    known, values = outputs_of(
        made.cluster_id, made.location, made.kubernetes_version, made.gpu_pools, made.most_gpus, made.oidc_issuer_url
    )
    pools = {"a100": "Standard_NC24ads_A100_v4"}
    assert (known, values) == (True, [SHARED, "northeurope", "1.35.3", pools, 3, "https://oidc.example/1/"])


def test_pools_that_are_added_and_those_that_are_there_count_together(azure):
    made = azure.deploy(lambda: GpuCluster("gpu", ADDING))
    _, [pools, most] = outputs_of(made.gpu_pools, made.most_gpus)
    assert pools == {"a100": "Standard_NC24ads_A100_v4", "t4": "Standard_NC4as_T4_v3"}
    assert most == 5


def test_a_pool_that_was_added_is_not_counted_twice(azure):
    azure.facts["agentPoolProfiles"].append(
        {"name": "t4", "vmSize": POOL["vm_size"], "count": 1, "maxCount": 2, "enableAutoScaling": True}
    )
    made = azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert outputs_of(made.most_gpus) == (True, [5])


@pytest.mark.parametrize(
    ("given", "on_new", "on"),
    [
        ({"grant_deployer": True}, False, [SHARED]),
        ({"adopt_registry": registry_id("other", "models")}, False, [registry_id("other", "models")]),
        ({"registry_name": "visionserving"}, True, []),
        ({"registry_name": "visionserving", "resource_group": "Platform"}, True, []),
        ({"registry_name": "visionserving", "resource_group": "vision"}, False, []),
    ],
    ids=["in the cluster", "on a registry", "on one that is made", "in the same group", "in another group"],
)
def test_rights_are_looked_for_where_roles_are_given(azure, given, on_new, on):
    azure.deploy(lambda: GpuCluster("gpu", {**ADDING, **given}))
    asked = azure.inputs["gpu-capacity"]
    assert (asked["resourceGroup"], asked["grantsRoles"], asked["rolesOn"]) == ("platform", on_new, on)


def test_an_added_pool_stays_in_its_subnet_whatever_other_pools_come(azure):
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert list(azure.declared["gpu-gpu-t4"].ignoreChanges) == ["count", "vnetSubnetID"]


def test_added_pools_are_in_the_network_of_the_others(azure):
    subnet = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/a/subnets/b"
    azure.facts["agentPoolProfiles"][0]["vnetSubnetID"] = subnet
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert azure.inputs["gpu-gpu-t4"]["vnetSubnetID"] == subnet


def test_in_a_network_of_akss_own_no_subnet_is_named(azure):
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert "vnetSubnetID" not in azure.inputs["gpu-gpu-t4"]


def test_all_that_is_wrong_with_a_cluster_is_told_before_anything_is_made(azure):
    azure.facts.update({"currentKubernetesVersion": "1.31.9", "powerState": {"code": "Stopped"}})
    told = refusal(azure, ADDING)
    assert "1.31.9" in told
    assert "az aks start" in told
    assert set(azure.declared) == {"gpu"}


def test_one_that_is_not_there_is_told_in_azures_words_with_the_way_out(azure):
    function = "containerservice:getManagedCluster"
    azure.refusals[function] = (
        f"invoke of azure-native:{function} failed: invocation of azure-native:{function} returned an error: "
        'Status=404 Code="ResourceNotFound" Message="The Resource was not found."'
    )
    told = refusal(azure, ADDING)
    assert 'Azure does not answer getManagedCluster: Status=404 Code="ResourceNotFound"' in told
    assert "name in 'adoptCluster' one that is there" in told
    assert "invo" not in told


def test_an_update_that_ends_for_another_reason_is_no_trouble_of_azures(azure):
    azure.refusals["containerservice:getManagedCluster"] = "grpc: the client connection is closing"
    told = refusal(azure, ADDING)
    assert "getManagedCluster was not asked any more" in told
    assert "grpc" not in told


def test_an_old_kubernetes_may_be_meant(azure):
    azure.facts["currentKubernetesVersion"] = "1.31.9"
    azure.deploy(lambda: GpuCluster("gpu", {**ADDING, "allow_old_kubernetes": True}))
    assert "gpu-gpu-t4" in azure.declared


def test_a_cluster_of_another_subscription_is_refused_with_the_way_out(azure):
    elsewhere = SHARED.replace(SUBSCRIPTION, "00000000-0000-0000-0000-000000000002")
    assert "azure-native:subscriptionId" in refusal(azure, {**ADDING, "adopt_cluster": elsewhere})


def test_what_weakens_it_is_told_and_no_more(azure, monkeypatch):
    told = []
    monkeypatch.setattr(pulumi, "warn", lambda text, _: told.append(text))
    azure.facts.update({"networkProfile": {}, "disableLocalAccounts": False})
    azure.deploy(lambda: GpuCluster("gpu", ADDING))
    assert ["network policies" in told[0], "local accounts" in told[1], len(told)] == [True, True, 2]


def test_its_nodes_may_pull_from_a_registry_that_is_there(azure):
    made = azure.deploy(lambda: GpuCluster("gpu", {**ADDING, "adopt_registry": registry_id("platform", "models")}))
    assert azure.of_type("azure-native:containerregistry:Registry") == []
    assert azure.of_type("azure-native:authorization:RoleAssignment") == ["gpu-pull"]
    assert azure.inputs["gpu-pull"]["principalId"] == KUBELETS
    assert outputs_of(made.registry_id) == (True, [registry_id("platform", "models")])


def test_a_registry_that_is_made_goes_to_the_clusters_group_and_region(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**ADDING, "registry_name": "visionserving"}))
    registry = azure.inputs["gpu-registry"]
    assert (registry["resourceGroupName"], registry["location"]) == ("platform", "northeurope")


def test_whoever_deploys_gets_a_role_in_it_only_when_asked(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**ADDING, "grant_deployer": True}))
    assert azure.of_type("azure-native:authorization:RoleAssignment") == ["gpu-admin"]


def test_its_id_may_be_known_only_after_another_resource(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**ADDING, "adopt_cluster": pulumi.Output.from_input(SHARED)}))
    assert azure.inputs["gpu-gpu-t4"]["resourceName"] == "shared"
