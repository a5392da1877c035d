"""The files of a model directory: what is in it, what is left out, what is refused."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class File:
    path: str
    """POSIX path inside the image, starting with the registered folder's name: models/triton/digits/1/model.onnx."""
    size: int
    stamp: tuple[int, int, int, int]
    """Device, inode, mtime_ns, ctime_ns: as long as size and stamp stand, the bytes are taken to be the same."""


@dataclass(frozen=True)
class Tree:
    root: Path
    """The registered folder on this machine; its own name is the first part of every path below."""
    directories: tuple[str, ...]
    """Every folder that is kept, the root's own included, sorted; empty ones matter (an ensemble's version folder)."""
    files: tuple[File, ...]
    """Every file that is kept, sorted by path."""
    ignored: tuple[str, ...]
    """What the ignore rules left out, sorted: editor and cache litter."""

    def locate(self, path: str) -> Path:
        """Where a path of this tree lies on this machine."""
        return self.root.parent / path
