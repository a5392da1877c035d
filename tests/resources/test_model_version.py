"""What ModelVersion says of a registry that the same update will make first, and of a directory that changes."""

from pathlib import Path

import pytest
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work
from triton_serving.resources.engine import Engine
from triton_serving.resources.kubernetes_service_provider import KubernetesServiceProvider
from triton_serving.resources.model_version_provider import ModelVersionProvider
from triton_serving.resources.resource import Call
from triton_serving.resources.values import UNKNOWN, Properties
from triton_serving.rules.kubernetes import RULES
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:ModelVersion::models"
PROVIDER = ModelVersionProvider()
IMAGE = "registry.example.com/team/image@sha256:" + "0" * 64
GPU = """backend: "python"
instance_group [ { kind: KIND_GPU } ]
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""


def call(preview: bool = True) -> Call:
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def checked(tmp_path: Path, config: str = GPU, **more: object) -> Properties:
    folder = tmp_path / "models" / "triton" / "sum"
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(config)
    (folder / "1" / "model.py").write_text("class TritonPythonModel:\n    def execute(self, requests): ...\n")
    given = {"directory": str(tmp_path / "models"), "name": "sum", "registry": UNKNOWN, **more}
    answer = PROVIDER.check(call(), given)
    assert answer.problems == []
    return answer.inputs


def previewed(tmp_path: Path, config: str = GPU, **more: object) -> Properties:
    return PROVIDER.create(call(), checked(tmp_path, config, **more))[1]


def test_an_image_for_a_registry_that_is_not_made_yet_is_known_by_its_content(tmp_path: Path):
    found = previewed(tmp_path)
    assert found["imageRef"] == f"registry-not-made-yet.invalid/sum@{found['digest']}"
    assert found["version"] is UNKNOWN
    assert RULES["model"](found["imageRef"]) is None


def test_a_service_is_judged_by_it_before_anything_is_made(tmp_path: Path):
    model = previewed(tmp_path)["imageRef"]
    service = {"name": "sum", "model": model, "tritonImage": IMAGE, "gatewayImage": IMAGE, "numReplicas": 1}
    provider = KubernetesServiceProvider()
    checked = provider.check(call(), {**service, "authEnabled": False, "kubeconfig": UNKNOWN})
    with pytest.raises(UserError, match="gpuCores"):
        provider.create(call(), checked.inputs)


def test_a_name_that_is_not_known_leaves_the_image_open(tmp_path: Path):
    assert previewed(tmp_path, name=UNKNOWN)["imageRef"] is UNKNOWN


def test_a_directory_that_changed_since_its_preview_is_not_published(tmp_path: Path):
    registry = tmp_path / "registry"
    inputs = checked(tmp_path, registry=f"oci-layout://{registry}")
    (tmp_path / "models" / "triton" / "sum" / "config.pbtxt").write_text(f"{GPU}max_batch_size: 2\n")
    with pytest.raises(UserError, match=r"models changed while it was being deployed; wait until nothing writes"):
        PROVIDER.create(call(preview=False), inputs)
    assert open_registry(f"oci-layout://{registry}").tags("sum") == []
