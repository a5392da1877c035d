"""What a deployment is made of, with the supervisor left out."""

import socket
from pathlib import Path

import pytest
from parts.triton import installation
from triton_serving.local_runtime import service
from triton_serving.local_runtime.model_files import ModelFiles
from triton_serving.local_runtime.supervisor.ports import Port
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


def test_a_reserved_port_is_given_to_nobody_but_the_service() -> None:
    with service.reserved_port() as port:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        held = Port(port)
        with socket.socket() as program:
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # as Envoy has it
                program.setsockopt(socket.SOL_SOCKET, option, 1)
            program.bind(("127.0.0.1", port))
            program.listen()
            held.close()


def test_a_port_for_later_is_none_that_linux_gives_to_somebody_else_by_then() -> None:
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(service.free_port() for _ in range(20)) < first_given


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
