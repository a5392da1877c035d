"""A base image with a Python, made out of Debian's packages: what `docker.io/library/python` is to users."""

import json
import os
import tarfile
from io import BytesIO
from typing import Any

from programs.cache import cache_folder, locked
from programs.cluster_images import contents
from programs.cluster_images.layers import make_layer
from triton_serving.models.image import CONFIG_TYPE
from triton_serving.models.oci import INDEX_TYPE, MANIFEST_TYPE, digest_of
from triton_serving.models.registry import Blob
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work

from .blobs import blob

NAME = "python"
ENVIRON = dict(os.environ)  # before any test sets caches of its own: the layers are made once


def push_base(registry: str) -> str:
    """Sends it; gives its reference by digest. `registry` speaks plain HTTP on this machine."""
    cache = cache_folder(ENVIRON) / "cluster-images"
    with locked(cache):
        layers = [make_layer(content, cache) for content in (contents.base(), contents.python())]
        return push_image(registry, "3.11-slim", [layer.blob() for layer in layers])


def push_image(registry: str, tag: str, layers: list[Blob], **config: Any) -> str:
    """An image `python` of layers that are not compressed."""
    described = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"], "Cmd": ["python3"]},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    } | config
    settings = blob(json.dumps(described).encode())
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": settings.digest, "size": settings.size},
            "layers": [
                {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": one.digest, "size": one.size}
                for one in layers
            ],
        }
    ).encode()
    home = open_registry(f"http://{registry}", allow_plain_http=True)
    for part in (*layers, settings):
        home.put_blob(NAME, part, Work(), lambda _: None)
    home.put_manifest(NAME, tag, manifest)
    return home.reference(NAME, digest_of(manifest))


def push_list(registry: str, tag: str, images: dict[str, str]) -> str:
    """A list of images by architecture, under a tag; gives its reference by digest."""
    home = open_registry(f"http://{registry}", allow_plain_http=True)
    manifests = []
    for architecture, reference in images.items():
        digest = reference.rpartition("@")[2]
        size = len(home.manifest(NAME, digest) or b"")
        platform = {"os": "linux", "architecture": architecture}
        manifests.append({"mediaType": MANIFEST_TYPE, "digest": digest, "size": size, "platform": platform})
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}).encode()
    home.put_manifest(NAME, tag, content)
    return home.reference(NAME, digest_of(content))


def files_as_layer(files: dict[str, bytes]) -> Blob:
    """A layer with these files, in this order."""
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, BytesIO(content))
    return blob(archive.getvalue())


def push_tiny_base(registry: str, tag: str = "3.11-slim", **config: Any) -> str:
    """A base of a few bytes: what stands for its Python does not run."""
    layer = files_as_layer({"usr/local/bin/python3.11": b"not really"})
    return push_image(registry, tag, [layer], **config)
