"""The image below an environment: found by its name, pinned to a digest, and looked through for its Python."""

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..models.oci import INDEX_TYPE, is_digest
from ..models.registry import Blob, Registry
from ..models.registry.open import open_repository
from ..models.registry.receiving import receive
from ..models.work import Work
from ..rules.problems import UserError
from .layers import file_blob, folder

_DOCKER = "application/vnd.docker."
_LAYER_TYPES = {
    "application/vnd.oci.image.layer.v1.tar+gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar": "application/vnd.oci.image.layer.v1.tar",
    f"{_DOCKER}image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    f"{_DOCKER}image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
}
"""What can be looked through and copied, by what it is called in our manifest."""
_INDEX_TYPES = (INDEX_TYPE, f"{_DOCKER}distribution.manifest.list.v2+json")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Of images that do not say; Docker's own."""


@dataclass(frozen=True)
class BaseLayer:
    media_type: str
    digest: str
    size: int


@dataclass(frozen=True)
class Base:
    reference: str
    """Name and digest of the image for this platform: docker.io/library/python@sha256:…"""
    layers: tuple[BaseLayer, ...]
    config: dict[str, Any]
    registry: Registry
    name: str

    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.config.get("config", {}).get("Env") or ())

    def path(self) -> str:
        return self.variables().get("PATH") or _PATH

    def blob(self, layer: BaseLayer, work: Work) -> Blob:
        """The layer as it is in its own registry, by way of the cache folder."""
        own = self.reference.rpartition("@")[0]
        return file_blob(layer.digest, layer.size, lambda: self._fetch(layer, work), own)

    def find_python(self, python: str, work: Work) -> str:
        """The path of this Python in the image, in the order of its PATH."""
        found = _programs(self, work)
        for place in self.path().split(":"):
            if f"{place.strip('/')}/python{python}" in found:
                return f"{place.rstrip('/')}/python{python}"
        others = sorted({path.rpartition("/python")[2] for path in found if "/python" in path})
        if others:
            way_out = f"set pythonVersion to {' or '.join(others)}, or choose a base with {python}"
        else:
            way_out = f"choose one that has it, such as docker.io/library/python:{python}-slim"
        raise UserError(f"{self.reference}: has no Python {python} on its PATH; {way_out}")

    def _fetch(self, layer: BaseLayer, work: Work) -> Path:
        target = folder() / layer.digest.replace(":", "-")
        remote = Blob(layer.digest, layer.size, lambda offset: _from(offset, self._read(layer, work)))
        if not target.exists():
            work.say(f"fetching {layer.size / 1e6:.1f} MB of {self.name}")
            receive(remote, target.with_suffix(".part"), target, work, lambda _: None)
        return target

    def _read(self, layer: BaseLayer, work: Work) -> Iterator[bytes | memoryview]:
        return self.registry.read(self.name, layer.digest, layer.size, work)


def pin_base(image: str, allow_plain_http: bool, work: Work) -> str:
    """The image for this platform by its digest; a tag is looked up, and a list of platforms gone through."""
    place, digest = _parts(image)
    registry, name = open_repository(place.rpartition(":")[0] if _has_tag(place) else place, allow_plain_http, work)
    reference = digest or place.rpartition(":")[2]
    content = registry.manifest(name, reference)
    if content is None:
        raise UserError(f"{image}: there is no such image; correct baseImage, or push it there")
    manifest = _read(content, image)
    if manifest.get("mediaType") in _INDEX_TYPES or "manifests" in manifest:
        fitting = [one["digest"] for one in manifest["manifests"] if _is_ours(one.get("platform") or {})]
        if not fitting:
            raise UserError(f"{image}: has no image for linux/amd64, which the GPU nodes are; choose another baseImage")
        return registry.reference(name, str(fitting[0]))
    found = registry.resolve(name, reference)
    if found is None:
        raise UserError(f"{image}: is just being removed; correct baseImage, or push it again")
    return registry.reference(name, found)


def read_base(reference: str, allow_plain_http: bool, work: Work) -> Base:
    place, _, digest = reference.rpartition("@")
    registry, name = open_repository(place, allow_plain_http, work)
    content = registry.manifest(name, digest)
    if content is None:
        raise UserError(
            f"{reference}: the base image is not there any more; choose another baseImage, or push it again"
        )
    manifest = _read(content, reference)
    config = _read(registry.blob(name, manifest["config"]["digest"]), reference)
    if (config.get("os"), config.get("architecture")) != ("linux", "amd64"):
        raise UserError(
            f"{reference}: must be for linux/amd64, which the GPU nodes are "
            f"(is for {config.get('os')}/{config.get('architecture')}); choose another baseImage"
        )
    unknown = {layer["mediaType"] for layer in manifest["layers"]} - _LAYER_TYPES.keys()
    if unknown:
        raise UserError(
            f"{reference}: has layers of a kind that is not known here ({', '.join(sorted(unknown))}); "
            "choose a base with gzip layers, or copy it with `skopeo copy --dest-compress-format gzip`"
        )
    layers = [BaseLayer(_LAYER_TYPES[one["mediaType"]], one["digest"], one["size"]) for one in manifest["layers"]]
    return Base(reference, tuple(layers), config, registry, name)


def _parts(image: str) -> tuple[str, str | None]:
    place, at, digest = image.rpartition("@")
    return (place, digest) if at and is_digest(digest) else (image, None)


def _has_tag(place: str) -> bool:
    return ":" in place.rpartition("/")[2]


def _is_ours(platform: dict[str, Any]) -> bool:
    return (platform.get("os"), platform.get("architecture")) == ("linux", "amd64")


def _read(content: bytes, image: str) -> dict[str, Any]:
    try:
        loaded = json.loads(content)
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        raise UserError(f"{image}: is no image that can be read; choose another baseImage")
    return loaded


def _programs(base: Base, work: Work) -> set[str]:
    """The Pythons of the image, after all of its layers, by path without a leading slash."""
    found: set[str] = set()
    for layer in base.layers:
        work.checkpoint()
        with base._fetch(layer, work).open("rb") as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            for entry in archive:
                path = PurePosixPath(entry.name.lstrip("./"))
                if path.name.startswith("ld-musl-"):
                    raise UserError(
                        f"{base.reference}: stands on musl (Alpine), for which most Python packages are not built; "
                        "choose a base with glibc, such as a -slim one"
                    )
                if path.name == ".wh..wh..opq":
                    found = {one for one in found if not one.startswith(f"{path.parent}/")}
                elif path.name.startswith(".wh."):
                    hidden = str(path.with_name(path.name.removeprefix(".wh.")))
                    found = {one for one in found if one != hidden and not one.startswith(f"{hidden}/")}
                elif re.fullmatch(r"python3\.\d+", path.name) and not entry.isdir():
                    found.add(str(path))
    return found


def _from(offset: int, pieces: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for piece in pieces:
        if offset < len(piece):
            yield memoryview(piece)[offset:]
        offset = max(offset - len(piece), 0)
