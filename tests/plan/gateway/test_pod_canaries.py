"""What counts as alive, and what a canary asks: before a server that answers with Triton's words."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from parts.pod_gateway import running_pod
from triton_serving.models.needs import Input, ModelNeeds
from triton_serving.plan.gateway import canaries, pod
from triton_serving.plan.service import Mode, ServicePlan

PLAN = ServicePlan("service", Mode.DIRECT)
PYTHON = ModelNeeds("digits", (1,), "python", False, 1, (Input("x", "FP32", (-1, 4)), Input("t", "BYTES", (-1, 1))))
SOCKET = {"pipe": {"path": "canary.sock"}}


@contextmanager
def answering(status: int, text: str) -> Iterator[tuple[int, list[str]]]:
    """A port at which health is well and inferences get this answer; and those that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b"")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            self._answer(status, json.dumps({"error": text}).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


ALIVE = {
    "answer": (200, ""),
    "refusal": (400, "unexpected shape for input 'x'"),
    "exception": (500, "Failed to process the request(s) for model 'digits_0', message: ValueError: no zeros"),
    "error-of-the-model": (500, "the text is empty"),
    "full-queue": (503, "Exceeds maximum queue size"),
    "waited-too-long": (503, "Request timeout expired"),
}
DEAD = {
    "process": (500, "Stub process 'digits_0' is not healthy."),
    "no-code": (500, "Failed to process the request(s), message: model.py does not implement `execute` method."),
    "wrong-numpy": (500, "output tensor shape does not match size of output for 'y'"),
    "unavailable": (503, "the server is exiting"),
    "no-gateway": (502, ""),
}


@pytest.mark.parametrize(("status", "text"), ALIVE.values(), ids=ALIVE)
def test_who_answers_at_all_is_alive(tmp_path: Path, status: int, text: str):
    with (
        answering(status, text) as (port, _),
        running_pod(tmp_path / "pod", pod.PodGateway(PLAN, (PYTHON,)), behind={pod.TRITON_HTTP: port}) as running,
    ):
        running.wait_for(lambda: running.probe(pod.READY_PATH) == running.probe(pod.TRITON_LIVE_PATH) == 200)


@pytest.mark.parametrize(("status", "text"), DEAD.values(), ids=DEAD)
def test_an_instance_that_will_answer_nothing_is_dead_whatever_triton_says(tmp_path: Path, status: int, text: str):
    other = ModelNeeds("other", (1,), "onnxruntime", False, 1)
    gateway = pod.PodGateway(PLAN, (PYTHON, other))
    with (
        answering(status, text) as (port, asked),
        running_pod(tmp_path / "pod", gateway, behind={pod.TRITON_HTTP: port}) as running,
    ):
        running.wait_for(lambda: 'healthy{envoy_cluster_name="canary/other/1"} 1' in running.metrics())
        running.wait_for(lambda: len(asked) > 2)
        assert running.probe(pod.READY_PATH) == running.probe(pod.TRITON_LIVE_PATH) == 503


def test_a_canary_asks_for_zeros_and_empty_texts_of_the_least_size():
    (asked,) = canaries.canaries([PYTHON], 8000, SOCKET)
    question = asked["health_checks"][0]["http_health_check"]
    headers = {one["header"]["key"]: one["header"]["value"] for one in question["request_headers_to_add"]}
    body = gzip.decompress(base64.b64decode(question["send"]["binary"]))
    head = int(headers["inference-header-content-length"])
    described = {one["name"]: (one["datatype"], one["shape"]) for one in json.loads(body[:head])["inputs"]}
    assert described == {"x": ("FP32", [1, 4]), "t": ("BYTES", [1, 1])}
    assert body[head:] == bytes(16 + 4)
    assert question["path"] == "/v2/models/digits/versions/1/infer"


@pytest.mark.parametrize(
    "model",
    [
        ModelNeeds("other", (1,), "onnxruntime", False, 1, PYTHON.inputs),
        ModelNeeds("unknown", (1,), "python", False, 1),
        ModelNeeds("large", (1,), "python", False, 1, (Input("x", "FP32", (-1, 10**9)),)),
    ],
    ids=lambda model: model.name,
)
def test_other_models_are_asked_whether_they_are_ready(model: ModelNeeds):
    (asked,) = canaries.canaries([model], 8000, SOCKET)
    question = asked["health_checks"][0]["http_health_check"]
    assert question["path"] == f"/v2/models/{model.name}/versions/1/ready"


def test_a_thousand_models_are_asked_rarely_and_python_first():
    others = [ModelNeeds(f"other-{number}", (1,), "onnxruntime", False, 1) for number in range(900)]
    pythons = [ModelNeeds(f"python-{number}", (1,), "python", False, 1, PYTHON.inputs) for number in range(100)]
    asked = canaries.canaries([*others, *pythons], 8000, SOCKET)
    assert len(asked) == canaries.MOST_VERSIONS
    assert [one["name"] for one in asked[:100]] == [f"canary/python-{number}/1" for number in range(100)]
    per_second = sum(1 / float(one["health_checks"][0]["interval"].rstrip("s")) for one in asked)
    assert per_second == pytest.approx(canaries.MOST_PER_SECOND)
    assert len(json.dumps(asked)) < 600_000, "a ConfigMap holds 1 MiB"


def test_each_instance_of_a_model_is_asked_as_often_as_a_single_one():
    def interval(instances: int) -> float:
        (asked,) = canaries.canaries([ModelNeeds("m", (1,), "python", False, instances, PYTHON.inputs)], 8000, SOCKET)
        return float(asked["health_checks"][0]["interval"].rstrip("s"))

    assert (interval(1), interval(2)) == (5, 2.5)
