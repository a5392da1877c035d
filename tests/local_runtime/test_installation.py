import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.triton import installation, running_triton
from triton_serving.local_runtime.canary import first_look
from triton_serving.local_runtime.installation import (
    REQUIREMENTS,
    Installation,
    install,
    install_onnxruntime_for_cuda,
)
from triton_serving.models.work import Stopped, Work
from triton_serving.plan.service import ServedModel
from triton_serving.rules.problems import UserError

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv")
STRANGE = "a b'c\"d$HOME`e`&f"
INSTALL = """
from triton_serving.local_runtime.installation import install
from triton_serving.models.work import Work
said = []
install(Work(said.append))
print(len(said))
"""
ADD = {
    "config.pbtxt": """backend: "python"
input { name: "x" data_type: TYPE_FP32 dims: [ 2 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 2 ] }
""",
    "1/model.py": """import triton_python_backend_utils as utils
class TritonPythonModel:
    def execute(self, requests):
        return [
            utils.InferenceResponse([utils.Tensor("y", utils.get_input_tensor_by_name(request, "x").as_numpy() + 1)])
            for request in requests
        ]
""",
}


def uv_cache() -> str:
    return subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def ten_at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[int]]]:
    """A cache at a path that no shell takes as it is, with what a killed run left there, filled by ten runs at once;
    and how many lines of progress each of them told."""
    cache = tmp_path_factory.mktemp("home") / STRANGE
    left = cache / "triton-serving" / f"{home_of(installation()).name}.building"
    left.mkdir(parents=True)
    (left / "pyvenv.cfg").write_text("half a file")
    environment = {**os.environ, "UV_CACHE_DIR": uv_cache(), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", INSTALL]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(10)]
    told = [run.communicate(timeout=240)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 10
    yield cache, [int(lines) for lines in told]
    shutil.rmtree(cache)


@pytest.fixture
def home(ten_at_once: tuple[Path, list[int]], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UV_CACHE_DIR", uv_cache())  # or all would be downloaded again
    monkeypatch.setenv("XDG_CACHE_HOME", str(ten_at_once[0]))
    return home_of(install(Work()))


def home_of(installed: Installation) -> Path:
    return installed.triton.parents[4]


def test_ten_runs_at_once_install_once(ten_at_once: tuple[Path, list[int]]) -> None:
    cache, told = ten_at_once
    assert sum(lines > 0 for lines in told) == 1
    assert sorted(path.suffix for path in (cache / "triton-serving").iterdir()) == ["", ".lock"]


def test_a_second_installation_changes_nothing_and_needs_no_uv(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = home.stat()
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("UV", raising=False)
    assert home_of(install(Work())) == home
    assert home.stat() == before


def test_what_is_installed_serves_from_any_path(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / STRANGE
    for path, content in ADD.items():
        place = folder / "models" / "add" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    shutil.copytree(ROOT / "examples/digits/models/triton/digits", folder / "models" / "digits")
    monkeypatch.setattr("parts.triton.installation", lambda: install(Work()))
    with running_triton(folder, "models") as triton:
        assert Path(f"/proc/{triton.process.pid}/exe").resolve().is_relative_to(home)
        canaries, notices = first_look(triton.port, [ServedModel("add", (1,)), ServedModel("digits", (1,))], 60)
    assert [canary.model for canary in canaries] == ["add", "digits"]
    assert notices == []


def test_an_environment_whose_python_is_gone_is_made_anew(home: Path) -> None:
    (home / "bin" / "python").unlink()
    said: list[str] = []
    assert home_of(install(Work(said.append))) == home
    assert said
    assert (home / "bin" / "python").exists()


@pytest.fixture
def small_cuda_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages for GPUs, of which there is only the onnxruntime without any: the others are 1.6 GB."""
    lock = tmp_path / "requirements-cuda.txt"
    lock.write_text("onnxruntime==" + REQUIREMENTS.read_text().partition("\nonnxruntime==")[2])
    monkeypatch.setattr("triton_serving.local_runtime.installation.CUDA_REQUIREMENTS", lock)
    return home_of(install(Work())) / "cuda"


@pytest.mark.usefixtures("home")
def test_what_onnx_needs_on_gpus_comes_once_and_only_when_wanted(small_cuda_packages: Path) -> None:
    assert not small_cuda_packages.exists()
    said: list[str] = []
    for _ in range(2):
        assert install_onnxruntime_for_cuda(Work(said.append)) == small_cuda_packages
        assert (small_cuda_packages / "onnxruntime" / "__init__.py").exists()
    assert said.count("installing ONNX Runtime for NVIDIA GPUs (1.6 GB), once for this machine") == 1
    assert not small_cuda_packages.with_suffix(".building").exists()


def test_envoy_is_a_program_that_runs() -> None:
    version = subprocess.run([installation().envoy, "--version"], capture_output=True, text=True, check=True)
    assert "1.40.0" in version.stdout


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "triton-serving"


def nothing_is_left(cache: Path) -> bool:
    return {path.suffix for path in cache.iterdir()} <= {".lock"}


def test_without_uv_the_error_says_where_to_get_it(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("UV", raising=False)
    with pytest.raises(UserError, match=r"uv was not found; put it on PATH .*https://docs\.astral\.sh/uv"):
        install(Work())
    assert nothing_is_left(empty_cache)


def test_without_a_fitting_python_the_error_says_which(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert UV is not None
    monkeypatch.setenv("UV", UV)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    with pytest.raises(
        UserError, match=r"apt install python3\.11.*\n.*No interpreter found for Python >=3\.11, ?<3\.13"
    ):
        install(Work())
    assert nothing_is_left(empty_cache)


def test_without_a_way_to_the_package_index_the_error_says_so(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(UserError, match="check the network; a proxy is named in HTTPS_PROXY"):
        install(Work())
    assert nothing_is_left(empty_cache)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"file/triton-serving: Not a directory; .*set XDG_CACHE_HOME"):
        install(Work())


def test_a_cache_whose_path_would_end_search_paths_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a:b"))
    with pytest.raises(UserError, match="must not hold ':' or ';'; set XDG_CACHE_HOME"):
        install(Work())


def test_a_user_who_stops_it_finds_nothing_half_done(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", uv_cache())
    work = Work(say=lambda _: work.stop.set())
    with pytest.raises(Stopped):
        install(work)
    assert nothing_is_left(empty_cache)


def test_the_package_carries_what_the_installation_is_made_from(tmp_path: Path) -> None:
    environment = {**os.environ, "UV_CACHE_DIR": uv_cache()}
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True, env=environment)
    (wheel,) = tmp_path.glob("*.whl")
    files = set(zipfile.ZipFile(wheel).namelist())
    room = "triton_serving/local_runtime"
    assert {
        f"{room}/cuda_probe.py",
        f"{room}/requirements.txt",
        f"{room}/requirements-cuda.txt",
        f"{room}/onnxruntime_backend/model.py",
        f"{room}/onnxruntime_backend/onnx_signature.py",
    } <= files
