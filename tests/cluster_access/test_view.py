"""What is seen of a cluster before an update: what it is, and which GPUs are spare."""

from typing import Any

import pytest
import yaml
from parts.cluster import SharedCluster
from parts.deployments import container, deployment
from triton_serving.cluster_access.connection import Cluster, Refused
from triton_serving.cluster_access.objects import deployment_path, is_there
from triton_serving.cluster_access.view import extended, look, node_of, requested, version_of
from triton_serving.plan.kubernetes.capacity import ClusterView

GPU = "nvidia.com/gpu"


def wants(count: int, *, sidecar: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"resources": {"limits": {GPU: str(count), "cpu": "1"}}}
    return found | ({"restartPolicy": "Always"} if sidecar else {})


@pytest.mark.parametrize(
    ("init", "containers", "counted"),
    [
        ([], [wants(1), wants(2)], 3),
        ([wants(1, sidecar=True)], [wants(2)], 3),
        ([wants(4)], [wants(1)], 4),
        ([wants(1), wants(2)], [wants(1)], 2),
        ([wants(1, sidecar=True), wants(3)], [wants(1)], 4),
        ([wants(3), wants(1, sidecar=True)], [wants(1)], 3),
    ],
    ids=["sum", "sidecar", "init", "greatest init", "init after a sidecar", "init before a sidecar"],
)
def test_a_pod_s_gpus_are_counted_as_the_scheduler_counts_them(init: Any, containers: Any, counted: int) -> None:
    assert requested({"initContainers": init, "containers": containers}) == {GPU: counted}


def test_only_extended_resources_are_counted() -> None:
    allocatable = {"cpu": "8", "memory": "32Gi", "hugepages-2Mi": "0", GPU: "8", "example.com/many": "2k"}
    assert extended(allocatable) == {GPU: 8, "example.com/many": 2000}


@pytest.mark.parametrize("text", ["v1.36.3", "v1.36.3-gke.100", "v1.36.3+k3s1", "1.36"])
def test_versions_are_read_as_clouds_write_them(text: str) -> None:
    assert version_of(text) == (1, 36)


def test_a_node_is_known_with_its_taints_whether_they_have_a_value_or_not() -> None:
    node = node_of(
        {
            "metadata": {"name": "n"},
            "spec": {
                "unschedulable": True,
                "taints": [
                    {"key": "sku", "value": "gpu", "effect": "NoSchedule"},
                    {"key": "old", "effect": "NoExecute"},
                ],
            },
            "status": {"nodeInfo": {"kubeletVersion": "v1.35.1", "containerRuntimeVersion": "containerd://2.1.0"}},
        },
        {},
        {},
    )
    assert node.taints == ("sku=gpu:NoSchedule", "old:NoExecute")
    assert node.kubelet == (1, 35)
    assert not node.schedulable


@pytest.mark.parametrize("asked_alone", [100, 0], ids=["few nodes with GPUs", "many nodes with GPUs"])
def test_a_real_cluster_is_seen_with_the_gpus_that_pods_hold(
    cluster: SharedCluster,
    namespace: str,
    busybox: str,
    connection: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    asked_alone: int,
) -> None:
    monkeypatch.setattr("triton_serving.cluster_access.view._ASKED_ALONE", asked_alone)
    holding = container("triton", "exec /bin/busybox sleep 9999", resources={"limits": {GPU: 1}})
    cluster.apply(deployment("holding", busybox, holding), namespace=namespace)
    cluster.eventually(
        lambda: cluster.get("deployment", "holding", namespace=namespace)["status"].get("readyReplicas"), "not ready"
    )
    holder = connection.get(f"/api/v1/namespaces/{namespace}/pods")["items"][0]["spec"]["nodeName"]

    def only_this_one_holds_a_gpu() -> ClusterView | None:
        view = look(connection)
        node = next(node for node in view.nodes if node.name == holder)
        return view if node.free(GPU) == node.allocatable[GPU] - 1 else None

    view = cluster.eventually(only_this_one_holds_a_gpu, "those of the tests before are not free")
    assert view.version >= (1, 34)
    assert namespace in view.namespaces
    assert {"apps", "networking.k8s.io"} <= view.api_groups
    node = next(node for node in view.nodes if node.name == holder)
    assert node.runtime.startswith("containerd://")
    assert is_there(connection, deployment_path(namespace, "holding"))
    assert not is_there(connection, deployment_path(namespace, "absent"))


def test_a_right_that_is_missing_is_named(cluster: SharedCluster, namespace: str) -> None:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    cluster.kubectl("create", "serviceaccount", "few", f"--namespace={namespace}")
    token = cluster.kubectl("create", "token", "few", f"--namespace={namespace}").strip()
    config["users"][0]["user"] = {"token": token}
    with pytest.raises(Refused) as told:
        look(Cluster.connect(yaml.safe_dump(config), None))
    assert 'cannot list resource "namespaces" in API group "" at the cluster scope' in str(told.value)
    assert "ask for a role with that right" in str(told.value)
