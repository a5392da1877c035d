"""A layer as an archive: the same digest for the same files, made once and kept in the cache folder."""

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from triton_serving.models.image import LAYER_TYPE
from triton_serving.models.registry import Blob, FilePart

from ..progress import step

CHUNK = 1 << 20


@dataclass(frozen=True)
class Content:
    """What a layer is made from."""

    name: str
    origins: tuple[bytes, ...]
    """All that decides which files it gets, but for what Debian's archive has today."""
    fill: Callable[[Path], None]
    """Puts the files into a folder that stands for the image's root."""


@dataclass(frozen=True)
class Layer:
    digest: str
    size: int
    file: Path
    """Not compressed: a cluster of this machine reads it sooner than it could unpack it."""

    def descriptor(self) -> dict[str, str | int]:
        return {"mediaType": LAYER_TYPE, "digest": self.digest, "size": self.size}

    def blob(self) -> Blob:
        return Blob(self.digest, self.size, self._read, self._parts)

    def _read(self, offset: int) -> Iterator[bytes]:
        with self.file.open("rb") as archive:
            archive.seek(offset)
            while chunk := archive.read(CHUNK):
                yield chunk

    def _parts(self, offset: int) -> Iterator[bytes | memoryview | FilePart]:
        with self.file.open("rb") as archive:
            yield FilePart(archive.fileno(), offset, self.size - offset)


def make_layer(content: Content, cache: Path) -> Layer:
    """Takes it from the cache folder, which one run may use at a time, or makes it there in place of older ones."""
    home = cache / f"{content.name}-{_key(content)}"
    if not home.exists():
        for old in cache.glob(f"{content.name}-*"):
            shutil.rmtree(old)
        new = cache / "new"
        shutil.rmtree(new, ignore_errors=True)
        with step(f"making the layer {content.name}"):
            root = new / "root"
            root.mkdir(parents=True)
            content.fill(root)
            (new / "digest").write_text(_pack(root, new / "layer.tar"))
            shutil.rmtree(root)
            new.rename(home)
    file = home / "layer.tar"
    return Layer((home / "digest").read_text(), file.stat().st_size, file)


def _key(content: Content) -> str:
    makers = [file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (*makers, *content.origins))).hexdigest()[
        :16
    ]


def _pack(root: Path, into: Path) -> str:
    """The archive's digest."""
    with tarfile.open(into, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(root.rglob("*")):
            archive.add(path, path.relative_to(root), recursive=False, filter=_plain)
    with into.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs between machines and runs."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o111 else 0o644
    return entry
