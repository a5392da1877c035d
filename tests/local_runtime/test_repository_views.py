"""How models are laid out for the GPUs of the machine."""

from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf import text_format
from parts.triton import running_triton
from triton_serving.local_runtime.canary import first_look
from triton_serving.local_runtime.gpus import NO_GPUS, Gpus
from triton_serving.local_runtime.model_files import fetch_model
from triton_serving.models.pbtxt import definitions
from triton_serving.models.work import Work

from .model_texts import ECHO, onnx, python


@pytest.fixture
def machine_has(monkeypatch: pytest.MonkeyPatch) -> Callable[[Gpus], None]:
    return lambda gpus: monkeypatch.setattr("triton_serving.local_runtime.model_files.find_gpus", lambda: gpus)


@pytest.fixture
def machine_without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


ON_GPU = {
    "gpu/config.pbtxt": python("instance_group { count: 2 kind: KIND_GPU gpus: [ 0, 1 ] }\n"),
    "auto/config.pbtxt": python("instance_group { count: 1 gpus: [ 0 ] }\n"),
    "cpu/config.pbtxt": python("instance_group { count: 1 kind: KIND_CPU }\n"),
    **{f"{name}/1/model.py": ECHO for name in ("gpu", "auto", "cpu")},
    "gpu/labels.txt": "a\n",
}


def groups(config: Path) -> list[tuple[int, str, list[int]]]:
    kinds = definitions().ModelInstanceGroup.Kind
    message = text_format.Parse(config.read_text(), definitions().ModelConfig())
    return [(group.count, kinds.Name(group.kind), list(group.gpus)) for group in message.instance_group]


@pytest.mark.usefixtures("machine_without_gpu")
def test_without_a_gpu_instances_go_to_the_cpu_and_a_notice_tells(publish_models, tmp_path: Path) -> None:
    files = fetch_model(publish_models(ON_GPU), tmp_path / "service/models", Work())
    assert [notice.partition(":")[0] for notice in files.notices] == ["auto", "gpu"]
    assert groups(files.repository / "gpu/config.pbtxt") == [(2, "KIND_CPU", [])]
    assert groups(files.repository / "auto/config.pbtxt") == [(1, "KIND_CPU", [])]
    assert groups(files.model / "registered/gpu/config.pbtxt") == [(2, "KIND_GPU", [0, 1])]
    assert (files.repository / "gpu/labels.txt").read_text() == "a\n"
    assert (files.repository / "cpu").is_symlink()
    repository = str(files.repository.relative_to(tmp_path / "service"))
    with running_triton(tmp_path / "service", repository) as triton:
        assert len(first_look(triton.port, files.models, 60)[0]) == 3


def test_with_a_gpu_everything_is_left_as_it_is(publish_models, tmp_path: Path, machine_has) -> None:
    machine_has(Gpus())
    says_nothing = {"free/config.pbtxt": python(), "free/1/model.py": ECHO}
    files = fetch_model(publish_models(ON_GPU | says_nothing), tmp_path / "models", Work())
    assert files.notices == (
        "auto: placed on GPU 0",
        "free: placed on every GPU of this machine",
        "gpu: placed on GPU 0 and 1",
    )
    assert all(model.is_symlink() for model in files.repository.iterdir())
    assert groups(files.repository / "gpu/config.pbtxt") == [(2, "KIND_GPU", [0, 1])]
    assert not files.onnx_on_gpus


@pytest.mark.parametrize(
    ("group", "on_gpus"),
    [
        ("", True),
        ("instance_group { count: 2 }", True),
        ("instance_group { kind: KIND_GPU gpus: [ 1 ] }", True),
        ("instance_group { kind: KIND_CPU }", False),
    ],
)
def test_what_onnx_needs_on_a_gpu_is_wanted_where_triton_places_it_there(
    publish_models, tmp_path: Path, machine_has, group: str, on_gpus: bool
) -> None:
    reference = publish_models(onnx(group))
    machine_has(Gpus())
    assert fetch_model(reference, tmp_path / "models", Work()).onnx_on_gpus is on_gpus
    machine_has(NO_GPUS)
    assert not fetch_model(reference, tmp_path / "models", Work()).onnx_on_gpus


OLD_DRIVER = Gpus(not_for_onnx_because="the driver is old")
ONNX_GROUPS = {
    "none": "",
    "auto": "instance_group { count: 2 gpus: [ 0 ] }",
    "cpu": "instance_group { kind: KIND_CPU }",
}


def test_gpus_that_onnx_runtime_cannot_use_leave_its_models_on_the_cpu_with_a_notice(
    publish_models, tmp_path: Path, machine_has
) -> None:
    machine_has(OLD_DRIVER)
    digits = onnx()["digits/1/model.onnx"]
    configs = {f"{name}/config.pbtxt": group for name, group in ONNX_GROUPS.items()}
    models = {f"{name}/1/model.onnx": digits for name in (*ONNX_GROUPS, "bare")}
    echo = {"echo/config.pbtxt": python("instance_group { kind: KIND_GPU }"), "echo/1/model.py": ECHO}
    files = fetch_model(publish_models(configs | models | echo), tmp_path / "service/models", Work())
    assert [notice.partition(", since")[0] for notice in files.notices] == [
        "auto: runs on the CPU",
        "bare: runs on the CPU",
        "echo: placed on every GPU of this machine",
        "none: runs on the CPU",
    ]
    assert "since the driver is old; " in files.notices[0]
    assert groups(files.repository / "auto/config.pbtxt") == [(2, "KIND_CPU", [])]
    for name in "none", "bare":
        assert groups(files.repository / name / "config.pbtxt") == [(0, "KIND_CPU", [])]
    assert (files.repository / "cpu").is_symlink()
    assert (files.repository / "echo").is_symlink()
    assert not files.onnx_on_gpus
    (files.repository / "echo").unlink()  # Triton would look for the GPU
    repository = str(files.repository.relative_to(tmp_path / "service"))
    with running_triton(tmp_path / "service", repository) as triton:
        served = [model for model in files.models if model.name != "echo"]
        assert first_look(triton.port, served, 60)[1] == []


def test_a_machine_that_gets_a_gpu_gets_another_view(publish_models, tmp_path: Path, machine_has) -> None:
    reference = publish_models(ON_GPU)
    views = []
    for gpus in NO_GPUS, OLD_DRIVER, Gpus(), NO_GPUS:
        machine_has(gpus)
        views.append(fetch_model(reference, tmp_path / "models", Work()).repository)
    assert len(set(views)) == 3
    assert views[0] == views[3]
    assert [(view / "gpu").is_symlink() for view in views] == [False, True, True, False]
