"""The command that an init container runs: a folder with what was published and nothing else, or a clear failure."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from parts.docker_registry import DockerRegistry
from triton_serving.models.check import check_directory
from triton_serving.models.fetch import main
from triton_serving.models.publish import publish
from triton_serving.models.registry.open import image_config, open_registry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work

from .repository import GOOD, write

FILES = {**GOOD, "add/1/weights.bin": b"weights" * 1000, "add/1/empty": b"", "add/nothing": None}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write(tmp_path / "published" / "models", FILES)


@pytest.fixture
def reference(docker_registry: DockerRegistry, directory: Path, prefix: str) -> str:
    home = open_registry(f"{docker_registry.url}/{prefix}")
    _, image = snapshot(check_directory(directory), Work())
    return home.reference("add", publish(home, "add", image, "0a1b2c3d", 0, Work()).digest)


def contents(root: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def test_a_folder_gets_what_was_published_and_nothing_else(
    reference: str, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    assert main([reference, str(folder)]) == 0
    assert contents(folder) == contents(directory.parent)
    assert capsys.readouterr().out == f"{reference}: 4 files of {_size(directory):,} bytes, each as published\n"


def test_what_a_killed_start_left_is_thrown_away(reference: str, directory: Path, tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    assert main([reference, str(folder)]) == 0
    (folder / "models/add/1/weights.bin").write_bytes(b"wei")
    (folder / "models/add/config.pbtxt").unlink()
    assert main([reference, str(folder)]) == 0
    assert contents(folder) == contents(directory.parent)


@pytest.mark.parametrize("strange", ["notes.txt", "models/add/2/model.onnx", "models/link"])
def test_what_is_not_of_the_image_is_neither_removed_nor_served(
    reference: str, strange: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "volume"
    (folder / strange).parent.mkdir(parents=True)
    if strange.endswith("link"):
        (folder / strange).symlink_to(tmp_path)
    else:
        (folder / strange).write_text("mine")
    before = contents(folder)
    assert main([reference, str(folder)]) == 1
    assert contents(folder) == before
    assert strange in _only_line(capsys)


def test_damage_in_the_registry_fails_the_start(
    reference: str, docker_registry: DockerRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = image_config(reference)
    assert config is not None
    layers = map(docker_registry.blob_file, json.loads(config)["rootfs"]["diff_ids"])
    file, whole = next((file, whole) for file in layers if b"weightsweights" in (whole := file.read_bytes()))
    file.write_bytes(whole.replace(b"weightsweights", b"weightsWeights", 1))
    try:
        assert main([reference, str(tmp_path / "volume")]) == 1
        assert "weights.bin" in (line := _only_line(capsys))
        assert "damaged" in line
    finally:
        file.write_bytes(whole)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda given: f"{given[:-64]}{'0' * 64}", "there is no such image", id="no such digest"),
        pytest.param(lambda given: f"{given.partition('@')[0]}:1", "named by its digest", id="a tag"),
    ],
)
def test_an_image_that_cannot_be_had_is_told_in_a_line(
    reference: str, change: Callable[[str], str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([change(reference), str(tmp_path / "volume")]) == 1
    assert says in _only_line(capsys)


def test_a_folder_that_cannot_be_written_is_told_in_a_line(
    reference: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "volume").write_text("a file")
    assert main([reference, str(tmp_path / "volume")]) == 1
    assert "volume: File exists" in _only_line(capsys)


def test_the_fetcher_needs_urllib3_and_nothing_else() -> None:
    """Its image holds no more, and starts in the time that these imports take."""
    code = (
        "import sys; from triton_serving.models import fetch; from triton_serving.models.registry import remote\n"
        "named = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(named - sys.stdlib_module_names - {'__main__', 'brotli', '_brotli'}))"  # urllib3 does without
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], env=_paths(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['triton_serving', 'urllib3']"


def test_sigterm_ends_a_fetch_that_waits_for_the_registry(tmp_path: Path) -> None:
    """Also as a container's first process, which no signal ends that it does not handle."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reference = f"127.0.0.1:{silent.getsockname()[1]}/add@sha256:{'0' * 64}"
        command = [sys.executable, "-m", "triton_serving.models.fetch", reference, str(tmp_path / "volume")]
        process = subprocess.Popen(command)
        try:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 128 + signal.SIGTERM
        finally:
            process.kill()
            process.wait()


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _only_line(capsys: pytest.CaptureFixture[str]) -> str:
    written = capsys.readouterr()
    assert written.out == ""
    (line,) = written.err.splitlines()
    return line


def _paths() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
