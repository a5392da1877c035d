"""Azure ML's conda_dependencies.yml, read as packages of the Python index.

No conda runs: an image has one kind of packages, locked with hashes. What only conda has is refused with the way out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..entry.requirements import LARGEST_FILE, Given
from ..rules.problems import Problem
from ..rules.wording import printable, shown

_OTHER_NAMES = {
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "onnx-runtime": "onnxruntime",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "pyqt": "pyqt5",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "tensorflow-gpu": "tensorflow",
}
"""Packages that the index has under another name. All others have the same name there, or uv says that they do not."""
_OF_THE_BASE = "take a base image that has it (baseImage), and remove it here"
_OF_TRITON = "remove it: Triton's own image brings CUDA, and wheels of the index that use a GPU bring theirs"
_ONLY_CONDA = (
    (re.compile(r"cuda.*|cudnn|nccl|libcu.*|libnv.*|pytorch-cuda"), _OF_TRITON),
    (re.compile(r"r|r-.*|rpy2"), "an entry script is Python; remove it"),
    (
        re.compile(
            r"_.*|lib.*|gcc.*|gxx.*|binutils.*|blas|mkl|openblas|openssl|ffmpeg|git|openjdk|nodejs|tk|zlib|sysroot.*"
        ),
        _OF_THE_BASE,
    ),
)
_NOT_NEEDED = {"pip", "setuptools", "wheel"}
"""Nothing is installed in the image any more; who imports them says so under pip."""
_SPEC = re.compile(
    r"(?:(?P<channel>[^\s:]+)::)?(?P<name>[A-Za-z0-9_.-]+)\s*(?P<versions>[^\s\[\]]*(?:\s*,\s*[^\s\[\]]+)*)"
)
_BUILD = re.compile(r"={1,2}([^=,]+)=([^=,]+)")
_EXACT = re.compile(r"=?(\d[\w.+!]*)")
_FUZZY = re.compile(r"=(\d[\w.]*?)(?:\.?\*)?")


@dataclass
class Conda:
    """What a file says."""

    python: str | None = None
    """Two numbers, as pythonVersion has it."""
    given: list[Given] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_conda_file(file: Path) -> Conda:
    found = Conda()
    place = printable(str(file))
    try:
        content = _load(file)
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error).partition("\n")[0]
        message = f"the conda file must be readable YAML with dependencies ({shown(reason)})"
        remedy = "check the path; it looks like Azure ML's conda_dependencies.yml"
        found.problems.append(Problem(place, None, message, remedy, "conda-file"))
        return found
    found.problems += _unknown_parts(content, place)
    if content.get("channels"):
        found.notices.append(f"{place}: channels are ignored; packages come from the Python index")
    dependencies = content.get("dependencies")
    if not isinstance(dependencies, list) or not dependencies:
        message = f"'dependencies' must be a list of packages (got {shown(repr(dependencies))})"
        found.problems.append(Problem(place, None, message, "write, for example, - python=3.11", "conda-dependencies"))
        return found
    for number, entry in enumerate(dependencies):
        _read_entry(entry, f"{place}: dependencies[{number}]", found)
    return found


def _load(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise ValueError("found no file there")
    if file.stat().st_size > LARGEST_FILE:
        raise ValueError(f"has more than {LARGEST_FILE:,} bytes")
    content = yaml.safe_load(file.read_text("utf-8-sig"))
    if not isinstance(content, dict):
        raise ValueError(f"holds a {type(content).__name__} and not names with values")
    return content


def _unknown_parts(content: dict[str, Any], place: str) -> Iterator[Problem]:
    if "variables" in content:
        message, remedy = "'variables' are not read from here", "write them in environmentVariables"
        yield Problem(place, None, message, remedy, "conda-variables")
    for key in sorted(str(key) for key in content.keys() - {"name", "channels", "dependencies", "prefix", "variables"}):
        message = f"{shown(repr(key))} is not a part of a conda file"
        yield Problem(place, None, message, "remove it; name, channels and dependencies are", "conda-part")


def _read_entry(entry: object, place: str, found: Conda) -> None:
    if isinstance(entry, dict) and set(entry) == {"pip"} and isinstance(entry["pip"], list):
        for number, line in enumerate(entry["pip"]):
            found.given.append(Given(f"{place}.pip[{number}]", None, str(line)))
        return
    match = _SPEC.fullmatch(entry.strip()) if isinstance(entry, str) else None
    if match is None and isinstance(entry, str) and "/" in entry:  # an address: its refusal does not repeat it
        found.given.append(Given(place, None, entry))
        return
    if match is None:
        message = f"must be a package such as numpy=1.26.4, or a list under pip (got {shown(repr(entry))})"
        found.problems.append(Problem(place, None, message, "correct it", "conda-package"))
        return
    name, versions = match["name"].lower(), re.sub(r"\s", "", match["versions"])
    if refused := next((remedy for names, remedy in _ONLY_CONDA if names.fullmatch(name)), None):
        message = f"must be a package that the Python index has, too (got {name}, which only conda has)"
        found.problems.append(Problem(place, None, message, refused, "conda-only"))
    elif _BUILD.fullmatch(versions):
        message = f"must not name a build of conda's (got {shown(str(entry))})"
        found.problems.append(
            Problem(place, None, message, f"write {name}{versions.rpartition('=')[0]}", "conda-build")
        )
    elif name == "python":
        _read_python(versions, place, found)
    elif name in _NOT_NEEDED:
        found.notices.append(f"{place}: {name} is left out; nothing is installed in the image any more")
    else:
        found.given.append(Given(place, None, _OTHER_NAMES.get(name, name) + _as_pip_says(versions)))


def _read_python(versions: str, place: str, found: Conda) -> None:
    match = re.fullmatch(r"={1,2}(\d+\.\d+)(?:\.\d+|\.\*)?\*?", versions)
    if match is None:
        message = f"python must be one version with two numbers (got {shown(repr(versions))})"
        found.problems.append(Problem(place, None, message, "write, for example, python=3.11", "conda-python"))
    else:
        found.python = match[1]


def _as_pip_says(versions: str) -> str:
    """conda's =1.21 is any 1.21; its ==1.21.2, and a version with nothing before it, are exact."""
    if versions.startswith("==") or not versions:
        return versions
    if match := _FUZZY.fullmatch(versions):
        return f"=={match[1]}.*" if match[1].count(".") < 2 else f"=={match[1]}"
    if match := _EXACT.fullmatch(versions):
        return f"=={match[1]}"
    return versions
