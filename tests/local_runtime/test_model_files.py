from pathlib import Path

import pytest
from parts.triton import running_triton
from triton_serving.local_runtime.canary import first_look
from triton_serving.local_runtime.model_files import fetch_model
from triton_serving.models.work import Stopped, Work
from triton_serving.plan.service import ServedModel
from triton_serving.rules.problems import UserError

from .model_texts import COMPLETES, DIGITS, ECHO, TENSORS, onnx, python


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
