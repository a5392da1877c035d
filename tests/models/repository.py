"""Small model directories for tests: a good one, and what a change to it makes of it."""

import os
from collections.abc import Mapping
from pathlib import Path

from triton_serving.models.check import Check, check_directory

PYTHON = "class TritonPythonModel:\n    def execute(self, requests):\n        return []\n"
TENSORS = """\
input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 2 ] } ]
"""
ADD = f'name: "add"\nbackend: "python"\nmax_batch_size: 8\n{TENSORS}'
GOOD = {"add/config.pbtxt": ADD, "add/1/model.py": PYTHON}

Files = Mapping[str, str | bytes | None]
"""Content by path below the registered folder; None is an empty folder."""


def write(root: Path, files: Files) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        place = Path(os.path.join(root, path))  # noqa: PTH118 - a name that is no UTF-8 goes through as it is
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def check(root: Path, files: Files) -> Check:
    return check_directory(write(root / "models", files))


def check_config(root: Path, config: str) -> Check:
    """A Python model `add` with this configuration."""
    return check(root, GOOD | {"add/config.pbtxt": config})


def told(found: Check) -> list[str]:
    """The problems as 'rule path:line', the path below the registered folder."""
    places = ((problem.path.removeprefix("models/"), problem.line or "-", problem.rule) for problem in found.problems)
    return [f"{rule} {path}:{line}" for path, line, rule in places]
