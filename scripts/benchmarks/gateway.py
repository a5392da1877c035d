"""How much of Triton's own speed is left behind the gateway, and whose time is it?

One Triton is asked in turns: at its own port, and at the service's.
"""

import os
import shutil
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from parts.engine import ROOT
from parts.services import Service
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

from .load import answers_per_second, post
from .rows import Row
from .services import gateway_port, processes_by_part, processor_seconds, running_service, triton_port

GOAL = 0.6
DIGITS = ROOT / "examples/digits/models/triton/digits"
IDENTITY = {
    "identity/config.pbtxt": """
name: "identity" backend: "python"
input { name: "x" data_type: TYPE_FP32 dims: 4 }
output { name: "y" data_type: TYPE_FP32 dims: 4 }
""",
    "identity/1/model.py": """
import triton_python_backend_utils as pb

class TritonPythonModel:
    def execute(self, requests):
        given = [pb.get_input_tensor_by_name(one, "x").as_numpy() for one in requests]
        return [pb.InferenceResponse([pb.Tensor("y", one)]) for one in given]
""",
}
"""The cheapest model there is in Python: the gateway's share is largest."""
OURS = "benchmark"
"""This process, which sends the requests."""


@dataclass
class _Way:
    """What was measured on one way to Triton."""

    rates: list[float] = field(default_factory=list)
    microseconds: dict[str, list[float]] = field(default_factory=dict)
    """Of processor time for one request, by part of the service."""


def measure(folder: Path, quick: bool) -> list[Row]:
    models = folder / "models"
    shutil.copytree(DIGITS, models / "digits")
    for path, text in IDENTITY.items():
        (models / path).parent.mkdir(parents=True, exist_ok=True)
        (models / path).write_text(text)
    rows = []
    with running_service(folder / "service", modelDirectory=str(models), modelName="benchmark") as service:
        for what, request in _requests().items():
            ways = {"gateway": _Way(), "Triton": _Way()}
            for _ in range(1 if quick else 7):
                _ask(service, triton_port(service), request, 1 if quick else 3, ways["Triton"])
                _ask(service, gateway_port(service), request, 1 if quick else 3, ways["gateway"])
            rows += _rows(what, ways["gateway"], ways["Triton"])
    return rows


def _ask(service: Service, port: int, request: bytes, seconds: float, way: _Way) -> None:
    parts = {**processes_by_part(service), OURS: [os.getpid()]}
    before = {part: processor_seconds(processes) for part, processes in parts.items()}
    rate = answers_per_second(port, request, seconds)
    way.rates.append(rate)
    for part, processes in parts.items():
        spent = processor_seconds(processes) - before[part]
        way.microseconds.setdefault(part, []).append(spent / (rate * seconds) * 1e6)


def _rows(what: str, gateway: _Way, triton: _Way) -> list[Row]:
    share = statistics.median(one / other for one, other in zip(gateway.rates, triton.rates, strict=True))
    return [
        Row(f"{what}: Triton itself", _per_second(triton.rates), _shares(triton)),
        Row(f"{what}: through the gateway", _per_second(gateway.rates), _shares(gateway)),
        Row("", f"{share:.2f} of Triton's own", "", f"at least {GOAL}", share >= GOAL),
    ]


def _per_second(rates: list[float]) -> str:
    return f"{statistics.median(rates):.0f}/s ({min(rates):.0f} to {max(rates):.0f})"


def _shares(way: _Way) -> str:
    middle = {part: statistics.median(spent) for part, spent in way.microseconds.items()}
    return ", ".join(f"{part} {spent:.0f} µs" for part, spent in middle.items() if spent >= 1)


def _requests() -> dict[str, bytes]:
    pixels = numpy.zeros((1, 64), numpy.float32)
    numbers = numpy.zeros(4, numpy.float32)
    return {
        "digits, JSON": _json("digits", (ROOT / "examples/digits/request.json").read_bytes()),
        "digits, binary": _binary("digits", "pixels", pixels, "probabilities"),
        "identity, JSON": _json(
            "identity", b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4], "data": [0, 0, 0, 0]}]}'
        ),
        "identity, binary": _binary("identity", "x", numbers, "y"),
    }


def _json(model: str, body: bytes) -> bytes:
    return post(f"/v2/models/{model}/infer", body)


def _binary(
    model: str, name: str, values: "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]", wanted: str
) -> bytes:
    """As tritonclient sends it."""
    given = InferInput(name, values.shape, "FP32")
    given.set_data_from_numpy(values)
    body, length = InferenceServerClient.generate_request_body([given], outputs=[InferRequestedOutput(wanted)])
    return post(f"/v2/models/{model}/infer", body, "application/octet-stream", Inference_Header_Content_Length=length)
