"""What a case is, and the one good model that most cases are made from by a small change."""

import hashlib
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Special:
    """Anything in a directory that is not simply a file with content."""

    kind: Literal["folder", "link", "hard link", "fifo", "socket", "device", "sparse", "mode"]
    detail: str = ""
    """Target of a link, size of a sparse file, octal mode; nothing for the others."""


FOLDER = Special("folder")
Files = dict[str, str | bytes | Special]


@dataclass(frozen=True)
class Case:
    """One model repository. Whether it is good is not said here: the server is asked."""

    name: str
    files: Files

    def digest(self) -> str:
        """Changes when the case does, so that a recorded verdict is not taken for another case's."""
        content = repr(sorted((path, entry) for path, entry in self.files.items()))
        return hashlib.sha256(content.encode(errors="surrogateescape")).hexdigest()[:12]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for path, entry in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            match entry:
                case str():
                    target.write_text(entry, newline="")
                case bytes():
                    target.write_bytes(entry)
                case Special():
                    _make(target, entry, folder)


def _make(target: Path, entry: Special, folder: Path) -> None:
    match entry.kind:
        case "folder":
            target.mkdir(exist_ok=True)
        case "link":
            target.symlink_to(entry.detail)
        case "hard link":
            target.hardlink_to(folder / entry.detail)
        case "fifo":
            os.mkfifo(target)
        case "socket":
            # Through the open folder: a socket's path may have about 100 characters only.
            parent = os.open(target.parent, os.O_RDONLY)
            with socket.socket(socket.AF_UNIX) as unix:
                unix.bind(f"/proc/self/fd/{parent}/{target.name}")
            os.close(parent)
        case "device":
            os.mknod(target, 0o020666, os.makedev(1, 3))
        case "sparse":
            with target.open("wb") as file:
                file.truncate(int(entry.detail))
        case "mode":
            target.chmod(int(entry.detail, 8))


TENSORS = """\
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
CPU = "instance_group [ { kind: KIND_CPU } ]\n"
CONFIG = 'backend: "python"\n' + TENSORS + CPU
BATCHED = "max_batch_size: 8\n" + CONFIG
MODEL = """\
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        found = [pb_utils.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        return [pb_utils.InferenceResponse([pb_utils.Tensor("y", x)]) for x in found]
"""


def add(config: str | bytes = CONFIG, model: str = MODEL, versions: Iterable[str] = ("1",), name: str = "add") -> Files:
    """A Python model that works, as files."""
    files: Files = {f"{name}/config.pbtxt": config}
    return files | {f"{name}/{version}/model.py": model for version in versions}


def without(files: Files, *paths: str) -> Files:
    return {path: entry for path, entry in files.items() if path not in paths}
