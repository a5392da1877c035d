from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf import text_format
from parts.triton import running_triton
from triton_serving.local_runtime.canary import first_look
from triton_serving.local_runtime.gpus import NO_GPUS, Gpus
from triton_serving.local_runtime.model_files import ModelFiles, fetch_model
from triton_serving.models.check import check_directory
from triton_serving.models.pbtxt import definitions
from triton_serving.models.publish import publish
from triton_serving.models.registry.open import open_registry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Stopped, Work
from triton_serving.plan.service import ServedModel
from triton_serving.rules.problems import UserError

TENSORS = """
input { name: "x" data_type: TYPE_FP32 dims: [ 1 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 1 ] }
"""
ECHO = """import triton_python_backend_utils as utils
class TritonPythonModel:
    def execute(self, requests):
        return [
            utils.InferenceResponse([utils.Tensor("y", utils.get_input_tensor_by_name(one, "x").as_numpy())])
            for one in requests
        ]
"""
Fetch = Callable[..., ModelFiles]


def python(groups: str = "") -> str:
    return f'backend: "python"\n{groups}{TENSORS}'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def publish_models(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], str]:
    """Publishes files below the folder `registered` and gives the image's reference."""

    def publish_models(files: Mapping[str, str | bytes]) -> str:
        for path, content in files.items():
            place = tmp_path / "registered" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        check = check_directory(tmp_path / "registered")
        assert check.problems == ()
        _, image = snapshot(check, Work())
        registry = open_registry(f"oci-layout://{tmp_path}/registry")
        return registry.reference("models", publish(registry, "models", image, "0a1b2c3d", 0, Work()).digest)

    return publish_models


@pytest.fixture
def machine_has(monkeypatch: pytest.MonkeyPatch) -> Callable[[Gpus], None]:
    return lambda gpus: monkeypatch.setattr("triton_serving.local_runtime.model_files.find_gpus", lambda: gpus)


@pytest.fixture
def machine_without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


def test_a_version_becomes_files_and_triton_serves_them(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"triton/echo/config.pbtxt": python(), "triton/echo/3/model.py": ECHO, "notes.txt": "x"})
    files = fetch_model(reference, tmp_path / "service/models", Work())
    digest = reference.rpartition("@")[2]
    assert files.digest == digest
    assert files.model == tmp_path / "service/models" / digest.removeprefix("sha256:") / "model"
    assert (files.model / "registered/notes.txt").read_text() == "x"
    assert files.models == (ServedModel("echo", (3,)),)
    assert files.size == sum(file.stat().st_size for file in (tmp_path / "registered").rglob("*") if file.is_file())
    assert files.notices == ()
    repository = str(files.repository.relative_to(tmp_path / "service"))
    with running_triton(tmp_path / "service", repository) as triton:
        assert first_look(triton.port, files.models, 60)[1] == []


def test_a_second_time_needs_no_registry(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    first = fetch_model(reference, tmp_path / "models", Work())
    (tmp_path / "registry").rename(tmp_path / "away")
    assert fetch_model(reference, tmp_path / "models", Work()) == first


def test_what_a_killed_run_left_is_not_taken_for_whole(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    left = tmp_path / "models" / reference.rpartition(":")[2] / "model.part/registered"
    left.mkdir(parents=True)
    (left / "other").write_text("half")
    files = fetch_model(reference, tmp_path / "models", Work())
    assert sorted(path.name for path in (files.model / "registered").iterdir()) == ["echo"]
    assert sorted(path.name for path in files.model.parent.iterdir()) == ["model", "repository"]


def test_a_user_who_stops_it_finds_nothing(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    work = Work()
    work.stop.set()
    with pytest.raises(Stopped):
        fetch_model(reference, tmp_path / "models", work)
    assert list((tmp_path / "models").iterdir()) == []


def test_damage_leaves_nothing(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    for blob in (tmp_path / "registry/models/blobs/sha256").iterdir():
        blob.write_bytes(blob.read_bytes().replace(b"TYPE_FP32", b"TYPE_FP64"))
    with pytest.raises(UserError, match=r"registered/echo/config\.pbtxt: not what was published"):
        fetch_model(reference, tmp_path / "models", Work())
    assert list((tmp_path / "models").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(publish_models, tmp_path: Path) -> None:
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    (tmp_path / "models").write_text("no folder")
    with pytest.raises(UserError, match=r"model files cannot be kept there \(Not a directory\); .*XDG_DATA_HOME"):
        fetch_model(reference, tmp_path / "models", Work())


COMPLETES = (
    ECHO
    + """
    @staticmethod
    def auto_complete_config(config):
        return config
"""
)


def onnx(settings: str = "") -> dict[str, str | bytes]:
    digits = Path(__file__).parents[2] / "examples/digits/models/triton/digits"
    return {"digits/1/model.onnx": (digits / "1/model.onnx").read_bytes(), "digits/config.pbtxt": settings}


DIGITS = """max_batch_size: 8
input { name: "pixels" data_type: TYPE_FP32 dims: [ 64 ] }
output { name: "probabilities" data_type: TYPE_FP32 dims: [ 10 ] }
"""


@pytest.mark.parametrize(
    ("files", "complete"),
    [
        ({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO} | onnx(DIGITS), True),
        ({"echo/config.pbtxt": python(), "echo/1/model.py": COMPLETES}, False),
        ({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO} | onnx(), False),
    ],
    ids=["all told", "Python completes", "ONNX completes"],
)
def test_triton_finds_out_only_what_is_not_told(publish_models, tmp_path: Path, files, complete: bool) -> None:
    found = fetch_model(publish_models(files), tmp_path / "service/models", Work())
    assert found.complete is complete
    repository = str(found.repository.relative_to(tmp_path / "service"))
    with running_triton(tmp_path / "service", repository, complete_configurations=complete) as triton:
        assert first_look(triton.port, found.models, 60)[1] == []


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


FOREIGN = {
    "plan/config.pbtxt": f'backend: "tensorrt"\n{TENSORS}',
    "plan/1/model.plan": "x",
    "net/config.pbtxt": f'backend: "openvino"\n{TENSORS}',
    "net/1/model.xml": "x",
    "net/1/model.bin": "x",
    "echo/config.pbtxt": python(),
    "echo/1/model.py": ECHO,
}


def test_every_model_that_cannot_run_here_is_told_at_once(publish_models, tmp_path: Path) -> None:
    reference = publish_models(FOREIGN)
    with pytest.raises(UserError) as told:
        fetch_model(reference, tmp_path / "models", Work())
    lines = str(told.value).splitlines()
    assert [(line.partition(":")[0], line.endswith("[local-backend]")) for line in lines] == [
        ("net", True),
        ("plan", True),
    ]
    assert "(needs openvino)" in lines[0]


def test_a_script_that_loads_the_model_itself_may_have_any(publish_models, tmp_path: Path) -> None:
    files = fetch_model(publish_models(FOREIGN), tmp_path / "models", Work(), for_triton=False)
    assert [path.name for path in files.model.parent.iterdir()] == ["model"]
    assert (files.model / "registered/plan/1/model.plan").read_text() == "x"


def test_models_without_room_in_shared_memory_are_refused(
    publish_models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triton_serving.local_runtime.shared_memory.REGION_BYTES", 1 << 60)
    reference = publish_models({"echo/config.pbtxt": python(), "echo/1/model.py": ECHO})
    with pytest.raises(UserError, match=r"/dev/shm has \d+ MiB free"):
        fetch_model(reference, tmp_path / "models", Work())
