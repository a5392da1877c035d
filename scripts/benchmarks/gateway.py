"""How much of Triton's own speed is left behind the gateway, and whose time is it?

One Triton is asked in turns: at its own port, and at the service's.
"""

import os
import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from parts.engine import ROOT
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

from .load import answers_per_second, post
from .rows import Row, per_second
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
JSON = "application/json"
OURS = "benchmark"
"""This process, which sends the requests."""


@dataclass
class _Way:
    """What was measured on one way to Triton."""

    rates: list[float] = field(default_factory=list)
    microseconds: dict[str, list[float]] = field(default_factory=dict)
    """Of processor time for one request, by part of the service."""


def measure(folder: Path, quick: bool) -> list[Row]:
    models = plant_models(folder / "models")
    with running_service(folder / "service", modelDirectory=str(models), modelName="benchmark") as service:
        ways = {"gateway": gateway_port(service), "Triton": triton_port(service)}
        return compare(ways, processes_by_part(service.processes()), requests(), quick)


def plant_models(folder: Path) -> Path:
    shutil.copytree(DIGITS, folder / "digits")
    for path, text in IDENTITY.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def compare(
    ports: Mapping[str, int], parts: Mapping[str, list[int]], asked: Mapping[str, bytes], quick: bool
) -> list[Row]:
    """`ports` of "gateway" and "Triton"; `parts` are the processes of the service."""
    rows = []
    for what, request in asked.items():
        ways = {name: _Way() for name in ports}
        for _ in range(1 if quick else 7):
            for name, way in ways.items():
                _ask(parts, ports[name], request, 1 if quick else 3, way)
        rows += _rows(what, ways["gateway"], ways["Triton"])
    return rows


def _ask(of_service: Mapping[str, list[int]], port: int, request: bytes, seconds: float, way: _Way) -> None:
    parts = {**of_service, OURS: [os.getpid()]}
    before = {part: processor_seconds(processes) for part, processes in parts.items()}
    rate = answers_per_second(port, request, seconds)
    way.rates.append(rate)
    for part, processes in parts.items():
        spent = processor_seconds(processes) - before[part]
        way.microseconds.setdefault(part, []).append(spent / (rate * seconds) * 1e6)


def _rows(what: str, gateway: _Way, triton: _Way) -> list[Row]:
    share = statistics.median(one / other for one, other in zip(gateway.rates, triton.rates, strict=True))
    return [
        Row(f"{what}: Triton itself", per_second(triton.rates), _shares(triton)),
        Row(f"{what}: through the gateway", per_second(gateway.rates), _shares(gateway)),
        Row("", f"{share:.2f} of Triton's own", "", f"at least {GOAL}", share >= GOAL),
    ]


def _shares(way: _Way) -> str:
    middle = {part: statistics.median(spent) for part, spent in way.microseconds.items()}
    return ", ".join(f"{part} {spent:.0f} µs" for part, spent in middle.items() if spent >= 1)


def requests(**headers: object) -> dict[str, bytes]:
    pixels = numpy.zeros((1, 64), numpy.float32)
    numbers = numpy.zeros(4, numpy.float32)
    image = (ROOT / "examples/digits/request.json").read_bytes()
    four = b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4], "data": [0, 0, 0, 0]}]}'
    return {
        "digits, JSON": post(_path("digits"), image, JSON, **headers),
        "digits, binary": _binary("digits", "pixels", pixels, "probabilities", **headers),
        "identity, JSON": post(_path("identity"), four, JSON, **headers),
        "identity, binary": _binary("identity", "x", numbers, "y", **headers),
    }


def _path(model: str) -> str:
    return f"/v2/models/{model}/infer"


def _binary(
    model: str,
    name: str,
    values: "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]",
    wanted: str,
    **headers: object,
) -> bytes:
    """As tritonclient sends it."""
    given = InferInput(name, values.shape, "FP32")
    given.set_data_from_numpy(values)
    body, length = InferenceServerClient.generate_request_body([given], outputs=[InferRequestedOutput(wanted)])
    return post(_path(model), body, "application/octet-stream", Inference_Header_Content_Length=length, **headers)
