"""The stacks for Azure as they are in stacks/: from nothing to calls that real Triton answers in pods, and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.azure_stacks import Azure, AzureStack, azure_in, repositories
from parts.cluster import Manifest, SharedCluster, why_not
from parts.load import Load
from programs.cluster_images import REHEARSAL, push_images

POOL = {"name": "gpu", "vmSize": "Standard_NC4as_T4_v3", "maxCount": 1}
ANOTHER_SIZE = "Standard_NC24ads_A100_v4"
OF_SCORING = ("baseImage", "scriptCpuCores", "scriptMemoryGb")


@pytest.fixture(scope="module")
def aks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCluster]:
    """As AKS makes one: no GPU is seen before a device plugin tells of it."""
    if reasons := why_not():
        pytest.skip(f"no cluster can run here: {'; '.join(reasons)}")
    made = SharedCluster(tmp_path_factory.mktemp("aks"))
    made.up(gpus=0)
    yield made
    made.down()


@pytest.fixture(scope="module")
def images(aks: SharedCluster) -> dict[str, str]:
    return push_images(aks.registry, REHEARSAL)


@pytest.fixture
def azure(tmp_path: Path, aks: SharedCluster) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure", aks) as made:
        yield made
        for group in [one for one in made.made.resources() if one.count("/") == 4]:
            made.made.vanish(group)  # where a test has failed: the next one finds the cluster empty


def node(cluster: SharedCluster) -> Manifest:
    (only,) = json.loads(cluster.kubectl("get", "nodes", "--output=json"))["items"]
    return dict(only)


def gpus(cluster: SharedCluster) -> int:
    return int(node(cluster)["status"]["allocatable"].get("nvidia.com/gpu", 0))


def look_of(cluster: SharedCluster) -> tuple[list[str], dict[str, str], list[dict[str, str]]]:
    """What a stack leaves on a cluster, if it leaves anything: namespaces, labels and taints of the node."""
    names = cluster.kubectl("get", "namespaces", "--output=name").split()
    return names, node(cluster)["metadata"]["labels"], node(cluster)["spec"].get("taints", [])


def test_dev_from_nothing_to_calls_in_both_modes_and_back(tmp_path, azure, aks, images):
    before = look_of(aks)
    assert gpus(aks) == 0
    dev = AzureStack(tmp_path, "dev", azure, images).make()

    told = dev.preview("--diff").fine().text
    for part in ("0 to 1 GPU-hours", "4 vCPUs wanted of Standard NCASv3_T4 Family vCPUs, 500 left"):
        assert part in told
    for kind in ("AgentPool", "DaemonSet", "ModelVersion", "EnvironmentImage", "Deployment", "NetworkPolicy"):
        assert f":{kind}: (create)" in told
    assert azure.changes() == []

    made = dev.up().fine().text
    assert counted(made, "created") == counted(told, "to create")
    found = dev.outputs()
    assert dev.call(found) == (200, "7 : seven")
    assert gpus(aks) == 2
    assert f"{aks.registry}/environments/environment@sha256:" in images_of(aks)
    assert {operation for operation, _ in azure.changes()} == {"create"}
    since = azure.made.calls_made
    dev.up("--expect-no-changes").fine()
    dev.preview("--expect-no-changes").fine()
    assert azure.changes(since) == []

    a_model_is_edited_and_keys_change(dev, found)
    a_pool_changes(dev, azure, aks)

    dev.set(mode="direct", **dict.fromkeys(OF_SCORING))
    dev.up().fine()
    status, text = dev.call(dev.outputs())
    assert (status, "SEVEN" in text) == (200, True)

    kept = repositories(aks.registry, "models", "environments")
    dev.destroy().fine()
    assert azure.made.resources() == {}
    assert dev.kept() == {}
    assert look_of(aks) == before
    # In Azure the registry went, with all that was in it; so nothing is taken out of it one by one.
    assert repositories(aks.registry, "models", "environments") == kept


def a_model_is_edited_and_keys_change(dev, found):
    """Whoever calls with the other key never hears of it."""
    labels = dev.models / "triton/digits/labels.txt"
    with Load(lambda: dev.call(found, "secondaryKey")) as load:
        load.more()
        labels.write_text(labels.read_text().replace("seven", "SEVEN"))
        dev.up().fine()
        load.until(lambda answers: (200, "7 : SEVEN") in answers)
        dev.set(primaryRotation="2026-11")
        dev.up().fine()
        load.more()
    assert {status for status, _ in load.answers} == {200}, load.answers  # type: ignore[misc]
    rotated = dev.outputs()
    assert rotated["version"] == found["version"] + 1
    assert rotated["secondaryKey"] == found["secondaryKey"]
    assert dev.call(found)[0] == 401
    assert dev.call(rotated)[0] == 200


def a_pool_changes(dev, azure, aks):
    since = azure.made.calls_made
    dev.set(gpuPools=[{**POOL, "maxCount": 2, "labels": {"team": "vision"}}])
    dev.up().fine()
    assert azure.changes(since) == [("update", "AgentPool")]
    assert node(aks)["metadata"]["labels"]["team"] == "vision"

    since = azure.made.calls_made
    dev.set(gpuPools=[{**POOL, "vmSize": ANOTHER_SIZE}])
    assert "replace" in dev.preview("--diff").fine().text
    dev.up().fine()
    assert azure.changes(since) == [("delete", "AgentPool"), ("create", "AgentPool")]
    assert dev.outputs()["gpuPools"] == {"gpu": ANOTHER_SIZE}
    aks.eventually(lambda: gpus(aks) == 2, "the new pool's GPUs are not seen")


def test_a_team_serves_on_the_cluster_of_another_stack(tmp_path, azure, aks, images):
    before = look_of(aks)
    platform = AzureStack(tmp_path, "platform", azure, images).make()
    platform.up().fine()
    a_refresh_sends_the_cluster_once_more(platform, azure)
    vision = AzureStack(tmp_path, "vision", azure, images).make()
    since = azure.made.calls_made
    vision.up().fine()
    assert vision.call(vision.outputs()) == (200, "7 : seven")
    assert azure.changes(since) == [], "a team needs no rights on Azure"
    vision.up("--expect-no-changes").fine()

    vision.destroy().fine()
    assert vision.kept() == {}
    assert aks.get("daemonset", "nvidia-device-plugin-cluster", namespace="kube-system")
    since = azure.made.calls_made
    platform.pulumi("destroy", "--yes").refused("protected")  # by its preview: nothing has gone yet
    assert azure.changes(since) == []
    platform.pulumi("state", "unprotect", "--all", "--yes").fine()
    platform.destroy().fine()
    assert azure.made.resources() == {}
    assert look_of(aks) == before


def a_refresh_sends_the_cluster_once_more(platform, azure):
    """Azure's provider takes pools that are resources of their own into the cluster's list of pools, and the next
    update takes them out of there: in Azure they stay as they are."""
    there = azure.made.resources()
    platform.refresh().fine()
    since = azure.made.calls_made
    told = platform.up("--diff").fine().text
    assert "replace" not in told
    assert azure.changes(since) == [("update", "ManagedCluster")]
    assert azure.made.resources() == there
    platform.up("--expect-no-changes").fine()


def counted(told: str, what: str) -> int:
    return int(told.rpartition(f" {what}\n")[0].split()[-1])


def images_of(cluster: SharedCluster) -> str:
    return cluster.kubectl("get", "pods", "--all-namespaces", "--output=jsonpath={..image}")
