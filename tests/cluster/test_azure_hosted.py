"""From nothing to AKS without code: the plugin hosts the components, and the example is what its README says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from parts.asking import ask
from parts.azure_stacks import NO_IMAGE, Azure, azure_in
from parts.cluster import SharedCluster
from parts.engine import ROOT, YamlProgram

EXAMPLE = yaml.safe_load((ROOT / "examples/gpu-cluster-yaml/Pulumi.yaml").read_text())


@pytest.fixture
def azure(tmp_path: Path, cluster: SharedCluster) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure", cluster) as started:
        yield started


@pytest.fixture
def hosted(tmp_path: Path, azure: Azure, pod_images: dict[str, str]) -> Iterator[YamlProgram]:
    program = YamlProgram(tmp_path).make()
    program.environ |= azure.environment()
    azure.made.link(tmp_path / "home")
    images = {name: pod_images[name] for name in ("tritonImage", "gatewayImage")}
    # The GPUs of this cluster are brought by the machine below it, so nothing is lost without an image of a plugin.
    values = {"registryName": "fromyaml", "myAddress": "203.0.113.7/32", "devicePluginImage": NO_IMAGE, **images}
    program.write({"variables": values, "resources": fitting(), "outputs": EXAMPLE["outputs"]})
    yield program
    program.destroy().fine()


def fitting() -> dict[str, Any]:
    """The example's resources, with a registry that speaks plain HTTP, and sizes and a way in for this machine."""
    resources: dict[str, Any] = json.loads(json.dumps(EXAMPLE["resources"]))
    models, service = resources["models"]["properties"], resources["service"]["properties"]
    models |= {"directory": "examples/digits/models", "allowPlainHttp": True}
    models["registry"] = f"http://{models['registry']}"
    service |= {"allowPlainHttp": True, "cpuCores": 0.25, "memoryGb": 1}
    service |= {"exposure": "load-balancer", "allowUnencryptedClients": True}
    return resources


def test_the_example_makes_a_cluster_and_serves_on_it_and_leaves_nothing(
    hosted: YamlProgram, azure: Azure, cluster: SharedCluster
) -> None:
    told = hosted.preview("--diff").fine().text
    assert "0 to 1 GPU-hours" in told
    assert "kubernetes:apps/v1:Deployment" in told
    assert azure.made.resources() == {}

    hosted.up().fine()
    found = hosted.outputs()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {found['primaryKey']}"}
    request = (ROOT / "examples/digits/request.json").read_bytes()
    status, text = ask(f"{found['scoringUri']}/v2/models/digits/infer", request, headers)
    assert (status, ":7:seven" in text) == (200, True)
    hosted.up("--expect-no-changes").fine()

    hosted.destroy().fine()
    assert azure.made.resources() == {}
    assert cluster.get("namespace", "digits").get("status", {}).get("phase") in (None, "Terminating")


def test_mistakes_about_a_cluster_are_told_all_at_once_and_without_a_traceback(
    hosted: YamlProgram, azure: Azure
) -> None:
    cluster = fitting()["cluster"]
    cluster["properties"] |= {"gpuPools": [{"name": "GPU", "vmSize": "Standard_D4ds_v5", "maxCount": -1}]}
    cluster["properties"] |= {"clusterPurpose": "FastProd", "podCidr": "10.0.0.0/16", "registryName": "a-b"}
    cluster["properties"] |= {"devicePluginImage": "plugin:latest", "tritonImage": NO_IMAGE}
    cluster["properties"]["apiAllowedRanges"] = ["0.0.0.0/0"]
    asked = azure.made.calls_made
    hosted.write({"resources": {"cluster": cluster}})
    hosted.preview().refused(
        "'gpuPools[0].name'", "'gpuPools[0].vmSize'", "'gpuPools[0].maxCount'", "'clusterPurpose'", "'podCidr'",
        "'registryName'", "'devicePluginImage'",
    )  # fmt: skip
    assert azure.changes(asked) == []
