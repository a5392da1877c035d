"""The images that a cluster of this machine runs, sent to its registry by digest."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triton_serving.models.image import CONFIG_TYPE
from triton_serving.models.oci import MANIFEST_TYPE, digest_of
from triton_serving.models.registry import Blob, Registry
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work

from ..cache import cache_folder, locked
from ..pins import ROOT
from ..progress import step
from . import contents
from .layers import Content, make_layer

COMPONENTS = ROOT / "components"
PREFIX = "for-trials"
"""Of the repositories, so that nobody takes the images for ones to run in production."""
SERVICE = ("gatewayImage", "tritonImage", "environmentImage", "fetcherImage")
"""What a service consists of."""
REHEARSAL = (*SERVICE, "baseImage", "devicePluginImage")
"""What somebody brings along who makes a whole cluster: a Python to build environments on, and a plugin for GPUs."""
_ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - in the container
    "PATH": f"/{contents.TRITON}/bin:/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",  # the root is read-only
    "SSL_CERT_FILE": f"/{contents.CERTIFICATES}",
}


@dataclass(frozen=True)
class Image:
    name: str
    contents: tuple[Content, ...]
    command: tuple[str, ...]


def images(gpus: int) -> dict[str, Image]:
    """By the input that each is given to."""
    base, python = contents.base(), contents.python()
    scoring = contents.sources(COMPONENTS / "scoring_server" / "triton_scoring")
    fetcher = contents.sources(COMPONENTS / "triton_serving")
    packages = contents.locked_packages
    fetch = ("python", "-m", "triton_serving.models.fetch")
    plug = ("test-device-plugin", f"-count={gpus}")
    return {
        "gatewayImage": Image("gateway", (base, contents.envoy()), ("envoy",)),
        "tritonImage": Image("triton", (base, python, contents.triton()), ("tritonserver",)),
        "environmentImage": Image("environment", (base, python, packages("image-environment"), scoring), ("python",)),
        "fetcherImage": Image("fetcher", (base, python, packages("image-fetcher"), fetcher), fetch),
        "baseImage": Image("python", (base, python), ("python",)),
        "devicePluginImage": Image("device-plugin", (contents.device_plugin(),), plug),
    }


def push_images(registry: str, wanted: Collection[str] = SERVICE, *, gpus: int = 2) -> dict[str, str]:
    """Makes and sends what is not there yet. `registry` is a host with port that speaks plain HTTP; gives references by
    digest, by the names of the inputs they are for. With `gpus` the image of the device plugin tells of so many."""
    home = open_registry(f"http://{registry}/{PREFIX}", allow_plain_http=True)
    cache = cache_folder() / "cluster-images"
    with locked(cache):
        return {given_to: _push(home, image, cache) for given_to, image in images(gpus).items() if given_to in wanted}


def _push(registry: Registry, image: Image, cache: Path) -> str:
    layers = [make_layer(content, cache) for content in image.contents]
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": image.command,
                "Env": [f"{name}={value}" for name, value in _ENVIRONMENT.items()],
                "User": "1000:1000",
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
    )
    described = Blob(digest_of(config), len(config), lambda offset: iter([config[offset:]]))
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": described.digest, "size": described.size},
            "layers": [layer.descriptor() for layer in layers],
        }
    )
    digest = digest_of(manifest)
    if registry.resolve(image.name, digest) is None:
        with step(f"sending the image {image.name}"), registry.pushing(image.name):
            for blob in (*(layer.blob() for layer in layers), described):
                if not registry.has_blob(image.name, blob.digest, blob.size):
                    registry.put_blob(image.name, blob, Work(), lambda _: None)
            registry.put_manifest(image.name, digest, manifest)
    return registry.reference(image.name, digest)


def _json(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True).encode()
