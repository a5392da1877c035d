"""A folder of installed packages as a layer: nothing in it tells where or when it was packed."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..models.archive import END, directory_header, file_header, padding
from ..models.registry import Blob
from ..models.work import Work

HOME = "opt/environment"
"""Where the environment lies in the image: a virtual environment on the base's Python."""
LEVEL = 6
_UNWANTED = {"REQUESTED", "direct_url.json", "uv_cache.json"}
"""What tells how, where from and when a package was installed here."""


@dataclass(frozen=True)
class Layer:
    """What manifests and configs say of it."""

    title: str
    diff: str
    """Digest of the archive."""
    digest: str
    """Digest of the archive as it is compressed."""
    size: int


def pack(installed: Path, home: str, title: str, archive: Path, work: Work) -> Layer:
    """Writes the files of a folder as a layer in which they lie below `home`; no half one is ever seen."""
    part = archive.with_suffix(".part")
    diff, digest, size = hashlib.sha256(), hashlib.sha256(), 0
    compressed = Compressed()

    def write(file: IO[bytes], content: bytes, *, last: bool = False) -> None:
        nonlocal size
        diff.update(content)
        for piece in compressed.add(content, last=last):
            digest.update(piece)
            size += file.write(piece)

    with part.open("wb") as file:
        for piece in _pieces(installed, home):
            work.checkpoint()
            write(file, piece)
        write(file, END, last=True)
    part.replace(archive)
    return Layer(title, f"sha256:{diff.hexdigest()}", f"sha256:{digest.hexdigest()}", size)


def _pieces(installed: Path, home: str) -> Iterator[bytes]:
    """The archive, sorted by path, its end left out."""
    kept = {path: place for path in installed.rglob("*") if (place := _place(path, installed, home)) is not None}
    for path, place in sorted(kept.items(), key=lambda item: item[1]):
        if path.is_dir():
            yield directory_header(place)
            continue
        content = _record(path, installed, kept) if _is_record(path) else path.read_bytes()
        mode = 0o755 if path.stat().st_mode & 0o111 else 0o644
        yield file_header(place, len(content), mode)
        yield content
        yield padding(len(content))


def _place(path: Path, installed: Path, home: str) -> str | None:
    """Where a file goes; None for what stays here. Of programs, those in Python name this machine's interpreter in
    their first line, and nobody calls them in a service; others may be what a package starts."""
    relative = path.relative_to(installed)
    if relative.parts[0] == ".lock" or (path.name in _UNWANTED and path.parent.suffix == ".dist-info"):
        return None
    if relative.parts[0] != "bin":
        return f"{home}/{relative.as_posix()}"
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return None if file.read(2) == b"#!" else f"{HOME}/{relative.as_posix()}"


def _is_record(path: Path) -> bool:
    return path.name == "RECORD" and path.parent.suffix == ".dist-info"


def _record(path: Path, installed: Path, kept: dict[Path, str]) -> bytes:
    """Without what is not in the image."""
    there = {str(one.relative_to(installed)) for one in kept}
    lines = path.read_text().splitlines()
    return "".join(f"{line}\n" for line in sorted(lines) if line.rsplit(",", 2)[0].strip('"') in there).encode()


def small_layer(title: str, archive: bytes) -> tuple[Layer, Blob]:
    """A layer that is quicker made than looked up."""
    compressed = b"".join(Compressed().add(archive, last=True))
    digest = f"sha256:{hashlib.sha256(compressed).hexdigest()}"
    layer = Layer(title, f"sha256:{hashlib.sha256(archive).hexdigest()}", digest, len(compressed))
    return layer, Blob(digest, len(compressed), lambda offset: iter([compressed[offset:]]))


class Compressed:
    """gzip with a header of our own: Python's has had the system in it, and the time."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._checksum = self._size = 0

    def add(self, content: bytes, *, last: bool = False) -> Iterator[bytes]:
        if not self._size:
            yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
        self._checksum = zlib.crc32(content, self._checksum)
        self._size += len(content)
        yield self._deflate.compress(content)
        if last:
            yield self._deflate.flush()
            yield self._checksum.to_bytes(4, "little") + (self._size % 2**32).to_bytes(4, "little")
