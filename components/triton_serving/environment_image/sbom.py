"""What is in an environment's image, as CycloneDX 1.6: for scanners that look for known holes. Pure.

It has neither a time nor a random number, so that the same image has the same list.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from ..models.oci import EMPTY, EMPTY_TYPE, MANIFEST_TYPE, digest_of
from ..models.registry import Blob
from .lock import Locked

SBOM_TYPE = "application/vnd.cyclonedx+json"
_NAMESPACE = uuid.UUID("5d1f1f3f-7f0c-4b57-9d54-1d2c7be5e7c3")


def sbom(name: str, digest: str, base: str, packages: Sequence[Locked], scoring_server: str) -> bytes:
    """`base` is a reference by digest, `scoring_server` a version."""
    image = _image(name, digest)
    base_name, _, base_digest = base.rpartition("@")
    below = _image(base_name.rpartition("/")[2], base_digest)
    server = _library("triton-scoring", scoring_server)
    parts = [below, server, *(_library(one.name, one.version, one.sha256) for one in packages)]
    return json.dumps(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}",
            "version": 1,
            "metadata": {"component": image},
            "components": parts,
            "dependencies": [{"ref": image["bom-ref"], "dependsOn": sorted(part["bom-ref"] for part in parts)}],
        },
        sort_keys=True,
    ).encode()


def artifact(content: bytes, image: str, image_size: int) -> tuple[bytes, tuple[Blob, Blob]]:
    """Manifest and blobs that attach the list to an image: registries with the referrers API list it beside the image,
    others have it under the tag that cosign looks for."""
    config, layer = _blob(EMPTY), _blob(content)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": SBOM_TYPE,
        "config": {"mediaType": EMPTY_TYPE, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": SBOM_TYPE, "digest": layer.digest, "size": layer.size}],
        "subject": {"mediaType": MANIFEST_TYPE, "digest": image, "size": image_size},
    }
    return json.dumps(manifest, sort_keys=True).encode(), (config, layer)


def _image(name: str, digest: str) -> dict[str, Any]:
    # purl's own form: the name's last part, and the colon of the digest escaped.
    url = f"pkg:oci/{name}@{digest.replace(':', '%3A')}"
    return {"type": "container", "name": name, "version": digest, "purl": url, "bom-ref": url}


def _library(name: str, version: str, sha256: str | None = None) -> dict[str, Any]:
    url = f"pkg:pypi/{name}@{version.replace('+', '%2B')}"
    described = {"type": "library", "name": name, "version": version, "purl": url, "bom-ref": url}
    return described | ({"hashes": [{"alg": "SHA-256", "content": sha256}]} if sha256 else {})


def _blob(content: bytes) -> Blob:
    return Blob(digest_of(content), len(content), lambda offset: iter([content[offset:]]))
