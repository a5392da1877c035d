"""The real local cluster as one that the stand-in for Azure makes: its nodes look like the pools', and it empties."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parts.cluster import SharedCluster
from parts.stand_in_azure import StandInAzure
from stand_in_azure.azure import Azure
from stand_in_azure.invokes import invoke
from stand_in_azure.kinds import KINDS
from stand_in_azure.storage import Storage

GROUP, CLUSTER, POOL = (
    KINDS[f"azure-native:{token}"]
    for token in ("resources:ResourceGroup", "containerservice:ManagedCluster", "containerservice:AgentPool")
)
GROUP_ID = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop"
CLUSTER_ID = f"{GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/shop"
POOL_ID = f"{CLUSTER_ID}/agentPools/gpu"
TAINT = {"key": "sku", "value": "gpu", "effect": "NoSchedule"}


class Made:
    """A cluster of Azure's with a pool of GPUs, without Pulumi."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.stand_in = StandInAzure(folder, kubeconfig=kubeconfig)
        self.azure = Azure(Storage(folder), threading.Event())

    def cluster(self) -> None:
        self.azure.create(GROUP, GROUP_ID, {"location": "westeurope"})
        system = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4ds_v5"}
        told = {"dnsPrefix": "shop", "agentPoolProfiles": [system]}
        body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": told}
        self.azure.create(CLUSTER, CLUSTER_ID, body)

    def pool(self, **told: Any) -> None:
        usual = {"vmSize": "Standard_NC24ads_A100_v4", "count": 1, "nodeTaints": ["sku=gpu:NoSchedule"]}
        self.azure.create(POOL, POOL_ID, {"properties": {**usual, **told}})


@pytest.fixture
def made(tmp_path: Path, cluster: SharedCluster) -> Iterator[Made]:
    stand_in = Made(tmp_path / "azure", cluster.kubeconfig)
    yield stand_in
    if stand_in.stand_in.resources():
        stand_in.stand_in.vanish(GROUP_ID)


def test_nodes_look_like_those_of_the_pool(made: Made, cluster: SharedCluster) -> None:
    before = _node(cluster)
    made.cluster()
    assert _node(cluster) == before
    made.pool(nodeLabels={"team": "shop"})
    labels, taints = _node(cluster)
    assert {"kubernetes.azure.com/agentpool": "gpu", "accelerator": "nvidia", "team": "shop"}.items() <= labels.items()
    assert TAINT in taints
    body = {"properties": {"vmSize": "Standard_NC24ads_A100_v4", "count": 1, "nodeLabels": {"team": "other"}}}
    made.azure.update(POOL, POOL_ID, body)
    labels, taints = _node(cluster)
    assert labels["team"] == "other"
    assert TAINT not in taints
    made.azure.delete(POOL, POOL_ID)
    assert _node(cluster) == before


def test_nothing_of_the_clusters_time_is_left(made: Made, cluster: SharedCluster, namespace: str) -> None:
    before = _node(cluster)
    made.cluster()
    made.pool()
    cluster.kubectl("create", "namespace", "of-the-program")
    cluster.kubectl("create", "configmap", "kept", "--namespace=of-the-program", "--from-literal=a=b")
    cluster.kubectl("create", "clusterrole", "of-the-program", "--verb=get", "--resource=nodes")
    cluster.kubectl("create", "configmap", "of-the-program", "--namespace=kube-system", "--from-literal=a=b")
    made.stand_in.vanish(CLUSTER_ID)
    for kind, where in (("namespace", "default"), ("clusterrole", "default"), ("configmap", "kube-system")):
        assert cluster.get(kind, "of-the-program", namespace=where) == {}, kind
    assert cluster.get("namespace", namespace)  # it was there before
    assert _node(cluster) == before


def test_a_local_cluster_that_was_taken_down_before_holds_nothing_up(tmp_path: Path, cluster: SharedCluster) -> None:
    made = Made(tmp_path / "azure", cluster.kubeconfig)
    made.cluster()
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(cluster.kubeconfig.read_text().replace(":6443", ":1"))
    assert nowhere.read_text() != cluster.kubeconfig.read_text()
    made.stand_in.stand_for(kubeconfig=nowhere)
    made.stand_in.vanish(GROUP_ID)
    assert made.stand_in.resources() == {}


def test_the_kubeconfig_is_the_local_clusters(made: Made, cluster: SharedCluster) -> None:
    made.cluster()
    token = "azure-native:containerservice:listManagedClusterUserCredentials"  # noqa: S105
    given = {"resourceGroupName": "shop", "resourceName": "shop"}
    told = invoke(made.azure, Storage(made.stand_in.folder).settings, token, given)
    assert base64.b64decode(told["kubeconfigs"][0]["value"]) == cluster.kubeconfig.read_bytes()


def _node(cluster: SharedCluster) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Labels and taints of the machine's own node."""
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output=json"))["items"]
    (own,) = [node for node in nodes if "kwok.x-k8s.io/node" not in node["metadata"].get("annotations", {})]
    return own["metadata"]["labels"], own["spec"].get("taints", [])
