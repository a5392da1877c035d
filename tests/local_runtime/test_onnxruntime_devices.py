"""Where an ONNX model runs: on the device of its instance, or nowhere."""

import subprocess
from pathlib import Path

from parts.triton import installation
from triton_serving.local_runtime.installation import ONNXRUNTIME_BACKEND

from .onnx_files import double

INSTANCE = """
import sys, types
sys.path.insert(0, sys.argv[1])
sys.modules["triton_python_backend_utils"] = types.ModuleType("triton_python_backend_utils")
import model
config = {"name": "m", "instance_group": [{"count": 1, "gpus": []}]}
session = model._session(sys.argv[2], config, {"model_instance_kind": sys.argv[3], "model_instance_device_id": "1"})
print(session.get_providers())
"""
"""An instance as Triton makes it. Triton itself makes none on a GPU where there is none."""


def make_instance(folder: Path, kind: str) -> "subprocess.CompletedProcess[str]":
    double(folder, "m", [2])
    python = installation().triton.parents[4] / "bin" / "python"
    command = [python, "-c", INSTANCE, ONNXRUNTIME_BACKEND, folder / "m/1/model.onnx", kind]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_instance_on_the_cpu_runs_there(tmp_path: Path) -> None:
    assert make_instance(tmp_path, "CPU").stdout == "['CPUExecutionProvider']\n"


def test_an_instance_on_a_gpu_that_onnx_runtime_cannot_use_does_not_go_to_the_cpu(tmp_path: Path) -> None:
    made = make_instance(tmp_path, "GPU")
    assert made.returncode == 1
    assert "RuntimeError: ONNX Runtime cannot use GPU 1" in made.stderr
    assert "CUDA_VISIBLE_DEVICES= (empty)" in made.stderr
