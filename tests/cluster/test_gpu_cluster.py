"""GpuCluster through the real engine, on the stand-in for Azure and the real local cluster behind it."""

from collections.abc import Iterator
from typing import Any

import pytest
from parts.azure_manager import AzureManager
from parts.cluster import SharedCluster
from parts.engine import YamlProgram
from parts.identity_endpoint import IdentityEndpoint
from parts.stand_in_azure import StandInAzure

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.19.0@sha256:" + "0" * 64
PLUGIN = "nvidia-device-plugin-gpu"
DEV = {
    "location": "westeurope",
    "registryName": "visionserving",
    "gpuPools": [{"name": "t4", "vmSize": "Standard_NC4as_T4_v3", "maxCount": 2}],
    "devicePluginImage": IMAGE,
    "apiAllowedRanges": ["203.0.113.0/24"],
    "allowNoCapacityCheck": True,  # what Azure's other interface says is tested by itself
}


class Program(YamlProgram):
    def declare(self, **inputs: Any) -> None:
        gpu = {"type": "triton-serving:index:GpuCluster", "properties": {**DEV, **inputs}}
        self.write({"resources": {"gpu": gpu}, "outputs": {"clusterId": "${gpu.clusterId}"}})


@pytest.fixture
def azure(tmp_path, cluster: SharedCluster) -> StandInAzure:
    return StandInAzure(tmp_path / "azure", kubeconfig=cluster.kubeconfig)


@pytest.fixture
def program(tmp_path, azure: StandInAzure) -> Iterator[Program]:
    made = Program(tmp_path).make()
    made.environ |= azure.environment()
    azure.link(tmp_path / "home")
    yield made
    azure.forgive()
    made.pulumi("destroy", "--yes", "--skip-preview").fine()


def changes(azure: StandInAzure, since: int) -> list[tuple[str, str]]:
    return [
        (one["operation"], one["kind"])
        for one in azure.calls()
        if one["call"] > since and one["operation"] in ("create", "update", "delete")
    ]


def test_from_nothing_to_a_cluster_and_back_with_nothing_left(program, azure, cluster):
    program.up().fine()
    made = cluster.get("daemonset", PLUGIN, namespace="kube-system")
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == IMAGE
    since = azure.calls_made
    program.up("--expect-no-changes").fine()
    assert changes(azure, since) == []

    since = azure.calls_made
    program.destroy().fine()
    order = [kind for operation, kind in changes(azure, since) if operation == "delete"]
    assert order.index("AgentPool") < order.index("ManagedCluster") < order.index("Registry")
    assert order[-1] == "ResourceGroup"
    assert azure.resources() == {}


def test_another_pool_comes_before_the_old_one_goes(program, azure):
    program.up().fine()
    since = azure.calls_made
    program.declare(gpuPools=[{"name": "a100", "vmSize": "Standard_NC24ads_A100_v4"}])
    program.up().fine()
    assert changes(azure, since) == [("create", "AgentPool"), ("delete", "AgentPool")]


def test_what_azure_does_not_change_of_a_pool_replaces_it(program, azure):
    program.up().fine()
    [pool] = DEV["gpuPools"]
    for changed in ({"zones": ["1", "2"]}, {"zones": ["1"], "spot": True}, {"maxPods": 50, "osDiskGb": 200}, {}):
        since = azure.calls_made
        program.declare(gpuPools=[{**pool, **changed}])
        program.up().fine()
        assert changes(azure, since) == [("delete", "AgentPool"), ("create", "AgentPool")], changed
    program.up("--expect-no-changes").fine()
    since = azure.calls_made
    program.declare(gpuPools=[{**pool, "maxCount": 3, "labels": {"team": "vision"}}])
    program.up().fine()
    assert changes(azure, since) == [("update", "AgentPool")]


def test_with_the_question_for_room(program, azure):
    with IdentityEndpoint() as identity, AzureManager(identity) as manager:
        program.environ |= identity.environment() | manager.environment()
        program.declare(allowNoCapacityCheck=False)
        program.up().fine()
        asked = len(manager.asked)
        program.up("--expect-no-changes").fine()
        assert len(manager.asked) == asked > 0
        since = azure.calls_made
        program.declare(
            allowNoCapacityCheck=False, gpuPools=[{"name": "t4", "vmSize": "Standard_NC4as_T4_v3", "maxCount": 3}]
        )
        program.up().refused("come to 12 vCPUs", "4 are missing (QuotaExceeded)")
        assert changes(azure, since) == []


def test_another_size_of_system_nodes_is_refused_by_the_preview(program, azure):
    program.up().fine()
    since = azure.calls_made
    program.declare(systemVmSize="Standard_D8ds_v5", clusterPurpose="prod")
    program.preview().refused("'systemVmSize' cannot change", "Standard_D4ds_v5", "'clusterPurpose' cannot become")
    program.pulumi("up", "--yes").refused("'systemVmSize' cannot change", "make another GpuCluster beside this one")
    assert changes(azure, since) == []


def test_a_small_change_of_the_cluster_replaces_nothing_that_hangs_on_it(program, azure):
    program.up().fine()
    program.declare(tags={"team": "vision"})
    told = program.preview().fine().text
    assert "replace" not in told
    since = azure.calls_made
    program.up().fine()
    assert {operation for operation, _ in changes(azure, since)} == {"update"}


def test_a_failure_half_way_is_taken_up_again_by_the_next_update(program, azure):
    azure.fail("QuotaExceeded", operation="create", kind="AgentPool")
    assert "QuotaExceeded" in program.up().text
    program.up().fine()
    assert [one.rpartition("/")[2] for one in azure.resources() if "/agentPools/" in one] == ["system", "t4"]
    program.up("--expect-no-changes").fine()


def test_a_cluster_that_somebody_removed_does_not_keep_the_rest(program, azure):
    program.up().fine()
    [gone] = [one for one in azure.resources() if one.lower().endswith("/managedclusters/gpu")]
    azure.vanish(gone)
    program.destroy().fine()
    assert azure.resources() == {}
