"""Content to push, made up in memory."""

import hashlib
import json

from triton_serving.models.registry import Blob

EMPTY_CONFIG = b"{}"


def blob(content: bytes) -> Blob:
    return Blob(sha256(content), len(content), lambda offset: iter([memoryview(content)[offset:]]))


def random_blob(size: int, seed: int = 1) -> Blob:
    return blob(hashlib.shake_256(seed.to_bytes(8)).digest(size))


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest(config: Blob, *layers: Blob, note: str = "") -> bytes:
    def part(kind: str, blob: Blob) -> dict[str, object]:
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": blob.digest, "size": blob.size}

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": part("config.v1+json", config),
            "layers": [part("layer.v1.tar", layer) for layer in layers],
            "annotations": {"note": note},
        }
    ).encode()
