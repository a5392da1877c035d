"""Real wheels in a folder, which uv takes for an index: environments without a network, made in a moment."""

import base64
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

SERVER = """[project]
name = "triton-scoring"
version = "0.1.0"
dependencies = []

[build-system]
requires = ["uv_build>=0.13,<0.14"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-name = "triton_scoring"
module-root = ""
"""


def make_wheel(folder: Path, name: str, version: str, requires: Sequence[str] = ()) -> str:
    """A package whose module tells its version; returns the wheel's hash as requirements files write it."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    files = {
        f"{name}.py": f"version = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},{_record_hash(content)},{len(content)}" for path, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def make_small_server(folder: Path) -> Path:
    """A scoring server that needs nothing."""
    (folder / "triton_scoring").mkdir(parents=True)
    (folder / "triton_scoring" / "__init__.py").write_text("")
    (folder / "pyproject.toml").write_text(SERVER)
    return folder


def _record_hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
