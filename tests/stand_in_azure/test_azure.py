"""What was made is there as in Azure: ids, what Azure adds, what goes with what, and what it refuses later."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from parts.stand_in_azure import StandInAzure

from stand_in_azure.conftest import PLACE, SYSTEM, Asking, Refused, cluster, pool, role
from stand_in_azure.kinds import SUBSCRIPTION
from stand_in_azure.rules_pools import SPOT_TAINT

CLUSTER, POOL, ROLE = "containerservice:ManagedCluster", "containerservice:AgentPool", "authorization:RoleAssignment"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop"
CLUSTER_ID = (
    f"/subscriptions/{SUBSCRIPTION}/resourcegroups/shop/providers/Microsoft.ContainerService/managedClusters/shop"
)


def test_a_cluster_as_azure_answers(asking: Asking) -> None:
    asking.group()
    identity, made = asking.cluster(oidcIssuerProfile={"enabled": True}, kubernetesVersion="1.36")
    assert identity == CLUSTER_ID  # in the very case in which Azure answers
    assert made["provisioningState"] == "Succeeded"
    assert made["currentKubernetesVersion"].startswith("1.36.")
    assert made["nodeResourceGroup"] == "MC_shop_shop_westeurope"
    assert made["fqdn"].endswith(".hcp.westeurope.azmk8s.io")
    assert made["oidcIssuerProfile"]["issuerURL"].startswith("https://westeurope.oic.prod-aks.azure.com/")
    assert {"clientId", "objectId", "resourceId"} == set(made["identityProfile"]["kubeletidentity"])
    assert [one["name"] for one in made["agentPoolProfiles"]] == ["system"]
    assert made["azureApiVersion"] == "2025-09-01"


def test_a_private_cluster_has_no_public_name(asking: Asking) -> None:
    asking.group()
    _, made = asking.cluster(apiServerAccessProfile={"enablePrivateCluster": True})
    assert "fqdn" not in made
    assert made["privateFQDN"]


def test_a_registry_is_the_local_one(shop: Mapping[str, str], azure: StandInAzure) -> None:
    assert azure.resources()[shop["registry"]]["loginServer"] == "127.0.0.1:5000"


def test_identities_are_given_as_a_list_and_answered_as_a_map(asking: Asking) -> None:
    asking.group()
    own, told = asking.identity()
    _, made = asking.cluster(identity={"type": "UserAssigned", "userAssignedIdentities": [own]})
    known = {"clientId": told["clientId"], "principalId": told["principalId"]}
    assert made["identity"]["userAssignedIdentities"] == {own: known}


@pytest.mark.usefixtures("shop")
def test_azure_marks_spot_nodes_and_then_wants_the_mark(asking: Asking) -> None:
    identity, made = asking.pool(scaleSetPriority="Spot")
    assert made["nodeTaints"] == [SPOT_TAINT]
    with pytest.raises(Refused, match=r"PropertyChangeNotAllowed.*properties\.nodeTaints"):
        asking.update(POOL, identity, **pool(scaleSetPriority="Spot", maxCount=2))
    asking.update(POOL, identity, **pool(scaleSetPriority="Spot", maxCount=2, nodeTaints=[SPOT_TAINT]))


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("changed", [{"maxPods": 50}, {"osDiskType": "Ephemeral"}, {"availabilityZones": ["1"]}])
def test_what_azure_does_not_change(asking: Asking, changed: dict[str, object]) -> None:
    identity, _ = asking.pool()
    with pytest.raises(Refused, match='Status=400 Code="PropertyChangeNotAllowed"'):
        asking.update(POOL, identity, **pool(**changed))


def test_pools_of_a_cluster_are_one_list_whoever_made_them(asking: Asking, shop: Mapping[str, str]) -> None:
    asking.pool()
    told = asking.update(CLUSTER, shop["cluster"], **cluster(tags={"team": "shop"}))
    assert [one["name"] for one in told["agentPoolProfiles"]] == ["system", "gpu"]
    added = [SYSTEM, {**SYSTEM, "name": "more"}]
    with pytest.raises(Refused, match="A new agent pool was introduced"):
        asking.update(CLUSTER, shop["cluster"], **cluster(agentPoolProfiles=added))


@pytest.mark.usefixtures("shop")
def test_an_autoscaler_that_was_at_work_is_not_undone(asking: Asking, azure: StandInAzure) -> None:
    identity, _ = asking.pool(maxCount=3)
    azure.change(identity, count=2)
    assert asking.update(POOL, identity, **pool(maxCount=4))["count"] == 2


def test_the_last_system_pool_stays(asking: Asking, shop: Mapping[str, str]) -> None:
    asking.pool()
    asking.delete(POOL, f"{shop['cluster']}/agentPools/gpu")
    with pytest.raises(Refused, match="at least one system agent pool"):
        asking.delete(POOL, f"{shop['cluster']}/agentPools/system")


def test_kubernetes_goes_up_one_step_at_a_time(asking: Asking) -> None:
    asking.group()
    identity, _ = asking.cluster(kubernetesVersion="1.34")
    with pytest.raises(Refused, match="OperationNotAllowed"):
        asking.update(CLUSTER, identity, **cluster(kubernetesVersion="1.36"))
    assert asking.update(CLUSTER, identity, **cluster(kubernetesVersion="1.35"))["kubernetesVersion"] == "1.35"
    with pytest.raises(Refused, match="OperationNotAllowed"):
        asking.update(CLUSTER, identity, **cluster(kubernetesVersion="1.34"))


def test_a_role_may_go_to_a_clusters_own_kubelet_and_goes_with_its_scope(
    asking: Asking, azure: StandInAzure, shop: Mapping[str, str]
) -> None:
    kubelet = azure.resources()[shop["cluster"]]["identityProfile"]["kubeletidentity"]["objectId"]
    identity, made = asking.make(ROLE, **role(shop["registry"], kubelet))
    assert made["scope"] == shop["registry"]
    asking.delete("containerregistry:Registry", shop["registry"])
    assert identity not in azure.resources()


def test_a_group_goes_with_all_that_is_in_it(asking: Asking, azure: StandInAzure, shop: Mapping[str, str]) -> None:
    asking.delete("resources:ResourceGroup", shop["group"])
    assert azure.resources() == {}


def test_what_is_there_is_not_taken_over(asking: Asking, shop: Mapping[str, str]) -> None:
    with pytest.raises(Refused, match=f"cannot create already existing resource '{shop['cluster']}'"):
        asking.cluster()


def test_what_is_gone_is_not_read_and_may_be_deleted_again(asking: Asking, shop: Mapping[str, str]) -> None:
    asking.delete(CLUSTER, shop["cluster"])
    asking.delete(CLUSTER, shop["cluster"])
    assert asking.read(CLUSTER, shop["cluster"], {}, {})[0] == ""


def test_a_subnet_that_somebody_else_made(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    subnet = f"{GROUP_ID}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"
    azure.have(subnet)
    asking.cluster(agentPoolProfiles=[{**SYSTEM, "vnetSubnetID": subnet}])


def test_a_cluster_that_somebody_else_made_is_known(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    told = {"dnsPrefix": "shop", "kubernetesVersion": "1.35", "agentPoolProfiles": [SYSTEM]}
    azure.have(CLUSTER_ID, location="westeurope", properties=told)
    asking.pool()
    found = asking.invoke(
        "azure-native:containerservice:getManagedCluster", resourceGroupName="shop", resourceName="shop"
    )
    assert found["kubernetesVersion"] == "1.35"
    assert [one["name"] for one in found["agentPoolProfiles"]] == ["system", "gpu"]
    assert found["fqdn"].endswith("azmk8s.io")


@pytest.mark.usefixtures("shop")
def test_maintenance(asking: Asking) -> None:
    told = {"resourceGroupName": "shop", "resourceName": "shop", "configName": "aksManagedAutoUpgradeSchedule"}
    weekly = {"weekly": {"dayOfWeek": "Saturday", "intervalWeeks": 1}}
    window = {"durationHours": 4, "startTime": "02:00", "utcOffset": "+00:00", "schedule": weekly}
    token = "containerservice:MaintenanceConfiguration"  # noqa: S105
    asking.make(token, **told, maintenanceWindow=window)
    with pytest.raises(Refused, match="takes maintenanceWindow"):
        asking.make(token, **{**told, "configName": "aksManagedNodeOSUpgradeSchedule"})
    with pytest.raises(Refused, match="must be one of default"):
        asking.make(token, **{**told, "configName": "weekly"}, maintenanceWindow=window)
    assert asking.check(token, **told, maintenanceWindow={**window, "startTime": "2am"})


class TestFunctions:
    def test_who_is_calling(self, asking: Asking) -> None:
        told = asking.invoke("azure-native:authorization:getClientConfig")
        assert told["subscriptionId"] == SUBSCRIPTION
        assert {"clientId", "objectId", "tenantId"} < set(told)

    def test_the_kubeconfig_of_the_local_cluster(self, tmp_path: Path, azure: StandInAzure, asking: Asking) -> None:
        asking.group()
        asking.cluster()
        file = tmp_path / "kubeconfig"
        file.write_text("a kubeconfig")
        azure.stand_for(kubeconfig=file)
        token = "azure-native:containerservice:listManagedClusterUserCredentials"  # noqa: S105
        told = asking.invoke(token, resourceGroupName="shop", resourceName="shop")
        assert base64.b64decode(told["kubeconfigs"][0]["value"]) == b"a kubeconfig"
        assert "kubeconfig" not in (azure.folder / "calls.jsonl").read_text()

    def test_no_static_key_where_local_accounts_are_off(self, asking: Asking) -> None:
        asking.group()
        asking.cluster(disableLocalAccounts=True, aadProfile={"managed": True})
        with pytest.raises(Refused, match="Getting static credential is not allowed"):
            asking.invoke(
                "azure-native:containerservice:listManagedClusterAdminCredentials",
                resourceGroupName="shop",
                resourceName="shop",
            )

    @pytest.mark.parametrize(
        ("token", "given", "found"),
        [
            ("containerregistry:getRegistry", {"registryName": "shopimages"}, {"loginServer": "127.0.0.1:5000"}),
            ("resources:getResourceGroup", {}, {"location": "westeurope"}),
            ("containerservice:getAgentPool", {"resourceName": "shop", "agentPoolName": "system"}, {"mode": "System"}),
        ],
    )
    @pytest.mark.usefixtures("shop")
    def test_a_look(self, asking: Asking, token: str, given: dict[str, str], found: dict[str, str]) -> None:
        told = asking.invoke(f"azure-native:{token}", resourceGroupName="shop", **given)
        assert found.items() <= told.items()

    def test_a_look_at_nothing(self, asking: Asking) -> None:
        with pytest.raises(Refused, match='Status=404 Code="ResourceGroupNotFound"'):
            asking.invoke("azure-native:containerregistry:getRegistry", resourceGroupName="no", registryName="nobody")


def test_what_a_preview_knows(asking: Asking) -> None:
    told = asking.preview(CLUSTER, **cluster(oidcIssuerProfile={"enabled": True}))
    assert told["dnsPrefix"] == "shop"
    assert repr(told["fqdn"]) == repr(told["oidcIssuerProfile"]["issuerURL"]) == "<unknown until deployed>"


def test_a_name_that_a_program_leaves_out_is_made_up(asking: Asking) -> None:
    asking.group()
    identity, made = asking.make("managedidentity:UserAssignedIdentity", **PLACE)
    assert made["name"].startswith("it")
    assert len(made["name"]) > 2
    assert identity.endswith(made["name"])
