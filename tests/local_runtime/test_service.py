"""What a deployment is made of, with the supervisor left out."""

from pathlib import Path

import pytest
from parts.triton import installation
from triton_serving.local_runtime import service
from triton_serving.local_runtime.model_files import ModelFiles
from triton_serving.models.work import Work


def test_a_triton_finds_what_onnx_needs_on_gpus_only_where_a_model_runs_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "install_onnxruntime_for_cuda", lambda _: Path("/programs/cuda"))
    environments = [
        service._triton(tmp_path, installation(), model(tmp_path, on_gpus), Work()).environment
        for on_gpus in (False, True)
    ]
    assert environments[0] == installation().environment
    assert environments[1] == {**installation().environment, "TRITON_ONNXRUNTIME_CUDA": "/programs/cuda"}


def model(folder: Path, onnx_on_gpus: bool) -> ModelFiles:
    return ModelFiles(
        digest="sha256:0",
        model=folder / "model",
        repository=folder / "repository",
        models=(),
        size=0,
        notices=(),
        onnx_on_gpus=onnx_on_gpus,
        complete=True,
    )
