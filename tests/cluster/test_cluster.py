"""The one-machine Kubernetes of scripts/cluster: that it is one, and that it leaves nothing behind."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from parts.cluster import Manifest, SharedCluster
from programs.cluster.trouble import Trouble

GPU = "nvidia.com/gpu"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(scope="module")
def busybox(cluster: SharedCluster) -> str:
    return cluster.busybox()


def pod(name: str, image: str, *command: str, **more: object) -> Manifest:
    container = {"name": "main", "image": image, "command": ["/bin/busybox", *command], **more}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0, "restartPolicy": "Never"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def balancer(name: str) -> Manifest:
    spec = {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def phase(cluster: SharedCluster, namespace: str, name: str) -> str:
    return str(cluster.get("pod", name, namespace=namespace)["status"].get("phase"))


def output(cluster: SharedCluster, namespace: str, name: str) -> str:
    """What a pod has written when it has done its work."""
    ended = {"Succeeded", "Failed"}
    cluster.eventually(lambda: phase(cluster, namespace, name) in ended, f"{name} does not end")
    written = cluster.kubectl("logs", name, f"--namespace={namespace}")
    assert phase(cluster, namespace, name) == "Succeeded", written
    return written


def address(cluster: SharedCluster, namespace: str, name: str) -> str:
    def given() -> str:
        ingress = cluster.get("service", name, namespace=namespace)["status"]["loadBalancer"].get("ingress")
        return str(ingress[0]["ip"]) if ingress else ""

    return cluster.eventually(given, f"{name} gets no address")


def read(url: str) -> str:
    """Nothing while it is out of reach."""
    try:
        with DIRECT.open(url, timeout=1) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError):
        return ""


def test_a_service_of_type_load_balancer_answers_on_an_address_that_this_machine_reaches(
    cluster: SharedCluster, namespace: str, busybox: str
) -> None:
    server = pod("web", busybox, "httpd", "-f", "-p", "8080", "-h", "/content")
    server["spec"]["containers"][0]["volumeMounts"] = [{"name": "content", "mountPath": "/content"}]
    server["spec"]["volumes"] = [{"name": "content", "configMap": {"name": "content"}}]
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "content"}, "data": {"told": "hello"}}
    cluster.apply(content, server, balancer("web"), namespace=namespace)
    url = f"http://{address(cluster, namespace, 'web')}/told"
    assert cluster.eventually(lambda: read(url), "no answer") == "hello"


def test_an_image_is_a_read_only_volume(cluster: SharedCluster, namespace: str, busybox: str, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("of a model")
    image = cluster.push("model", {"/models/weights": tmp_path / "weights"}, [])
    script = "/bin/busybox touch /m/new 2>/dev/null || echo refused; /bin/busybox cat /m/models/weights"
    reader = pod("reader", busybox, "sh", "-c", script)
    reader["spec"]["containers"][0]["volumeMounts"] = [{"name": "model", "mountPath": "/m"}]
    reader["spec"]["volumes"] = [{"name": "model", "image": {"reference": image}}]
    cluster.apply(reader, namespace=namespace)
    assert output(cluster, namespace, "reader") == "refused\nof a model"


def test_pods_find_services_by_name(cluster: SharedCluster, namespace: str, busybox: str) -> None:
    cluster.apply(balancer("named"), namespace=namespace)
    host = f"named.{namespace}.svc.cluster.local"
    # The name server learns of a service a moment later than the API server.
    script = f"until /bin/busybox nslookup -type=a {host}; do /bin/busybox sleep 1; done"
    cluster.apply(pod("asking", busybox, "sh", "-c", script), namespace=namespace)
    given = cluster.get("service", "named", namespace=namespace)["spec"]["clusterIP"]
    assert f"Address: {given}\n" in output(cluster, namespace, "asking")


def test_gpus_are_counted_and_given_out(cluster: SharedCluster, namespace: str, busybox: str) -> None:
    def wanting(name: str, count: int) -> Manifest:
        return pod(name, busybox, "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES", resources={"limits": {GPU: count}})

    cluster.apply(wanting("two", 2), wanting("three", 3), namespace=namespace)
    assert sorted(output(cluster, namespace, "two").strip().split(",")) == ["TEST-GPU-0", "TEST-GPU-1"]
    assert phase(cluster, namespace, "three") == "Pending"


def test_a_node_of_kwok_takes_pods_that_are_only_played(cluster: SharedCluster, namespace: str) -> None:
    size = {"cpu": "96", "memory": "1Ti", "pods": "110", GPU: "8"}
    name = f"fake-{namespace}"
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": {"fake": namespace}},
        "status": {"capacity": size, "allocatable": size},
    }
    played = pod("played", "registry.invalid/nothing", resources={"limits": {GPU: 8}})
    played["spec"]["nodeSelector"] = {"fake": namespace}
    try:
        cluster.kubectl("create", "--filename=-", stdin=json.dumps(node))
        cluster.apply(played, namespace=namespace)
        cluster.eventually(lambda: phase(cluster, namespace, "played") == "Running", "the pod is not played")
    finally:
        cluster.kubectl("delete", "node", name)


def test_the_use_of_the_node_is_measured(cluster: SharedCluster) -> None:
    def cpu() -> str:
        table = cluster.kubectl("get", "nodes.metrics.k8s.io", "--output=jsonpath={.items[*].usage.cpu}")
        return table.strip()

    cluster.eventually(lambda: "v1beta1.metrics.k8s.io" in available(cluster), "no metrics")
    assert cluster.eventually(cpu, "no metrics of the node")


def available(cluster: SharedCluster) -> str:
    condition = '{range .items[?(@.status.conditions[0].status=="True")]}{.metadata.name}{"\\n"}{end}'
    return cluster.kubectl("get", "apiservices", f"--output=jsonpath={condition}")


def test_after_its_api_server_was_killed_the_cluster_goes_on(
    cluster: SharedCluster, namespace: str, busybox: str
) -> None:
    cluster.restart("apiserver")
    cluster.eventually(lambda: cluster.answers("get", "--raw", "/readyz"), "the API server does not come back")
    cluster.apply(balancer("late"), pod("late", busybox, "echo", "here"), namespace=namespace)
    assert address(cluster, namespace, "late")
    assert output(cluster, namespace, "late") == "here\n"


def test_an_image_comes_once_the_registry_is_back(
    cluster: SharedCluster, namespace: str, tmp_path: Path, busybox: str
) -> None:
    (tmp_path / "marker").write_text(namespace)  # an image that the node has not seen
    image = cluster.push("marked", {"/marker": tmp_path / "marker"}, [])
    waiting = pod("waiting", busybox, "cat", "/m/marker")
    waiting["spec"]["containers"][0]["volumeMounts"] = [{"name": "marked", "mountPath": "/m"}]
    waiting["spec"]["volumes"] = [{"name": "marked", "image": {"reference": image}}]
    cluster.stop("registry")
    try:
        cluster.apply(waiting, namespace=namespace)
        failed = (f"--namespace={namespace}", "--field-selector=reason=Failed", "--output=name")
        cluster.eventually(lambda: cluster.kubectl("get", "events", *failed), "the pull does not fail")
    finally:
        cluster.start("registry")
    assert output(cluster, namespace, "waiting") == namespace


def test_a_running_cluster_is_left_as_it_is_and_says_so_when_another_is_asked_for(cluster: SharedCluster) -> None:
    before = cluster.process
    cluster.up()
    cluster.up(gpus=2, kwok=True)
    with pytest.raises(Trouble, match="it runs already, with 2 GPUs and with kwok"):
        cluster.up(gpus=1)
    assert cluster.process == before


@pytest.fixture
def second(cluster: SharedCluster, tmp_path: Path) -> Iterator[SharedCluster]:
    """Another cluster beside the first, in a folder whose path is longer than a socket's may be."""
    assert cluster.process  # where one runs, another does
    other = SharedCluster(tmp_path / ("a folder " + "x" * 100))
    yield other
    other.down()


def traces(of: SharedCluster) -> list[str]:
    """What there is of a cluster on this machine."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout.splitlines()
    devices = [path.name for path in Path("/sys/class/net").iterdir()]
    # At the root of every hierarchy: further down, groups of other clusters' pods come and go meanwhile.
    groups = [str(path) for where in (".", "*") for path in Path("/sys/fs/cgroup").glob(f"{where}/{of.place.group}")]
    belonging = [line for line in (*mounts, *command_lines()) if str(of.place.folder) in line]
    return [
        *belonging,
        *(line for line in (*routes, *devices) if of.place.cable in line),
        *groups,
        *([str(of.place.folder)] if of.place.folder.exists() else []),
    ]


def command_lines() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            yield (process / "cmdline").read_bytes().decode(errors="replace")


def test_two_clusters_run_side_by_side_and_removing_one_leaves_no_trace_of_it(
    cluster: SharedCluster, second: SharedCluster
) -> None:
    second.up()
    assert second.registry != cluster.registry
    assert second.get("node", "node-1")["metadata"]["uid"] != cluster.get("node", "node-1")["metadata"]["uid"]
    assert second.kubeconfig.stat().st_mode & 0o077 == 0
    assert traces(second)
    second.down()
    assert traces(second) == []
    second.down()  # again is no mistake
    assert cluster.get("node", "node-1")


def test_two_runs_that_start_one_cluster_start_it_once(second: SharedCluster) -> None:
    """And not: one removes what the other has begun."""
    with ThreadPoolExecutor() as threads:
        runs = [threads.submit(run.up) for run in (second, SharedCluster(second.place.folder))]
        for run in runs:
            run.result()
    assert second.get("node", "node-1")
    second.down()
    assert traces(second) == []


def test_what_a_killed_cluster_left_is_removed_and_it_can_start_again(second: SharedCluster) -> None:
    second.up()
    assert second.process
    os.kill(second.process, signal.SIGKILL)
    second.eventually(lambda: second.process is None, "its first process does not end")
    second.up()
    assert second.get("node", "node-1")
    second.down()
    assert traces(second) == []
