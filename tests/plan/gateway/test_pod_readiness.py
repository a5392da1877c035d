"""What a pod says of itself, with the real Triton behind its gateway."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.pod_gateway import Pod, running_pod
from parts.triton import Triton, running_triton
from triton_serving.models.needs import Input, ModelNeeds
from triton_serving.plan.gateway import pod
from triton_serving.plan.service import Mode, ServicePlan

PLAN = ServicePlan("service", Mode.DIRECT)
CONFIG = """backend: "python"
input { name: "x" data_type: TYPE_FP32 dims: [ -1 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ -1 ] }
"""
SOURCE = """%s
import os
import triton_python_backend_utils as utils
class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]
    def answer(self, request):
        x = utils.get_input_tensor_by_name(request, "x").as_numpy()
        return utils.InferenceResponse([utils.Tensor("y", self.result(x))])
    def result(self, x):
        %s
"""
MODELS = {
    "adds": ("", "return x + 1"),
    "picky": ("", 'raise ValueError("zeros are not for me")'),
    "fragile": ("", "os._exit(3)"),
    "v1.5": ("", "return x"),
}


def needs(*names: str) -> tuple[ModelNeeds, ...]:
    return tuple(ModelNeeds(name, (1,), "python", False, 1, (Input("x", "FP32", (-1,)),)) for name in names)


def write(repository: Path, name: str, source: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(CONFIG)
    (repository / name / "1" / "model.py").write_text(source)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("triton")
    for name, parts in MODELS.items():
        write(folder / "models", name, SOURCE % parts)
    with running_triton(folder, "models") as running:
        yield running


def before(triton: Triton) -> dict[int, int]:
    return {pod.TRITON_HTTP: triton.port, pod.TRITON_GRPC: triton.grpc_port}


def is_ready(gateway: Pod) -> bool:
    return gateway.probe(pod.READY_PATH) == 200


@pytest.mark.parametrize("names", [("adds",), ("picky",), ("v1.5",), ("adds", "picky", "v1.5")], ids=", ".join)
def test_models_that_live_make_a_pod_ready_also_when_they_refuse_zeros(
    triton: Triton, tmp_path: Path, names: tuple[str, ...]
):
    with running_pod(tmp_path / "pod", pod.PodGateway(PLAN, needs(*names)), behind=before(triton)) as gateway:
        gateway.wait_for(lambda: is_ready(gateway))
        assert gateway.probe(pod.TRITON_READY_PATH) == gateway.probe(pod.TRITON_LIVE_PATH) == 200


def test_a_model_whose_process_a_request_ends_keeps_a_pod_from_being_ready(triton: Triton, tmp_path: Path):
    gateway = pod.PodGateway(PLAN, needs("adds", "fragile"))
    with running_pod(tmp_path / "pod", gateway, behind=before(triton)) as running:
        running.wait_for(lambda: 'healthy{envoy_cluster_name="canary/adds/1"} 1' in running.metrics())
        assert 'healthy{envoy_cluster_name="canary/fragile/1"} 0' in running.metrics()
        assert not is_ready(running)


def test_a_model_whose_inputs_are_not_known_is_asked_whether_it_is_ready(triton: Triton, tmp_path: Path):
    unknown = ModelNeeds("adds", (1,), "python", False, 1)
    with running_pod(tmp_path / "pod", pod.PodGateway(PLAN, (unknown,)), behind=before(triton)) as gateway:
        gateway.wait_for(lambda: is_ready(gateway))


def test_a_model_that_triton_does_not_have_keeps_a_pod_from_being_ready(triton: Triton, tmp_path: Path):
    missing = ModelNeeds("missing", (1,), "onnxruntime", False, 1)
    gateway = pod.PodGateway(PLAN, (*needs("adds"), missing))
    with running_pod(tmp_path / "pod", gateway, behind=before(triton)) as running:
        running.wait_for(lambda: 'healthy{envoy_cluster_name="canary/adds/1"} 1' in running.metrics())
        assert not is_ready(running)


def test_without_models_a_pod_is_not_ready_and_not_dead(triton: Triton, tmp_path: Path):
    with running_pod(tmp_path / "pod", pod.PodGateway(PLAN, ()), behind=before(triton)) as gateway:
        gateway.wait_for(lambda: gateway.probe(pod.TRITON_LIVE_PATH) == 200)
        assert not is_ready(gateway)


def test_a_killed_process_of_a_model_makes_a_pod_neither_ready_nor_alive_whatever_triton_says(tmp_path: Path):
    folder = tmp_path / "triton"
    write(folder / "models", "adds", SOURCE % MODELS["adds"])
    with (
        running_triton(folder, "models") as triton,
        running_pod(tmp_path / "pod", pod.PodGateway(PLAN, needs("adds")), behind=before(triton)) as gateway,
    ):
        gateway.wait_for(lambda: is_ready(gateway))
        for stub in triton.stubs():
            os.kill(stub, signal.SIGKILL)
        gateway.wait_for(lambda: gateway.probe(pod.TRITON_LIVE_PATH) == 503)
        assert not is_ready(gateway)
        assert gateway.get(pod.SERVICE_PORT, "/v2/health/ready").status == 200, "what Triton says of itself"


@pytest.fixture(autouse=True)
def removed(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
