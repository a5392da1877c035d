"""Content to push, made up in memory."""

import hashlib
import json
from collections.abc import Iterator

from triton_serving.models.registry import Blob

CHUNK = 100_000


def blob(content: bytes, step: int = CHUNK) -> Blob:
    def read(offset: int) -> Iterator[memoryview]:
        for start in range(offset, len(content), step):
            yield memoryview(content)[start : start + step]

    return Blob(sha256(content), len(content), read)


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
