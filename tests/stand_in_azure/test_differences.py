"""What replaces a resource, and what a refresh takes over, as in pulumi-azure-native."""

from collections.abc import Mapping
from typing import Any

import pytest
from parts.stand_in_azure import StandInAzure

from stand_in_azure.conftest import Asking, cluster, pool

CLUSTER, POOL = "containerservice:ManagedCluster", "containerservice:AgentPool"


@pytest.mark.parametrize(
    ("token", "olds", "news", "replaced"),
    [
        (POOL, pool(), pool(vmSize="Standard_NC4as_T4_v3"), ["vmSize"]),
        (POOL, pool(), pool(gpuInstanceProfile="MIG1g"), ["gpuInstanceProfile"]),
        (POOL, pool(), pool(agentPoolName="other"), ["agentPoolName"]),
        (POOL, pool(), pool(resourceName="other"), ["resourceName"]),
        (POOL, pool(), pool(maxCount=4), []),
        # Azure will refuse these: pulumi-azure-native does not know so.
        (POOL, pool(), pool(scaleSetPriority="Spot"), []),
        (POOL, pool(), pool(vnetSubnetID="/x"), []),
        (CLUSTER, cluster(), cluster(location="northeurope"), ["location"]),
        (CLUSTER, cluster(), cluster(dnsPrefix="other"), ["dnsPrefix"]),
        (CLUSTER, cluster(), cluster(location="West Europe"), []),
        (CLUSTER, cluster(), cluster(kubernetesVersion="1.36"), []),
        (
            CLUSTER,
            cluster(networkProfile={"podCidr": "10.244.0.0/16", "loadBalancerSku": "standard"}),
            cluster(networkProfile={"podCidr": "10.10.0.0/16", "loadBalancerSku": "basic"}),
            ["networkProfile.podCidr"],
        ),
        ("authorization:RoleAssignment", {"scope": "/a", "roleDefinitionId": "x"}, {"scope": "/b"}, ["scope"]),
    ],
)
def test_what_replaces(
    asking: Asking, token: str, olds: dict[str, Any], news: dict[str, Any], replaced: list[str]
) -> None:
    told = asking.diff(token, olds, news)
    assert list(told.replaces) == replaced
    assert told.deleteBeforeReplace == bool(replaced)


def test_nothing_changed(asking: Asking) -> None:
    told = asking.diff(CLUSTER, cluster(), cluster())
    assert told.changes == told.DIFF_NONE
    assert not told.detailedDiff


def test_a_change_deep_inside_is_told_by_its_path(asking: Asking) -> None:
    told = asking.diff(POOL, pool(nodeTaints=["a=b:NoSchedule"]), pool(nodeTaints=["a=c:NoSchedule", "d=e:NoExecute"]))
    assert set(told.detailedDiff) == {"nodeTaints[0]", "nodeTaints[1]"}
    assert list(told.diffs) == ["nodeTaints"]


def test_saying_aloud_what_azure_chose_replaces_nothing(asking: Asking) -> None:
    news = cluster(nodeResourceGroup="MC_shop")
    assert not asking.diff(CLUSTER, cluster(), news, {"nodeResourceGroup": "MC_shop"}).replaces
    assert asking.diff(CLUSTER, cluster(), news, {"nodeResourceGroup": "MC_other"}).replaces


def test_a_made_up_name_lets_the_new_one_come_first(asking: Asking) -> None:
    olds = pool(__createBeforeDelete=True)
    assert not asking.diff(POOL, olds, pool(vmSize="Standard_NC4as_T4_v3")).deleteBeforeReplace


@pytest.mark.usefixtures("shop")
class TestRefreshes:
    def test_what_azure_filled_in_is_no_change(self, asking: Asking) -> None:
        identity, state = asking.pool()
        _, again, inputs = asking.read(POOL, identity, state, pool())
        assert inputs == pool()
        assert again == state

    def test_what_somebody_changed_comes_into_the_inputs(self, asking: Asking, azure: StandInAzure) -> None:
        identity, state = asking.pool()
        azure.change(identity, maxCount=5, nodeLabels={"by": "hand"})
        _, _, inputs = asking.read(POOL, identity, state, pool())
        assert inputs == pool(maxCount=5, nodeLabels={"by": "hand"})

    def test_pools_that_came_since_come_into_a_clusters_inputs(self, asking: Asking, shop: Mapping[str, str]) -> None:
        """Why a program with pools of its own ignores changes of `agentPoolProfiles`."""
        _, state, _ = asking.read(CLUSTER, shop["cluster"], {}, {})
        asking.pool()
        _, _, inputs = asking.read(CLUSTER, shop["cluster"], state, cluster())
        assert [one["name"] for one in inputs["agentPoolProfiles"]] == ["system", "gpu"]

    def test_an_import_finds_all_inputs(self, asking: Asking) -> None:
        identity, _ = asking.pool()
        _, _, inputs = asking.read(POOL, identity, {}, {})
        assert pool().items() <= inputs.items()
        assert asking.check(POOL, **inputs) == []
