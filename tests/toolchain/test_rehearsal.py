"""What `make rehearse` has to understand of a stack's settings itself, and what it makes of them."""

from pathlib import Path

import pytest
import yaml
from parts.rehearsal import ROOT, check, completed, settings_in
from programs.cluster.trouble import Trouble
from programs.cluster_images.images import images

IMAGES = {key: f"10.72.0.2:5000/{key}" for key in ("tritonImage", "gatewayImage", "baseImage", "devicePluginImage")}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("config: [", "^Pulumi.mine.yaml is no YAML: while parsing"),
        ("", "^Pulumi.mine.yaml must have 'config'"),
        ("config:", "^Pulumi.mine.yaml must have 'config'"),
        ("config: [1]", "^Pulumi.mine.yaml must have 'config'"),
        ("just text", "^Pulumi.mine.yaml must have 'config'"),
        ("config: {triton-serving:example: digits}", r"'target' must be aks or aks-cluster, .* \(got None\)"),
        ("config: {triton-serving:target: [aks]}", r"\(got \['aks'\]\)"),
        ("config: {triton-serving:target: kubernetes}", "kubernetes with 'clusterStack'"),
        ("config: {triton-serving:target: kubernetes, triton-serving:clusterStack: a}", "organization/project/stack"),
        ("config: {triton-serving:target: aks, triton-serving:adoptCluster: shared}", "'adoptCluster' cannot be"),
    ],
)
def test_what_cannot_be_rehearsed_is_told(tmp_path: Path, written: str, told: str) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(written)
    with pytest.raises(Trouble, match=told):
        check(settings_in(file))


def test_what_is_wrong_beside_that_is_left_to_the_stacks_program(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(yaml.safe_dump({"config": {"triton-serving:target": "aks", "triton-serving:gpuPools": 5, 1: 2}}))
    written = settings_in(file)
    check(written)
    assert written == {"target": "aks", "gpuPools": 5, "1": 2}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "platform", "vision"])
def test_every_stack_for_azure_can_be_rehearsed(stack: str) -> None:
    written = settings_in(ROOT / "stacks" / f"Pulumi.{stack}.yaml")
    check(written)
    assert completed(written, IMAGES).keys() >= {"target", "allowPlainHttp"}


def test_the_node_has_as_many_gpus_as_are_asked_for() -> None:
    assert images(3)["devicePluginImage"].command == ("test-device-plugin", "-count=3")
