"""A program without code: the plugin hosts the component, and the example does what its README says."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from parts.asking import ask
from parts.cluster import SharedCluster
from parts.engine import ROOT, YamlProgram

EXAMPLE = yaml.safe_load((ROOT / "examples/triton-webservice-yaml/Pulumi.yaml").read_text())
NAME = "digits-from-yaml"


@pytest.fixture
def hosted(tmp_path: Path, cluster: SharedCluster, pod_images: dict[str, str]) -> Iterator[YamlProgram]:
    program = YamlProgram(tmp_path).make()
    program.environ["KUBECONFIG"] = str(cluster.kubeconfig)
    values = {"registry": f"http://{cluster.registry}", "allowPlainHttp": True}
    values |= {name: pod_images[name] for name in ("tritonImage", "gatewayImage")}
    settled = json.loads(json.dumps(EXAMPLE["resources"]).replace("../digits/models", "examples/digits/models"))
    program.write({"variables": values, "resources": settled, "outputs": EXAMPLE["outputs"]})
    yield program
    cluster.kubectl("delete", "namespace", NAME, "--ignore-not-found", "--wait=false")


def test_the_example_from_yaml_serves_below_the_path_of_azure_ml(hosted: YamlProgram, cluster: SharedCluster) -> None:
    told = hosted.preview("--diff").fine().text
    assert "kubernetes:apps/v1:Deployment" in told
    hosted.up().fine()
    found = hosted.outputs()
    assert found["scoringUri"] == f"http://{NAME}.{NAME}.svc/api/v1/service/{NAME}"
    assert found["state"] == "Healthy"
    address = cluster.get("service", NAME, namespace=NAME)["spec"]["clusterIP"]
    base = f"http://{address}/api/v1/service/{NAME}"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {found['primaryKey']}"}
    request = (ROOT / "examples/digits/request.json").read_bytes()
    status, text = ask(f"{base}/v2/models/digits/infer", request, headers)
    assert (status, ":7:seven" in text) == (200, True)
    assert ask(f"http://{address}/v2/models/digits", headers=headers)[0] == 404
    hosted.up("--expect-no-changes").fine()
    hosted.destroy().fine()


def test_mistakes_in_yaml_are_told_without_a_traceback(hosted: YamlProgram) -> None:
    service = json.loads(json.dumps(EXAMPLE["resources"]["service"]))
    service["properties"] |= {
        "model": f"registry.example.com/digits@sha256:{'0' * 64}",
        "numReplicas": 0,
        "cpuCores": -1,
    }
    images = dict.fromkeys(("tritonImage", "gatewayImage"), f"registry.example.com/image@sha256:{'0' * 64}")
    hosted.write({"variables": {"allowPlainHttp": False, **images}, "resources": {"service": service}})
    hosted.preview().refused("'numReplicas'", "'cpuCores'")
