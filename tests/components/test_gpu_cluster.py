"""What GpuCluster declares for a cluster that it makes, in previews and in updates."""

import asyncio

import pulumi
import pytest
from parts.azure_graph import DEPLOYER, KUBELETS, SUBSCRIPTION, AzureGraph, cluster_id, outputs_of, registry_id
from triton_serving import GpuCluster

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.19.0@sha256:" + "0" * 64
POOL = {"name": "t4", "vm_size": "Standard_NC4as_T4_v3"}
DEV = {
    "location": "westeurope",
    "registry_name": "visionserving",
    "gpu_pools": [POOL],
    "device_plugin_image": IMAGE,
    "api_allowed_ranges": ["203.0.113.0/24"],
}
SUBNET = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
)


@pytest.fixture
def updating() -> AzureGraph:
    graph = AzureGraph(preview=False)
    graph.start()
    return graph


def test_everything_that_a_cluster_needs_is_declared_as_its_child(azure):
    azure.deploy(lambda: GpuCluster("gpu", DEV))
    assert {name.removeprefix("gpu-"): one.type.rpartition(":")[2] for name, one in azure.declared.items()} == {
        "gpu": "GpuCluster",
        "capacity": "AzureCapacity",
        "group": "ResourceGroup",
        "registry": "Registry",
        "identity": "UserAssignedIdentity",
        "cluster": "ManagedCluster",
        "upgrades": "MaintenanceConfiguration",
        "node-images": "MaintenanceConfiguration",
        "admin": "RoleAssignment",
        "pull": "RoleAssignment",
        "push": "RoleAssignment",
        "delete": "RoleAssignment",
        "gpu-t4": "AgentPool",
        "entrance": "ClusterEntrance",
        "kubernetes": "kubernetes",
        "device-plugin": "DaemonSet",
    }
    assert all(one.parent.endswith("::gpu") for name, one in azure.declared.items() if name != "gpu")


def test_nothing_is_made_before_azure_is_asked_whether_there_is_room(updating):
    updating.deploy(lambda: GpuCluster("gpu", DEV))
    for name, request in updating.declared.items():
        if request.type.startswith("azure-native:"):
            assert "gpu-capacity" in updating.depends(name), name
    asked = updating.inputs["gpu-capacity"]
    assert (asked["subscriptionId"], asked["location"], asked["grantsRoles"]) == (SUBSCRIPTION, "westeurope", True)
    assert [(pool["name"], pool["nodes"]) for pool in asked["pools"]] == [("system", 1), ("t4", 1)]


def test_the_question_for_room_can_be_left_out(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "allow_no_capacity_check": True}))
    assert "gpu-capacity" not in azure.declared


def test_what_goes_last_is_needed_by_what_goes_first(updating):
    """Things are taken away in the opposite order: what runs in the cluster, pools, cluster, registry, group."""
    updating.deploy(lambda: GpuCluster("gpu", {**DEV, "subnet_id": SUBNET}))
    assert "gpu-registry" in updating.depends("gpu-cluster")
    assert "gpu-network" in updating.depends("gpu-cluster")
    for name in ("gpu-gpu-t4", "gpu-upgrades", "gpu-node-images", "gpu-admin", "gpu-pull"):
        assert "gpu-cluster" in updating.depends(name), name
    assert "gpu-gpu-t4" in updating.depends("gpu-device-plugin")
    assert "gpu-group" in updating.depends("gpu-registry")


def test_what_runs_in_the_cluster_goes_with_it_and_pools_are_removed_themselves(updating):
    updating.deploy(lambda: GpuCluster("gpu", DEV))
    assert updating.declared["gpu-device-plugin"].deletedWith.endswith("::gpu-cluster")
    assert not updating.declared["gpu-gpu-t4"].deletedWith


def test_an_old_resource_goes_before_the_new_one_of_the_same_name_comes(azure):
    azure.deploy(lambda: GpuCluster("gpu", DEV))
    ours = [one for one in azure.declared.values() if one.type.startswith("azure-native:")]
    assert all(one.deleteBeforeReplace and one.version == "3.29.0" for one in ours)


@pytest.mark.parametrize(("purpose", "protected"), [("dev", set()), ("prod", {"cluster", "group", "registry"})])
def test_what_holds_data_or_services_is_protected_in_prod(azure, purpose, protected):
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "cluster_purpose": purpose}))
    assert {name.removeprefix("gpu-") for name, one in azure.declared.items() if one.protect} == protected


def test_the_autoscaler_decides_how_many_nodes_there_are_and_updates_do_not_interfere(azure):
    fixed = {"name": "fixed", "vm_size": "Standard_NC4as_T4_v3", "count": 2}
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "gpu_pools": [POOL, fixed]}))
    assert list(azure.declared["gpu-gpu-t4"].ignoreChanges) == ["count"]
    assert list(azure.declared["gpu-gpu-fixed"].ignoreChanges) == []
    assert list(azure.declared["gpu-cluster"].ignoreChanges) == []


def test_a_pool_is_replaced_for_what_azure_does_not_change(azure):
    azure.deploy(lambda: GpuCluster("gpu", DEV))
    assert set(azure.declared["gpu-gpu-t4"].replaceOnChanges) == {
        "availabilityZones",
        "gpuProfile",
        "maxPods",
        "osDiskSizeGB",
        "osDiskType",
        "scaleSetEvictionPolicy",
        "scaleSetPriority",
        "spotMaxPrice",
        "vnetSubnetID",
    }
    assert list(azure.declared["gpu-cluster"].replaceOnChanges) == []


def test_rights_are_looked_for_where_roles_are_given(updating):
    adopted = registry_id("platform", "models")
    given = {**DEV, "adopt_registry": adopted, "subnet_id": SUBNET, "grant_deployer": False}
    del given["registry_name"]
    updating.deploy(lambda: GpuCluster("gpu", given))
    asked = updating.inputs["gpu-capacity"]
    assert (asked["grantsRoles"], asked["rolesOn"], asked["makesCluster"]) == (False, [adopted, SUBNET], True)
    assert "resourceGroup" not in asked


def test_a_channel_that_raises_the_version_is_not_put_back(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "upgrade_channel": "stable", "kubernetes_version": "1.35"}))
    assert "kubernetesVersion" in azure.declared["gpu-cluster"].ignoreChanges
    assert "orchestratorVersion" in azure.declared["gpu-gpu-t4"].ignoreChanges


def test_roles_are_given_to_those_who_need_them_where_they_need_them(updating):
    updating.deploy(lambda: GpuCluster("gpu", {**DEV, "subnet_id": SUBNET}))
    found = {
        name: (given["scope"], given["principalId"], given.get("principalType"))
        for name, given in updating.inputs.items()
        if "roleDefinitionId" in given
    }
    registry = registry_id("gpu", "visionserving")
    assert found == {
        "gpu-admin": (cluster_id("gpu", "gpu"), DEPLOYER, None),
        "gpu-pull": (registry, KUBELETS, "ServicePrincipal"),
        "gpu-push": (registry, DEPLOYER, None),
        "gpu-delete": (registry, DEPLOYER, None),
        "gpu-network": (SUBNET, "00000000-0000-0000-0000-00000000000c", "ServicePrincipal"),
    }


def test_whoever_deploys_gets_no_role_that_he_does_not_want(azure):
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "grant_deployer": False}))
    assert azure.of_type("azure-native:authorization:RoleAssignment") == ["gpu-pull"]


def test_its_outputs_are_what_azure_says_and_unknown_before(azure):
    made = azure.deploy(lambda: GpuCluster("gpu", DEV))
    known, values = outputs_of(made.cluster_id, made.registry_login_server, made.kubernetes_version)
    assert known is not azure.preview
    if not azure.preview:
        assert values == [cluster_id("gpu", "gpu"), "visionserving.azurecr.io", "1.35.3"]
    known, values = outputs_of(made.location, made.gpu_pools, made.most_gpus)
    assert (known, values) == (True, ["westeurope", {"t4": "Standard_NC4as_T4_v3"}, 1])


def test_nothing_that_is_not_there_yet_is_asked_about(azure):
    azure.deploy(lambda: GpuCluster("gpu", DEV))
    functions = {function for function, _ in azure.asked}
    if azure.preview:
        assert functions == {"authorization:getClientConfig"}
    else:
        assert "containerservice:listManagedClusterUserCredentials" in functions


def test_the_kubeconfig_is_a_secret_and_signs_in_by_itself(updating):
    made = updating.deploy(lambda: GpuCluster("gpu", {**DEV, "login": "workloadidentity"}))
    assert updating.is_secret("gpu-entrance", "kubeconfig")
    assert updating.is_secret("gpu-kubernetes", "kubeconfig")
    assert "gpu-admin" in updating.depends("gpu-entrance")
    assert asyncio.get_event_loop().run_until_complete(made.kubeconfig.is_secret())
    _, [text] = outputs_of(made.kubeconfig)
    assert "workloadidentity" in text
    assert "devicecode" not in text
    assert updating.inputs["gpu-kubernetes"]["clusterIdentifier"] == cluster_id("gpu", "gpu")


def test_a_group_that_is_there_is_used_and_says_where(updating):
    given = {key: value for key, value in DEV.items() if key != "location"} | {"resource_group": "vision"}
    updating.deploy(lambda: GpuCluster("gpu", given))
    assert "gpu-group" not in updating.declared
    cluster = updating.inputs["gpu-cluster"]
    assert (cluster["resourceGroupName"], cluster["location"]) == ("vision", "swedencentral")


def test_a_group_may_come_from_another_resource(azure):
    group = pulumi.Output.from_input("vision")
    azure.deploy(lambda: GpuCluster("gpu", {**DEV, "resource_group": group}))
    assert azure.inputs["gpu-cluster"]["resourceGroupName"] == "vision"


def test_without_registry_and_device_plugin_there_are_fewer_parts(azure):
    given = {**DEV, "device_plugin_installed": True}
    del given["registry_name"], given["device_plugin_image"]
    made = azure.deploy(lambda: GpuCluster("gpu", given))
    assert not azure.declared.keys() & {"gpu-registry", "gpu-pull", "gpu-push", "gpu-kubernetes", "gpu-device-plugin"}
    assert outputs_of(made.registry_id, made.registry_login_server) == (True, [None, None])


def test_the_preview_says_what_it_costs(azure, monkeypatch):
    told = []
    monkeypatch.setattr(pulumi, "info", lambda text, resource: told.append((text, resource)))
    made = azure.deploy(lambda: GpuCluster("gpu", {**DEV, "prices": {"Standard_NC4as_T4_v3": 0.5}}))
    _, [line] = outputs_of(made.cost)
    assert "0 to 1 GPU-hours" in line
    assert told == ([(line, made)] if azure.preview else [])


def test_words_of_azure_ml_and_of_aks_are_told_with_what_to_say_instead(azure):
    with pytest.raises(pulumi.RunError) as told:
        azure.deploy(lambda: GpuCluster("gpu", {**DEV, "agent_count": 3, "network_plugin": "kubenet"}))
    words = str(told.value).split("; ")
    assert any(text.startswith("'agent_count' of Azure ML is not taken: say how many nodes") for text in words)
    assert any(text.startswith("'network_plugin' of AKS is not taken") for text in words)
    assert "is not an argument" not in str(told.value)


def test_all_mistakes_are_told_at_once_and_nothing_is_declared(azure):
    wrong = {**DEV, "locaton": "x", "gpu_pools": [{**POOL, "vm_size": "Standard_NC6s_v3"}], "maintenance_hour": 24}
    with pytest.raises(pulumi.RunError) as told:
        azure.deploy(lambda: GpuCluster("gpu", wrong))
    assert "'locaton' is not an argument; did you mean 'location'" in str(told.value)
    assert "'gpuPools[0].vmSize'" in str(told.value)
    assert "'maintenanceHour'" in str(told.value)
    assert azure.declared == {}
