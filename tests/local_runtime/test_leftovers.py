import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.load import eventually
from parts.triton import running_triton
from triton_serving.local_runtime import leftovers, shared_memory
from triton_serving.local_runtime.shared_memory import room_problem
from triton_serving.models.check import check_directory

DIGITS = Path(__file__).parents[2] / "examples/digits/models"
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def prefix() -> Iterator[str]:
    prefix = f"tests-{uuid.uuid4().hex}-"
    yield prefix
    for region in SHARED_MEMORY.glob(f"{prefix}*"):
        region.unlink()


def regions(prefix: str) -> set[str]:
    return {region.name for region in SHARED_MEMORY.iterdir() if region.name.startswith(prefix)}


def test_regions_of_the_prefix_go_and_others_stay(prefix: str, tmp_path: Path) -> None:
    for name in (f"{prefix}2-a", f"{prefix}2-b", f"{prefix}3-a"):
        (SHARED_MEMORY / name).write_bytes(b"x")
    leftovers.remove(f"{prefix}2-", tmp_path / "none")
    assert regions(prefix) == {f"{prefix}3-a"}


def test_without_a_prefix_only_the_temporary_folder_goes(prefix: str, tmp_path: Path) -> None:
    (SHARED_MEMORY / f"{prefix}a").write_bytes(b"x")
    (tmp_path / "temporary/inner").mkdir(parents=True)
    leftovers.remove(None, tmp_path / "temporary")
    assert not (tmp_path / "temporary").exists()
    assert regions(prefix)


def test_a_killed_server_leaves_nothing_after_this(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(DIGITS / "triton")
    with running_triton(tmp_path, "models") as triton:
        assert regions(triton.shared_memory_prefix)
        os.killpg(triton.process.pid, signal.SIGKILL)
        triton.process.wait()
        assert regions(triton.shared_memory_prefix)
        leftovers.remove(triton.shared_memory_prefix, tmp_path / "none")
        assert not regions(triton.shared_memory_prefix)


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /tmp, where other tests' servers have folders."""
    monkeypatch.setattr(leftovers, "_TEMPORARY", tmp_path)
    return tmp_path


def test_a_folder_that_a_running_server_may_have_made_stays(environments: Path) -> None:
    """A server whose folder is gone dies when it loads its next model."""
    (environments / "models").symlink_to(DIGITS / "triton")
    with running_triton(environments, "models"):
        (environments / "python_env_abc").mkdir()
        leftovers.remove("tests-of-nobody-", environments / "none")
        assert (environments / "python_env_abc").exists()


def test_a_folder_that_no_server_can_have_made_goes_with_what_is_in_it(
    environments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_begun", lambda _: float("inf"))  # as on a machine without any server
    (environments / "python_env_abc/0").mkdir(parents=True)
    (environments / "python_env_abc/0/unpacked").write_text("x")
    (environments / "other").mkdir()
    leftovers.remove("tests-of-nobody-", environments / "none")
    assert [path.name for path in environments.iterdir()] == ["other"]


def test_a_folder_of_a_server_that_starts_meanwhile_stays(environments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = environments / "python_env_abc"

    def starts_after_the_look(_: Path) -> float:
        looked = time.time()
        folder.mkdir(exist_ok=True)

        def is_younger() -> bool:
            os.utime(folder)  # by a clock that stands for some milliseconds
            return folder.stat().st_ctime > looked

        eventually(is_younger, "it is younger")
        return float("inf")

    monkeypatch.setattr(leftovers, "_begun", starts_after_the_look)
    leftovers.remove("tests-of-nobody-", environments / "none")
    assert folder.exists()


def test_room_for_every_instance_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    models = check_directory(DIGITS).models
    assert room_problem(models) is None
    monkeypatch.setattr(shared_memory, "REGION_BYTES", 1 << 60)
    told = room_problem(models)
    assert told is not None
    assert "instances of models (1) need" in told
    assert "--shm-size" in told
