"""What is wrong is refused as Azure refuses it: by its models when Pulumi checks, by its rules when it makes."""

from collections.abc import Mapping
from typing import Any

import pytest
from parts.stand_in_azure import StandInAzure

from stand_in_azure.conftest import PLACE, SYSTEM, Asking, Refused, cluster, pool, role

CLUSTER, POOL = "containerservice:ManagedCluster", "containerservice:AgentPool"
SPOT = {"scaleSetPriority": "Spot"}


@pytest.mark.parametrize(
    ("token", "given", "reason"),
    [
        (POOL, pool(gpus=1), "'gpus' is no property of AgentPool"),
        (POOL, pool(vmsize="x"), "'vmsize' is no property of AgentPool"),
        (POOL, pool(provisioningState="Succeeded"), "'provisioningState' is read-only"),
        (POOL, pool(osSKU="Debian"), "'osSKU' is 'Debian', and must be one of"),
        (POOL, pool(gpuInstanceProfile="MIG8g"), "'gpuInstanceProfile' is 'MIG8g', and must be one of"),
        (POOL, pool(maxCount="1"), "'maxCount' should be of type 'int' but is a string"),
        (POOL, pool(maxCount=1.5), "'maxCount' should be of type 'int' but is a number"),
        (POOL, pool(enableAutoScaling=1), "'enableAutoScaling' should be of type 'bool' but is a number"),
        (POOL, pool(nodeTaints="sku=gpu:NoSchedule"), "'nodeTaints' should be a list but is a string"),
        (POOL, pool(nodeLabels=["team"]), "'nodeLabels' should be a map but is a list"),
        (POOL, pool(nodeLabels={"team": 3}), "'nodeLabels['team']' should be of type 'str' but is a number"),
        (POOL, pool(agentPoolName="GPU"), "'agentPoolName' does not match expression '^[a-z][a-z0-9]{0,11}$'"),
        (POOL, pool(agentPoolName="gpupoolnumber1"), "'agentPoolName' is too long (14): at most 12"),
        (POOL, pool(osDiskSizeGB=4096), "'osDiskSizeGB' is too high (4096 > 2048)"),
        (POOL, pool(gpuProfile={"driverType": "CUDA"}), "'gpuProfile.driverType' is no property of GPUProfile"),
        (POOL, {"agentPoolName": "gpu"}, "missing required property 'resourceGroupName'"),
        (CLUSTER, cluster(fqdn="shop.example.com"), "'fqdn' is read-only"),
        (CLUSTER, cluster(networkProfile={"networkPolicy": "weave"}), "'networkProfile.networkPolicy' is 'weave'"),
        (
            CLUSTER,
            cluster(agentPoolProfiles=[{"mode": "System"}]),
            "missing required property 'agentPoolProfiles[0].name'",
        ),
        (
            CLUSTER,
            cluster(identity={"type": "SystemAssigned", "principalId": "x"}),
            "'identity.principalId' is read-only",
        ),
        (CLUSTER, cluster(resourceName="-shop"), "'resourceName' does not match expression"),
        (CLUSTER, cluster(location=None), "missing required property 'location'"),
        (CLUSTER, cluster(networkProfile={"podCidr": "10.1"}), "'networkProfile.podCidr' does not match expression"),
        ("containerregistry:Registry", {**PLACE, "registryName": "shop"}, "'registryName' is too short (4)"),
        ("containerregistry:Registry", {**PLACE, "registryName": "shop-images"}, "'registryName' does not match"),
        ("containerregistry:Registry", {**PLACE, "registryName": "shopimages"}, "missing required property 'sku'"),
        ("containerregistry:Registry", {**PLACE, "loginServer": "x"}, "'loginServer' is read-only"),
        ("authorization:RoleAssignment", {"scope": "/x", "principalId": "y"}, "required property 'roleDefinitionId'"),
        ("authorization:RoleAssignment", role("/x", "y", principalType="Robot"), "'principalType' is 'Robot'"),
        ("resources:ResourceGroup", {"resourceGroupName": "a b", "location": "westeurope"}, "does not match"),
        ("managedidentity:UserAssignedIdentity", {**PLACE, "clientId": "x"}, "'clientId' is read-only"),
    ],
)
def test_what_the_models_do_not_allow_is_refused_at_preview(
    asking: Asking, token: str, given: dict[str, Any], reason: str
) -> None:
    assert any(reason in problem for problem in asking.check(token, **given)), asking.check(token, **given)


def test_what_the_models_allow_passes(asking: Asking) -> None:
    assert asking.check(POOL, **pool()) == asking.check(CLUSTER, **cluster()) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"location": "atlantis"}, 'Code="LocationNotAvailableForResourceType"'),
        ({"resourceGroupName": "nowhere"}, 'Code="ResourceGroupNotFound"'),
        ({"agentPoolProfiles": [{**SYSTEM, "mode": "User"}]}, "at least one system pool"),
        ({"agentPoolProfiles": [{**SYSTEM, "count": 0}]}, "count is invalid: must be 1 to 1000"),
        ({"agentPoolProfiles": [{**SYSTEM, "vnetSubnetID": "/subscriptions/x/subnets/y"}]}, 'Code="ResourceNotFound"'),
        ({"kubernetesVersion": "1.29"}, 'Code="K8sVersionNotSupported"'),
        ({"identity": None}, "either an identity or a service principal is required"),
        ({"identity": {"type": "UserAssigned"}}, "exactly with the type UserAssigned"),
        ({"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/nobody"]}}, 'Code="ResourceNotFound"'),
        ({"disableLocalAccounts": True}, "needs a managed aadProfile"),
        ({"securityProfile": {"workloadIdentity": {"enabled": True}}}, "needs oidcIssuerProfile.enabled"),
        ({"securityProfile": {"imageCleaner": {"enabled": True}}}, "must be between 24 and 2160"),
        ({"networkProfile": {"networkPolicy": "cilium"}}, "cilium goes with the data plane cilium"),
        ({"networkProfile": {"podCidr": "10.0.0.0/8"}}, 'Code="ServiceCidrOverlapExistingSubnetsCidr"'),
        ({"networkProfile": {"serviceCidr": "10.9.0.0/16", "dnsServiceIP": "10.0.0.10"}}, "must lie in serviceCidr"),
        ({"networkProfile": {"outboundType": "userDefinedRouting"}}, "needs a subnet of your own"),
        ({"apiServerAccessProfile": {"authorizedIPRanges": ["203.0.113.1/24"]}}, "is no CIDR"),
        ({"tags": {"a<b": "c"}}, 'Code="InvalidTagName"'),
    ],
)
def test_a_cluster_that_azure_does_not_take(asking: Asking, given: dict[str, Any], reason: str) -> None:
    asking.group()
    with pytest.raises(Refused) as refused:
        asking.cluster(**given)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"resourceName": "another"}, 'Code="ResourceNotFound"'),
        ({"vmSize": "NC24"}, "The VM size 'NC24' is not supported"),
        ({"minCount": 2}, "must be 0 to maxCount"),
        ({"maxCount": None}, "minCount and maxCount are required"),
        ({"enableAutoScaling": False}, "not allowed without enableAutoScaling"),
        ({"maxPods": 5}, "must be between 10 and 250"),
        ({"availabilityZones": ["4"]}, 'Code="AvailabilityZoneNotSupported"'),
        ({"nodeTaints": ["gpu"]}, 'Code="InvalidTaint"'),
        ({"nodeTaints": ["kubernetes.azure.com/mine=1:NoSchedule"]}, "is reserved"),
        ({"nodeLabels": {"kubernetes.azure.com/mine": "1"}}, 'Code="InvalidLabel"'),
        ({**SPOT, "mode": "System", "minCount": 1}, "a system pool cannot be made of spot nodes"),
        ({**SPOT, "upgradeSettings": {"maxSurge": "10%"}}, "Spot pools can't set max surge"),
        ({"spotMaxPrice": 0.5}, "scaleSetEvictionPolicy and spotMaxPrice need Spot"),
        ({"vmSize": "Standard_NC4as_T4_v3", "gpuInstanceProfile": "MIG1g"}, "gpuInstanceProfile is invalid"),
        ({"vmSize": "Standard_D4ds_v5", "gpuProfile": {"driver": "None"}}, "gpuProfile is invalid"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_pool_that_azure_does_not_take(asking: Asking, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        asking.pool(**given)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"roleAssignmentName": "pull"}, "is not a valid GUID"),
        (
            {"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/x"},
            'Code="RoleDefinitionDoesNotExist"',
        ),
        ({"principalType": None}, "set the role assignment principalType property"),
        ({"principalId": "0f3f7a51-6e8c-4f0f-9f10-4f1d6a7c0002"}, 'Code="PrincipalNotFound"'),
        ({"scope": "/subscriptions/x/resourceGroups/none"}, 'Code="ResourceGroupNotFound"'),
    ],
)
def test_a_role_that_azure_does_not_give(
    asking: Asking, shop: Mapping[str, str], given: dict[str, Any], reason: str
) -> None:
    _, identity = asking.identity()
    with pytest.raises(Refused) as refused:
        asking.make("authorization:RoleAssignment", **role(shop["registry"], identity["principalId"], **given))
    assert reason in str(refused.value)


def test_the_same_role_under_another_name(asking: Asking, shop: Mapping[str, str]) -> None:
    _, identity = asking.identity()
    given = role(shop["registry"], identity["principalId"])
    asking.make("authorization:RoleAssignment", **given)
    again = {**given, "roleAssignmentName": "0f3f7a51-6e8c-4f0f-9f10-4f1d6a7c0003"}
    with pytest.raises(Refused, match="RoleAssignmentExists"):
        asking.make("authorization:RoleAssignment", **again)


def test_a_registry_whose_name_somebody_else_has(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    azure.take_name("shopimages")
    with pytest.raises(Refused, match='Status=409 Code="AlreadyInUse"'):
        asking.registry()


def test_a_registry_that_needs_premium(asking: Asking) -> None:
    asking.group()
    with pytest.raises(Refused, match="zoneRedundancy is only supported for Premium"):
        asking.registry(zoneRedundancy="Enabled")


def test_a_kubelet_identity_without_the_right_to_hand_it_out(asking: Asking) -> None:
    asking.group()
    (own, _), (kubelet, _) = asking.identity("shop-control"), asking.identity("shop-kubelet")
    with pytest.raises(Refused, match="Managed Identity Operator"):
        asking.cluster(
            identity={"type": "UserAssigned", "userAssignedIdentities": [own]},
            identityProfile={"kubeletidentity": {"resourceId": kubelet}},
        )


def test_another_subscription(asking: Asking) -> None:
    asking.configure(subscriptionId="0f3f7a51-6e8c-4f0f-9f10-4f1d6a7c0009")
    with pytest.raises(Refused, match='Code="SubscriptionNotFound"'):
        asking.group()


def test_what_the_stand_in_does_not_know(asking: Asking) -> None:
    with pytest.raises(Refused, match="does not know the function"):
        asking.invoke("azure-native:storage:getStorageAccount")
    with pytest.raises(Refused, match="takes no resourceId"):
        asking.invoke("azure-native:resources:getResourceGroup", resourceGroupName="shop", resourceId="x")
    with pytest.raises(Refused, match="does not know the resource"):
        asking.update("storage:StorageAccount", "/x")
