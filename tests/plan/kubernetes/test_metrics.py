"""Whether there is what rules and dashboard ask for: a real Triton behind its pod's real gateway, read as Prometheus
reads them."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from parts import cluster_services
from parts.docker_registry import free_port
from parts.pod_gateway import Pod, running_pod
from parts.triton import running_triton
from triton_serving.models.needs import Input, ModelNeeds
from triton_serving.plan.gateway import pod as plan
from triton_serving.plan.kubernetes.alerts import alerts
from triton_serving.plan.kubernetes.monitoring import dashboard, pod_monitor
from triton_serving.plan.kubernetes.service import ClusterService
from triton_serving.plan.service import ServedModel

MODEL = ModelNeeds("echo", (1,), "python", False, 1, (Input("x", "FP32", (-1, 4)),))
CONFIG = """backend: "python"
max_batch_size: 8
input [{ name: "x" data_type: TYPE_FP32 dims: [4] }]
output [{ name: "y" data_type: TYPE_FP32 dims: [4] }]
"""
ECHO = """import triton_python_backend_utils as backend

class TritonPythonModel:
    def execute(self, requests):
        arrays = [backend.get_input_tensor_by_name(one, "x").as_numpy() for one in requests]
        return [backend.InferenceResponse([backend.Tensor("y", one)]) for one in arrays]
"""
DEADLINE = 60.0


@pytest.fixture(scope="module")
def service() -> ClusterService:
    found = cluster_services.service()
    served = replace(found.stable.plan, models=(ServedModel("echo", (1,)),), auth_enabled=False)
    return replace(
        found, stable=replace(found.stable, plan=served, model=replace(cluster_services.MODEL, needs=(MODEL,)))
    )


@pytest.fixture(scope="module")
def pod(service: ClusterService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    folder = tmp_path_factory.mktemp("pod")
    version = folder / "models" / "echo" / "1"
    version.mkdir(parents=True)
    (version / "model.py").write_text(ECHO)
    (version.parent / "config.pbtxt").write_text(CONFIG)
    metrics = free_port()
    with running_triton(folder, "models", metrics_port=metrics) as triton:
        behind = {plan.TRITON_HTTP: triton.port, plan.TRITON_GRPC: triton.grpc_port, plan.TRITON_METRICS: metrics}
        gateway = plan.PodGateway(service.stable.plan, (MODEL,))
        with running_pod(folder / "gateway", gateway, behind=behind) as running:
            yield running


def read(pod: Pod, service: ClusterService) -> str:
    """All endpoints of the PodMonitor."""
    endpoints = pod_monitor(service)["spec"]["podMetricsEndpoints"]
    return "".join(pod.get(plan.PROBE_PORT, one["path"], "Connection: close").body.decode() for one in endpoints)


def asked_for(service: ClusterService) -> set[str]:
    (panels,) = dashboard(service)["data"].values()
    texts = json.dumps(alerts(service)["spec"]) + panels
    return set(re.findall(r"\b(?:nv|envoy)_\w+(?=\{)", texts))


def test_every_metric_of_triton_and_of_the_gateway_exists(pod: Pod, service: ClusterService):
    pod.wait_for(lambda: pod.probe(plan.READY_PATH) == 200, "the pod is ready")
    there = set(re.findall(r"^(\w+)\{", read(pod, service), re.MULTILINE))
    of_gpus = {one for one in asked_for(service) if one.startswith("nv_gpu_")}  # documented; none without a GPU
    assert of_gpus == {"nv_gpu_utilization", "nv_gpu_memory_used_bytes", "nv_gpu_memory_total_bytes"}
    assert asked_for(service) - of_gpus <= there


def test_a_request_and_its_time_are_counted_at_the_gateway_and_at_its_model(pod: Pod, service: ClusterService):
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{pod.port}/v2/models/echo/versions/1/infer",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=DEADLINE).close()
    expected = (
        r'nv_inference_request_success\{model="echo",version="1"\} [1-9]',
        r'nv_inference_queue_duration_us\{model="echo",version="1"\} [1-9]',
        r'envoy_http_downstream_rq_xx\{envoy_response_code_class="2",envoy_http_conn_manager_prefix="service"\} [1-9]',
        r'envoy_cluster_membership_healthy\{envoy_cluster_name="canary/echo/1"\} 1',
        r'envoy_cluster_health_check_attempt\{envoy_cluster_name="canary/echo/1"\} [1-9]',
        r'nv_inference_request_failure\{model="echo",reason="BACKEND",version="1"\} 0',
    )
    until = time.monotonic() + DEADLINE  # Envoy's histograms and Triton's counters follow a little later
    while missing := [one for one in expected if not re.search(one, read(pod, service))]:
        assert time.monotonic() < until, f"{missing} is not in\n{read(pod, service)}"
