"""A tree as an OCI image: standard, mountable by a kubelet as an image volume, the same digest for the same files.

Nothing in it depends on the machine, the time, the order of reading or the version's name and description.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from .archive import END, directory_header, file_header, padding
from .contents import CHUNK, Contents
from .digest_cache import DigestCache, Fingerprint
from .digests import Job, Progress, run_jobs
from .image_config import AUTHOR, Inventory
from .layers import plan_layers
from .oci import MANIFEST_TYPE, NO_TIME, canonical, digest_of
from .registry import Blob, FilePart
from .tree import File, Tree
from .work import Work

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
"""Not compressed: weights hardly shrink, and the digest of a layer is then also the one of its archive."""


@dataclass(frozen=True)
class Layer:
    digest: str
    size: int
    tree: Tree
    files: tuple[File, ...]
    """Empty for the layer of the folders."""

    def blob(self) -> Blob:
        return Blob(
            self.digest,
            self.size,
            lambda offset: _stream(self.tree, self.files, offset),
            lambda offset: _parts(self.tree, self.files, offset),
        )


@dataclass(frozen=True)
class Image:
    digest: str
    manifest: bytes
    config: Blob
    layers: tuple[Layer, ...]

    def blobs(self) -> tuple[Blob, ...]:
        """All that has to be there before the manifest."""
        return (*(layer.blob() for layer in self.layers), self.config)


def build_image(
    tree: Tree,
    fingerprints: Mapping[str, Fingerprint],
    labels: Mapping[str, str],
    cache: DigestCache,
    work: Work,
    workers: int = os.cpu_count() or 1,
) -> Image:
    """Plans the layers and finds their digests; reads only files whose layer has several and is not known yet."""
    layers = _digest_layers(tree, fingerprints, cache, work, workers)
    config = canonical(
        {
            "created": NO_TIME,
            "author": AUTHOR,
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": dict(labels)},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
            "history": [_history(layer, fingerprints) for layer in layers],
        }
    )
    manifest = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": digest_of(config), "size": len(config)},
            "layers": [{"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size} for layer in layers],
        }
    )
    config_blob = Blob(digest_of(config), len(config), lambda offset: iter([config[offset:]]))
    return Image(digest_of(manifest), manifest, config_blob, layers)


def inventory(tree: Tree, fingerprints: Mapping[str, Fingerprint]) -> Inventory:
    """What `read_inventory` will find in the image of this tree."""
    return {file.path: (file.size, fingerprints[file.path].entry) for file in tree.files}


def _digest_layers(
    tree: Tree, fingerprints: Mapping[str, Fingerprint], cache: DigestCache, work: Work, workers: int
) -> tuple[Layer, ...]:
    plan = plan_layers(tree.files)
    layers: list[Layer | None] = [None] * len(plan)
    jobs: list[Job] = []
    unread = 0

    def job(place: int, files: tuple[File, ...], key: str) -> Job:
        def run(progress: Progress) -> None:
            digest, size = hashlib.sha256(), 0
            for chunk in _stream(tree, files, 0):
                digest.update(chunk)
                size += len(chunk)
                progress.add(len(chunk))
            cache.keep_layer(key, f"sha256:{digest.hexdigest()}", size)
            layers[place] = Layer(f"sha256:{digest.hexdigest()}", size, tree, files)

        return run

    for place, files in enumerate(plan):
        key = digest_of("\n".join(fingerprints[file.path].entry for file in files).encode())
        if len(files) == 1:
            layers[place] = Layer(fingerprints[files[0].path].layer, _layer_size(files[0]), tree, files)
        elif known := cache.find_layer(key):
            layers[place] = Layer(*known, tree, files)
        else:
            jobs.append(job(place, files, key))
            unread += sum(file.size for file in files)
    run_jobs(jobs, Progress("packing small model files", unread, work), workers)
    folders = b"".join(_stream(tree, (), 0))
    return (Layer(digest_of(folders), len(folders), tree, ()), *(layer for layer in layers if layer is not None))


def _layer_size(file: File) -> int:
    return len(file_header(file.path, file.size)) + file.size + len(padding(file.size)) + len(END)


def _stream(tree: Tree, files: tuple[File, ...], offset: int) -> Iterator[memoryview]:
    """The archive of the files (of the folders when there are none) from an offset on, through one reused buffer."""
    buffer, filled = memoryview(bytearray(CHUNK)), 0
    for piece, start in _pieces_from(tree, files, offset):
        with BytesIO(piece[start:]) if isinstance(piece, bytes) else Contents(tree, piece, start) as source:
            while count := source.readinto(buffer[filled:]):
                filled += count
                if filled == CHUNK:
                    yield buffer
                    filled = 0
    if filled:
        yield buffer[:filled]


def _parts(tree: Tree, files: tuple[File, ...], offset: int) -> Iterator[bytes | FilePart]:
    """The same archive, with the files themselves left where they are."""
    for piece, start in _pieces_from(tree, files, offset):
        if isinstance(piece, bytes):
            yield piece[start:]
        else:
            with Contents(tree, piece, start) as contents:
                yield from contents.lend()


def _pieces_from(tree: Tree, files: tuple[File, ...], offset: int) -> Iterator[tuple[bytes | File, int]]:
    """The pieces from an offset on, each with the place in it to start at."""
    for size, piece in _pieces(tree, files):
        if offset < size:
            yield piece, offset
        offset = max(offset - size, 0)


def _pieces(tree: Tree, files: tuple[File, ...]) -> Iterator[tuple[int, bytes | File]]:
    if not files:
        head = b"".join(directory_header(path) for path in tree.directories)
        yield len(head), head
    for file in files:
        header, fill = file_header(file.path, file.size), padding(file.size)
        yield len(header), header
        yield file.size, file
        yield len(fill), fill
    yield len(END), END


def _history(layer: Layer, fingerprints: Mapping[str, Fingerprint]) -> dict[str, str]:
    match layer.files:
        case ():
            title = "folders"
        case (file,):
            title = file.path
        case _:
            title = f"{len(layer.files)} files below {os.path.commonpath([file.path for file in layer.files])}"
    # A line a file, for readers of `docker history`; short, as skopeo, Podman and CRI-O refuse configs beyond 4 MiB,
    # which is some 30,000 files. Names have no line breaks: `read_tree` refuses what cannot be seen.
    lines = (f"{fingerprints[file.path].entry.removeprefix('sha256:')} {file.size} {file.path}" for file in layer.files)
    return {"created": NO_TIME, "created_by": title, "comment": "\n".join(lines)}
