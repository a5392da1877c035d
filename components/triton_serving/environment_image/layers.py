"""Layers out of wheels: the same bytes for the same wheels, made once and kept in the cache folder.

    $XDG_CACHE_HOME/triton-serving/image-layers/
      <key>.tar.gz     a layer as registries get it
      <key>.json       its digests and size
      <digest>         a layer of a base image, as it came

A layer holds one package, so that a changed package sends itself and nothing else. No bytecode is in it: what compiles
to it differs between releases of Python, and digests would with it.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from ..entry.uv import run_uv
from ..models.registry import Blob, FilePart
from ..models.registry.locks import exclusive_file
from ..models.user_folders import cache_home
from ..models.work import Work
from ..rules.problems import UserError
from .lock import Locked, for_image
from .packing import HOME, Layer, pack

LAYOUT = "1"
MOST_LAYERS = 64
"""Of packages. With the base's own, images stay below 127 layers, where overlay mounts end."""
DAYS_KEPT = 30
CHUNK = 1 << 20


def folder() -> Path:
    return cache_home() / "image-layers"


def packages_in(python: str) -> str:
    return f"{HOME}/lib/python{python}/site-packages"


def group(packages: Sequence[Locked]) -> list[tuple[Locked, ...]]:
    """Which packages share a layer: none, until there are more of them than layers; then it is their names that decide,
    so that a new package leaves the layers of all but its own bucket as they are."""
    if len(packages) <= MOST_LAYERS:
        return [(package,) for package in packages]
    buckets: dict[int, list[Locked]] = {}
    for package in packages:
        bucket = hashlib.sha256(package.name.encode()).digest()[0] % MOST_LAYERS
        buckets.setdefault(bucket, []).append(package)
    return [tuple(buckets[bucket]) for bucket in sorted(buckets)]


def key_of(packages: Sequence[Locked], python: str) -> str:
    return _key(LAYOUT, python, *(f"{package.name} {package.sha256}" for package in packages))


def package_layer(packages: Sequence[Locked], python: str, work: Work) -> Layer:
    """Takes it from the cache folder or makes it there. Every wheel is verified against the hash of the lock."""
    key = key_of(packages, python)
    described, archive = folder() / f"{key}.json", folder() / f"{key}.tar.gz"
    with _told(), exclusive_file(folder() / f"{key}.lock", work):
        if not (described.exists() and archive.exists()):
            work.checkpoint()
            layer = _make(packages, python, archive, work)
            part = described.with_suffix(".part")
            part.write_text(json.dumps(asdict(layer)))
            part.replace(described)
        for file in described, archive:
            os.utime(file)
        return Layer(**json.loads(described.read_text()))


def blob_of(packages: Sequence[Locked], python: str, layer: Layer, work: Work) -> Blob:
    """The layer's content, made when somebody wants it."""

    def made() -> Path:
        found = package_layer(packages, python, work)
        if found.digest != layer.digest:
            raise UserError(
                f"the layer of {layer.title} was compressed by another machine, and this one compresses otherwise; "
                "run the same command again"
            )
        return folder() / f"{key_of(packages, python)}.tar.gz"

    return file_blob(layer.digest, layer.size, made)


def file_blob(digest: str, size: int, file: Callable[[], Path], elsewhere: str | None = None) -> Blob:
    def read(offset: int) -> Iterator[bytes]:
        with file().open("rb") as archive:
            archive.seek(offset)
            while chunk := archive.read(CHUNK):
                yield chunk

    def parts(offset: int) -> Iterator[bytes | memoryview | FilePart]:
        with file().open("rb") as archive:
            yield FilePart(archive.fileno(), offset, size - offset)

    return Blob(digest, size, read, parts, elsewhere)


def forget_old() -> None:
    """What nobody wanted for long."""
    limit = time.time() - DAYS_KEPT * 86_400
    for file in folder().glob("*"):
        with suppress(OSError):
            if file.stat().st_mtime < limit:
                file.unlink()


def _make(packages: Sequence[Locked], python: str, archive: Path, work: Work) -> Layer:
    names = ", ".join(f"{package.name}=={package.version}" for package in packages)
    installed = archive.with_suffix(".building")
    shutil.rmtree(installed, ignore_errors=True)  # of a run that was killed
    try:
        installed.mkdir()
        wanted = installed.with_suffix(".txt")
        lines = (f"{one.name}=={one.version} --hash=sha256:{one.sha256}\n" for one in packages)
        wanted.write_text("".join(lines))
        exactly = ("--no-deps", "--require-hashes", "--requirements", wanted)
        target = ("--directory", installed, "--target", installed, "--link-mode=copy")
        run_uv("pip", "install", *for_image(python), *target, *exactly, task=f"fetching {names}", work=work)
        return pack(installed, packages_in(python), names, archive, work)
    finally:
        shutil.rmtree(installed, ignore_errors=True)
        installed.with_suffix(".txt").unlink(missing_ok=True)


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@contextmanager
def _told() -> Iterator[None]:
    """Turns what the system says into what the user can do."""
    try:
        yield
    except OSError as error:
        way_out = "make room there, or set XDG_CACHE_HOME to a folder on a larger disk that you may write to"
        raise UserError(f"{error.filename or folder()}: {error.strerror}; {way_out}") from error
