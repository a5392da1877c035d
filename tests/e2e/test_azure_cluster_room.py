"""GpuCluster asks Azure for room and rights before it makes anything, by both of Azure's interfaces: real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parts.azure_graph import KUBECONFIG
from parts.azure_manager import SUBSCRIPTION, AzureManager
from parts.engine import YamlProgram
from parts.identity_endpoint import IdentityEndpoint
from parts.stand_in_azure import StandInAzure

HOME = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
REGISTRY = f"{HOME}/platform/providers/Microsoft.ContainerRegistry/registries/models"
SUBNET = f"{HOME}/platform/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
SHARED = f"{HOME}/platform/providers/Microsoft.ContainerService/managedClusters/shared"
CLUSTER: dict[str, Any] = {
    "properties": {
        "servicePrincipalProfile": {"clientId": "11111111-2222-3333-4444-555555555555"},
        "dnsPrefix": "shared",
        "kubernetesVersion": "1.36",
        "agentPoolProfiles": [{"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4ds_v5"}],
    },
}
NEW: dict[str, Any] = {
    "location": "westeurope",
    "gpuPools": [{"name": "t4", "vmSize": "Standard_NC4as_T4_v3"}],
    "devicePluginInstalled": True,
    "allowPublicApi": True,
    "adoptRegistry": REGISTRY,
    "subnetId": SUBNET,
    "grantDeployer": False,
}


ALL = {"actions": ["*"], "notActions": []}
READER = {"actions": ["*/read"], "notActions": []}
CONTRIBUTOR = {"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}


@pytest.fixture
def identity() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def manager(identity: IdentityEndpoint) -> Iterator[AzureManager]:
    with AzureManager(identity) as manager:
        manager.groups.add("platform")
        manager.rights_on = {REGISTRY: [ALL], SUBNET: [ALL], SHARED: [ALL]}
        yield manager


@pytest.fixture
def azure(tmp_path: Path) -> StandInAzure:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    made = StandInAzure(tmp_path / "azure", kubeconfig=kubeconfig)
    made.have(f"{HOME}/platform", location="westeurope")
    made.have(REGISTRY, location="westeurope", sku={"name": "Standard"}, properties={})
    made.have(SUBNET, properties={"addressPrefix": "10.1.0.0/16"})
    return made


@pytest.fixture
def program(tmp_path: Path, azure: StandInAzure, manager: AzureManager, identity: IdentityEndpoint) -> YamlProgram:
    made = YamlProgram(tmp_path).make()
    made.environ |= azure.environment() | manager.environment() | identity.environment()
    azure.link(tmp_path / "home")
    declare(made, NEW)
    return made


def declare(program: YamlProgram, given: dict[str, Any]) -> None:
    program.write({"resources": {"gpu": {"type": "triton-serving:index:GpuCluster", "properties": given}}})


def test_room_and_rights_for_a_new_cluster_are_asked_for(program: YamlProgram, manager: AzureManager) -> None:
    told = program.preview().fine().text
    assert "4 vCPUs wanted of Standard NCASv3_T4 Family vCPUs, 8 left" in told
    asked = {
        path.partition("/providers/Microsoft.Authorization/")[0] for path in manager.asked if "permissions" in path
    }
    assert asked == {f"/subscriptions/{SUBSCRIPTION}", REGISTRY, SUBNET}


def test_roles_on_what_is_there_take_rights_there(program: YamlProgram, manager: AzureManager) -> None:
    manager.rights = [CONTRIBUTOR]
    program.preview().fine()  # nothing that is made gets a role
    manager.rights_on[SUBNET] = [READER]
    del manager.rights_on[REGISTRY]
    program.preview().refused(
        "allowed Microsoft.Authorization/roleAssignments/write on 'nodes'", "Role Based Access Control Administrator",
        "must be there, as roles are given on it (ResourceNotFound)",
    )  # fmt: skip
    declare(program, NEW | {"grantDeployer": True})
    program.preview().refused("allowed Microsoft.Authorization/roleAssignments/write in the subscription")


def test_pools_and_roles_in_an_adopted_cluster_take_rights_there(
    program: YamlProgram, manager: AzureManager, azure: StandInAzure
) -> None:
    azure.have(SHARED, location="westeurope", **CLUSTER)
    given = {key: NEW[key] for key in ("gpuPools", "devicePluginInstalled")} | {"adoptCluster": SHARED}
    declare(program, given | {"grantDeployer": True})
    manager.registered["Microsoft.Network"] = "NotRegistered"  # a cluster that is there has its network
    program.preview().fine()
    manager.rights, manager.rights_on[SHARED] = [READER], [CONTRIBUTOR]
    program.preview().refused("agentPools/write in the resource group 'platform'", "roleAssignments/write on 'shared'")
    declare(program, given)
    manager.rights = [CONTRIBUTOR]
    program.preview().fine()
