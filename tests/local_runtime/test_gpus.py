"""What the driver says, and what is made of it. Here there is no driver: its answers are written down instead."""

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from triton_serving.local_runtime import cuda_probe
from triton_serving.local_runtime.gpus import NO_GPUS, find_gpus, judge

NO_DRIVER = "libthere-is-no-such-driver.so.1"
REQUIREMENTS = Path(cuda_probe.__file__).parent


class Driver:
    """Answers as libcuda does, through the pointers that it is given."""

    def __init__(self, version: int, capabilities: list[tuple[int, int]], error: int = 0) -> None:
        self.version, self.capabilities, self.error = version, capabilities, error

    def cuInit(self, flags: int) -> int:
        return self.error

    def cuDriverGetVersion(self, version: Any) -> int:
        version._obj.value = self.version
        return 0

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = len(self.capabilities)
        return 0

    def cuDeviceGet(self, device: Any, number: int) -> int:
        device._obj.value = number
        return 0

    def cuDeviceGetAttribute(self, value: Any, attribute: int, device: Any) -> int:
        value._obj.value = self.capabilities[device.value][(75, 76).index(attribute)]
        return 0


@pytest.mark.parametrize(
    ("driver", "told"),
    [
        (Driver(13010, [(9, 0), (7, 5)]), {"version": 13010, "capabilities": [[9, 0], [7, 5]]}),
        (Driver(13010, []), {"version": 13010, "capabilities": []}),
        (Driver(13010, [(9, 0)], error=803), {"error": 803}),
    ],
)
def test_the_driver_is_asked_for_its_version_and_every_gpu(
    monkeypatch: pytest.MonkeyPatch, driver: Driver, told: Mapping[str, Any]
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)
    assert cuda_probe.ask("libcuda.so.1") == told


def test_a_machine_without_a_driver_has_no_gpu() -> None:
    assert find_gpus(NO_DRIVER) == NO_GPUS


def test_a_driver_that_ends_whoever_asks_it_is_told() -> None:
    assert "does not answer (look at nvidia-smi)" in str(find_gpus("libc.so.6").none_because)


@pytest.mark.parametrize(
    ("told", "python", "onnxruntime"),
    [
        ({}, "has no NVIDIA GPU", "has no NVIDIA GPU"),
        ({"error": 100}, "has no NVIDIA GPU", "has no NVIDIA GPU"),
        ({"version": 13000, "capabilities": []}, "has no NVIDIA GPU", "has no NVIDIA GPU"),
        ({"error": 803}, "(CUDA error 803; look at nvidia-smi)", "(CUDA error 803; look at nvidia-smi)"),
        ({"version": 12020, "capabilities": [[9, 0]]}, None, "is for CUDA 12.2 and ONNX Runtime needs one for 13.0"),
        (
            {"version": 13000, "capabilities": [[9, 0], [7, 0]]},
            None,
            "compute capability 7.0 and ONNX Runtime needs 7.5",
        ),
        ({"version": 13000, "capabilities": [[7, 5]]}, None, None),
        ({"version": 14020, "capabilities": [[10, 0]]}, None, None),
    ],
    ids=[
        "no driver",
        "no device",
        "none left",
        "broken driver",
        "old driver",
        "old GPU",
        "least that will do",
        "newer",
    ],
)
def test_each_backend_has_the_gpus_or_a_reason_why_not(
    told: Mapping[str, Any], python: str | None, onnxruntime: str | None
) -> None:
    gpus = judge(told)
    for backend, reason in ("python", python), ("onnxruntime", onnxruntime):
        assert reason in str(gpus.why_not(backend)) if reason else gpus.why_not(backend) is None


def test_the_onnx_runtime_for_gpus_is_the_version_of_that_without() -> None:
    (cpu,) = (line for line in locked("requirements.txt") if line.startswith("onnxruntime=="))
    (gpu,) = (line for line in locked("requirements-cuda.txt") if line.startswith("onnxruntime-gpu=="))
    assert gpu == cpu.replace("onnxruntime", "onnxruntime-gpu")


def test_every_library_that_it_loads_is_locked() -> None:
    names = {line.partition("==")[0] for line in locked("requirements-cuda.txt")}
    parts = "cublas", "cuda-nvrtc", "cuda-runtime", "cudnn-cu13", "cufft", "curand", "nvjitlink"
    assert names == {"onnxruntime-gpu", *(f"nvidia-{part}" for part in parts)}


def locked(file: str) -> list[str]:
    return [
        line.split()[0] for line in (REQUIREMENTS / file).read_text().splitlines() if "==" in line.partition("#")[0]
    ]
