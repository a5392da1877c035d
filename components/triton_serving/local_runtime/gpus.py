"""The NVIDIA GPUs of this machine as CUDA programs have them: one that CUDA_VISIBLE_DEVICES hides is none.

The driver is asked. Files below /dev do not tell: containers have them without a driver, and WSL has GPUs without them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plan.processes import INHERITED

DRIVER = "libcuda.so.1"
NO_DEVICE = 100
"""CUDA_ERROR_NO_DEVICE: there is none, or all are hidden."""
ONNX_CUDA = (13, 0)
ONNX_CAPABILITY = (7, 5)
"""What the package onnxruntime-gpu is built for: CUDA 13, which has left behind all GPUs before Turing."""
_PROBE = Path(__file__).with_name("cuda_probe.py")
_LONGEST_SECONDS = 60
"""A machine with eight GPUs wakes one after the other."""


@dataclass(frozen=True)
class Gpus:
    none_because: str | None = None
    """Why no model can have a GPU; None where there are some."""
    not_for_onnx_because: str | None = None
    """Why the package onnxruntime-gpu cannot use those that there are."""

    def why_not(self, backend: str) -> str | None:
        """Why models of a backend run on the CPU here, or None where they can have a GPU."""
        return self.none_because or (self.not_for_onnx_because if backend == "onnxruntime" else None)


NO_GPUS = Gpus(none_because="this machine has no NVIDIA GPU")
"""Or whoever runs the models cannot give it to them."""


def find_gpus(driver: str = DRIVER) -> Gpus:
    """As a service that is started now will find them: asked with the variables that it gets."""
    try:
        said = subprocess.run(  # noqa: S603 - this Python, on our own file
            [sys.executable, "-I", _PROBE, driver],
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=True,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
        )
    except subprocess.SubprocessError:
        return Gpus(none_because="NVIDIA's driver on this machine does not answer (look at nvidia-smi)")
    return judge(json.loads(said.stdout))


def judge(told: Mapping[str, Any]) -> Gpus:
    """From what cuda_probe.py prints."""
    error = told.get("error", NO_DEVICE)
    if error != NO_DEVICE:
        return Gpus(
            none_because=f"NVIDIA's driver on this machine gives no GPU (CUDA error {error}; look at nvidia-smi)"
        )
    if not told.get("capabilities"):
        return NO_GPUS
    cuda = divmod(told["version"] // 10, 100)
    if cuda < ONNX_CUDA:
        return Gpus(
            not_for_onnx_because=f"this machine's NVIDIA driver is for CUDA {_dotted(cuda)} and ONNX Runtime needs "
            f"one for {_dotted(ONNX_CUDA)} (580 or later)"
        )
    oldest = tuple(min(told["capabilities"]))
    if oldest < ONNX_CAPABILITY:
        return Gpus(
            not_for_onnx_because=f"a GPU here has compute capability {_dotted(oldest)} and ONNX Runtime needs "
            f"{_dotted(ONNX_CAPABILITY)} (CUDA_VISIBLE_DEVICES can hide it from the others)"
        )
    return Gpus()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
