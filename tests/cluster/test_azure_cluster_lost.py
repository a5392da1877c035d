"""A cluster in Azure that is reached in another way, and one that somebody deletes, with a service of `dev` on it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from parts.azure_stacks import Azure, AzureStack, azure_in
from parts.certificates import make_certificates
from parts.cluster import SharedCluster
from parts.doorway import Doorway

DIRECT = {"mode": "direct", "baseImage": None, "scriptCpuCores": None, "scriptMemoryGb": None}
NEWCOMER, SYSTEM = "another-login", "--namespace=kube-system"
UNREACHABLE = "PULUMI_K8S_DELETE_UNREACHABLE"
OF_THE_WAY_IN = {
    "pulumi:providers:kubernetes",
    "triton-serving:index:ClusterEntrance",
    "triton-serving:index:KubernetesService",
    "triton-serving:index:ServiceRollout",
    "triton-serving:index:TritonWebservice",
}


@pytest.fixture
def door(cluster: SharedCluster) -> Iterator[Doorway]:
    server = urlsplit(yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"])
    with Doorway(str(server.hostname), int(server.port or 443)) as opened:
        yield opened


@pytest.fixture
def renewed(cluster: SharedCluster, door: Doorway, tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig with another address, one more authority that is trusted, and another login."""
    binding = ("create", "clusterrolebinding", NEWCOMER, "--clusterrole=cluster-admin")
    cluster.kubectl("create", "serviceaccount", NEWCOMER, SYSTEM)
    cluster.kubectl(*binding, f"--serviceaccount=kube-system:{NEWCOMER}")
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": cluster.kubectl("create", "token", NEWCOMER, SYSTEM).strip()}
    at = config["clusters"][0]["cluster"]
    trusted = base64.b64decode(at["certificate-authority-data"])
    trusted += make_certificates(tmp_path / "another").authority.read_bytes()
    at |= {"server": f"https://{door.address}", "certificate-authority-data": base64.b64encode(trusted).decode()}
    file = tmp_path / "renewed"
    file.write_text(yaml.safe_dump(config))
    yield file
    cluster.kubectl("delete", f"serviceaccount/{NEWCOMER}", f"clusterrolebinding/{NEWCOMER}", SYSTEM)


@pytest.fixture
def azure(tmp_path: Path, cluster: SharedCluster) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure", cluster) as made:
        yield made
        made.made.stand_for(kubeconfig=cluster.kubeconfig, registry=cluster.registry)
        for group in [one for one in made.made.resources() if one.count("/") == 4]:
            made.made.vanish(group)  # where the test has failed: the next one finds the cluster empty


@pytest.fixture
def dev(tmp_path: Path, azure: Azure, pod_images: dict[str, str]) -> AzureStack:
    made = AzureStack(tmp_path, "dev", azure, pod_images).make()
    made.set(**DIRECT)
    return made


def test_another_way_in_replaces_nothing_and_a_cluster_that_is_gone_is_not_asked(azure, dev, cluster, door, renewed):
    dev.up().fine()
    pods = pods_of(cluster)
    azure.made.stand_for(kubeconfig=renewed, registry=cluster.registry)
    assert changes(dev) == {("update", kind) for kind in OF_THE_WAY_IN}
    dev.up().fine()
    assert pods_of(cluster) == pods
    assert dev.call(dev.outputs())[0] == 200

    vanish(azure)
    with door.closed():
        told = dev.refresh()
        assert told.code != 0
        assert UNREACHABLE in told.text
        dev.environ[UNREACHABLE] = "true"
        dev.refresh().fine()
        del dev.environ[UNREACHABLE]
    assert not [kind for kind in dev.kept() if kind.startswith("kubernetes:") or kind.endswith("ManagedCluster")]
    dev.up().fine()
    assert dev.call(dev.outputs())[0] == 200

    vanish(azure)
    with door.closed():
        dev.destroy().fine()
    assert dev.kept() == {}
    assert azure.made.resources() == {}


def vanish(azure: Azure) -> None:
    [gone] = [one for one in azure.made.resources() if one.lower().endswith("/managedclusters/triton-dev")]
    azure.made.vanish(gone)


def changes(stack: AzureStack) -> set[tuple[str, str]]:
    """What a preview would do to which types."""
    steps = json.loads(stack.preview("--json").fine().out)["steps"]
    return {(one["op"], one["newState"]["type"]) for one in steps if one["op"] != "same"}


def pods_of(cluster: SharedCluster) -> list[str]:
    pods = json.loads(cluster.kubectl("get", "pods", "--namespace=digits", "--output=json"))["items"]
    return sorted(pod["metadata"]["uid"] for pod in pods)
