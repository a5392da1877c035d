"""Whatever breaks around a service on a real cluster: it comes back, or says what is wrong; and it can go."""

import json

from parts.asking import ask
from parts.cluster import SharedCluster
from parts.load import eventually
from parts.webservices import Webservice

REQUEST = {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [21]}]}
RECOVERY_SECONDS = 90.0


def test_dead_programs_pods_and_nodes_are_replaced(webservice: Webservice, cluster: SharedCluster) -> None:
    webservice.plant_python_model()
    webservice.up().fine()
    found = webservice.outputs()

    def twice() -> bool:
        headers = {"Authorization": f"Bearer {found['primaryKey']}", "Content-Type": "application/json"}
        uri = found["inferUris"]["digits/1"]
        try:
            status, text = ask(uri, json.dumps(REQUEST).encode(), headers)
        except OSError:
            return False
        return status == 200 and json.loads(text)["outputs"][0]["data"] == [42]

    assert twice()
    (pod,) = webservice.pods()
    # A Triton whose Python process is dead goes on saying that it is ready: only a request tells.
    cluster.inside("pkill", "-KILL", "--full", "triton_python_backend_stub")
    eventually(lambda: restarts(webservice) == 1, "Triton is started again", RECOVERY_SECONDS)
    eventually(twice, "and answers", RECOVERY_SECONDS)

    webservice.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")
    eventually(lambda: {pod["metadata"]["name"]} != webservice.ready_names() != set(), "another one is ready", 90)
    eventually(twice, "and answers", RECOVERY_SECONDS)

    before = webservice.pod_names()
    node = pod["spec"]["nodeName"]
    try:
        own = f"--pod-selector=app.kubernetes.io/instance={webservice.service}"
        cluster.kubectl("drain", node, own, "--delete-emptydir-data", "--timeout=60s")
    finally:
        cluster.kubectl("uncordon", node)
    eventually(lambda: webservice.ready_names() and not before & webservice.ready_names(), "the pod has moved", 90)
    eventually(twice, "and answers", RECOVERY_SECONDS)
    webservice.refresh().fine()
    assert webservice.outputs()["state"] == "Healthy"


def test_an_update_outlives_a_restart_of_the_api_server(webservice: Webservice, cluster: SharedCluster) -> None:
    webservice.set(mode="scoring")
    running = webservice.start("up", "--yes", "--skip-preview")
    # The rollout comes after all objects: from then on it is only waited. Before, Pulumi's own provider would fail.
    running.until(lambda: "ServiceRollout" in webservice.told)
    cluster.restart("apiserver")
    running.outcome().fine()
    assert webservice.call(webservice.outputs()) == (200, "7 : seven")


def test_an_update_waits_for_a_registry_that_is_away(webservice: Webservice, cluster: SharedCluster) -> None:
    webservice.set(mode="scoring")
    webservice.up().fine()
    script = webservice.project / "examples/digits/score.py"
    script.write_text(script.read_text().replace("def init():", "# an edit\ndef init():", 1))
    # The node has to pull the environment again. The new pod gets to it only when the registry is away.
    cluster.inside("ctr", "--namespace=k8s.io", "images", "rm", "--sync", webservice.images["environmentImage"])
    cluster.stop("scheduler")
    try:
        running = webservice.start("up", "--yes", "--skip-preview")
        running.until(lambda: "ServiceRollout" in webservice.told)
        cluster.stop("registry")
        cluster.start("scheduler")
        running.until(lambda: "ImagePullBackOff" in reasons(webservice))
    finally:
        cluster.start("scheduler")
        cluster.start("registry")
    running.outcome().fine()


def test_gpus_are_asked_for_on_tainted_nodes_and_decide_how_updates_go(
    webservice: Webservice, cluster: SharedCluster
) -> None:
    (node,) = [one for one in nodes(cluster) if "kwok" not in json.dumps(one)]
    taint = "nvidia.com/gpu=present:NoSchedule"
    cluster.kubectl("taint", "node", node["metadata"]["name"], taint, "--overwrite")
    try:
        webservice.set(gpuCores=1)
        assert "surge" in webservice.up().fine().text
        webservice.set(numReplicas=2)
        told = webservice.preview("--diff").fine().text
        assert "recycle" in told
        webservice.up().fine()
        assert len(webservice.pods()) == 2
        webservice.set(strategy="surge")
        webservice.preview().refused("strategy")
        webservice.set(strategy=None, numReplicas=1)
        webservice.up().fine()
        eventually(lambda: len(webservice.pods()) == 1, "one of them goes")
    finally:
        cluster.kubectl("taint", "node", node["metadata"]["name"], f"{taint}-")


def test_a_service_whose_cluster_is_gone_can_be_taken_away(webservice: Webservice, cluster: SharedCluster) -> None:
    settings = webservice.project / ".cluster" / "settings.json"
    kubeconfig = webservice.folder / "kubeconfig"
    kubeconfig.write_text(cluster.kubeconfig.read_text())
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "kubeconfig": str(kubeconfig)}))
    webservice.up().fine()
    kubeconfig.write_text(cluster.kubeconfig.read_text().replace(":6443", ":6444"))
    told = webservice.destroy()
    assert told.code != 0
    assert "PULUMI_K8S_DELETE_UNREACHABLE" in told.text
    webservice.environ["PULUMI_K8S_DELETE_UNREACHABLE"] = "true"
    webservice.destroy().fine()
    assert json.loads(webservice.export())["deployment"].get("resources", []) == []


def reasons(webservice: Webservice) -> str:
    return json.dumps([pod["status"].get("containerStatuses", []) for pod in webservice.pods()])


def restarts(webservice: Webservice) -> int:
    (pod,) = webservice.pods()
    (status,) = [one for one in pod["status"]["containerStatuses"] if one["name"] == "triton"]
    return int(status["restartCount"])


def nodes(cluster: SharedCluster) -> list[dict[str, object]]:
    return list(json.loads(cluster.kubectl("get", "nodes", "--output=json"))["items"])
