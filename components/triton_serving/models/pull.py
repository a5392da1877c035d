"""An image's files, taken out of its layers; nothing is used before every byte is verified.

No archive is unpacked: the image's config lists each layer's files in their order, so all of a layer is known but for
the files' contents. What comes is compared with what `archive` would have written, and thus nothing but plain files
and folders in their places can come out.
"""

import hashlib
import json
import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from ..rules.problems import UserError
from ..rules.wording import shown
from .archive import END, directory_header, file_header, file_mode, padding
from .digests import Job, Progress, run_jobs
from .image_config import Inventory, read_layers
from .registry import Registry
from .registry.oci_layout import needs
from .work import Work


def pull(
    registry: Registry, name: str, digest: str, into: Path, work: Work, workers: int = os.cpu_count() or 1
) -> None:
    """Fills an empty folder. Raises `UserError` at the first fault, and `OSError` when the folder cannot be written;
    what it then holds is of no use."""
    reference = registry.reference(name, digest)
    manifest = registry.manifest(name, digest)
    if manifest is None:
        raise UserError(f"{reference}: there is no such image (any more); publish the model again")
    config = registry.blob(name, json.loads(manifest)["config"]["digest"])
    (folders, _), *layers = read_layers(config)
    sizes = dict(needs(manifest))
    if not sizes.keys() >= {folders, *(layer for layer, _ in layers)}:
        raise UserError(f"{reference}: its manifest and its config contradict; publish the model under another name")

    def source(layer: str, taken: Callable[[int], None] = lambda _: None) -> _Source:
        return _Source(registry.reference(name, layer), registry.read(name, layer, sizes[layer], work), taken)

    def job(layer: str, files: Inventory) -> Job:
        return lambda progress: _write_files(source(layer, progress.add), layer, files, into)

    _make_folders(source(folders), folders, into)
    largest_first = sorted(layers, key=lambda layer: -sizes[layer[0]])
    total = sum(sizes[layer] for layer, _ in layers)
    progress = Progress("taking model files out of the image", total, work)
    run_jobs([job(layer, files) for layer, files in largest_first], progress, workers)


class _Source:
    """The bytes of a layer as they come, handed out in the portions of which it must consist."""

    def __init__(self, reference: str, pieces: Iterator[bytes | memoryview], taken: Callable[[int], None]) -> None:
        self._reference = reference
        self._pieces = pieces
        self._taken = taken
        self._rest = memoryview(b"")
        self._hash = hashlib.sha256()

    def take(self, size: int) -> Iterator[memoryview]:
        """So many bytes, or fewer where the layer ends."""
        while size:
            if not self._rest:
                self._rest = memoryview(next(self._pieces, b""))
                if not self._rest:
                    return
                self._taken(len(self._rest))
            piece, self._rest = self._rest[:size], self._rest[size:]
            self._hash.update(piece)
            size -= len(piece)
            yield piece

    def expect(self, content: bytes, path: str) -> None:
        if b"".join(self.take(len(content))) != content:
            raise self.damaged(path)

    def finish(self, digest: str, path: str) -> None:
        if any(self.take(1)) or f"sha256:{self._hash.hexdigest()}" != digest:
            raise self.damaged(path)

    def damaged(self, path: str) -> UserError:
        return UserError(
            f"{shown(path)}: not what was published, {self._reference} is damaged; remove that layer from the registry "
            "(in a folder it is a file in blobs/sha256) and publish the same version again, which restores it"
        )


def _make_folders(source: _Source, digest: str, into: Path) -> None:
    archive = b"".join(source.take(sys.maxsize))
    source.finish(digest, "the folders")
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r:") as entries:
            paths = [entry.name for entry in entries]
    except tarfile.TarError:
        paths = []
    if b"".join(map(directory_header, paths)) + END != archive:
        raise UserError("the image's first layer must hold folders and nothing else; publish the model again")
    for path in paths:
        (into / _inside(path)).mkdir()


def _write_files(source: _Source, digest: str, files: Inventory, into: Path) -> None:
    """The digest of a layer tells whether all is well; where it holds several files, their fingerprints tell which is
    not."""
    path = ""
    for path, (size, fingerprint) in files.items():
        header = file_header(path, size)
        source.expect(header, path)
        entry = hashlib.sha256(header)
        descriptor = os.open(into / _inside(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_mode(path))
        try:
            for piece in source.take(size):
                if len(files) > 1:
                    entry.update(piece)
                _write(descriptor, piece)
        finally:
            os.close(descriptor)
        source.expect(padding(size), path)
        entry.update(padding(size))
        if len(files) > 1 and f"sha256:{entry.hexdigest()}" != fingerprint:
            raise source.damaged(path)
    source.expect(END, path)
    source.finish(digest, path)


def _write(descriptor: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(descriptor, piece) :]


def _inside(path: str) -> str:
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise UserError(f"the image has a file in a strange place ({shown(path)}); do not trust who published it")
    return path
