"""The texts of an OCI image layout, as plain decisions: index.json, oci-layout, and what a manifest needs."""

import json
from typing import Any

from ..oci import INDEX_TYPE, is_digest

VERSION = b'{"imageLayoutVersion":"1.0.0"}'
_TAG = "org.opencontainers.image.ref.name"

Manifests = list[dict[str, Any]]
"""The descriptors in index.json: one per tag, and one without a tag for a manifest that has none."""


def check_version(content: bytes) -> None:
    """Raises `ValueError` with a reason unless this is the one version there is."""
    version = _object(content).get("imageLayoutVersion")
    if version != "1.0.0":
        raise ValueError(f"imageLayoutVersion must be '1.0.0' (got {version!r})")


def read_index(content: bytes) -> Manifests:
    """Raises `ValueError` with a reason when it is not an index."""
    manifests = _object(content).get("manifests")
    if not isinstance(manifests, list):
        raise ValueError(f"'manifests' must be a list (got {manifests!r})")
    for descriptor in manifests:
        if not isinstance(descriptor, dict) or not is_digest(str(descriptor.get("digest"))):
            raise ValueError(f"every manifest must have a sha256 digest (got {descriptor!r})")
        if not isinstance(descriptor.get("annotations", {}), dict):
            raise ValueError(f"annotations must be an object (got {descriptor['annotations']!r})")
    return manifests


def write_index(manifests: Manifests) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests}, indent=2).encode()


def tag_of(descriptor: dict[str, Any]) -> str | None:
    tag = descriptor.get("annotations", {}).get(_TAG)
    return tag if isinstance(tag, str) else None


def find(manifests: Manifests, reference: str) -> str | None:
    """The digest of a tag, or a digest itself when it is there."""
    for descriptor in manifests:
        digest: str = descriptor["digest"]
        if reference in (tag_of(descriptor), digest):
            return digest
    return None


def with_manifest(manifests: Manifests, reference: str, content: bytes, digest: str) -> Manifests:
    """Adds a manifest under a tag or its digest; a tag that another manifest had moves, and that manifest stays."""
    descriptor = {"mediaType": _object(content).get("mediaType"), "digest": digest, "size": len(content)}
    if is_digest(reference):
        return manifests if find(manifests, digest) else [*manifests, descriptor]
    kept = [one for one in without_tag(manifests, reference) if one["digest"] != digest or tag_of(one) is not None]
    return [*kept, descriptor | {"annotations": {_TAG: reference}}]


def without_tag(manifests: Manifests, tag: str) -> Manifests:
    """The manifest stays, without any tag if it had just this one."""
    kept = [descriptor for descriptor in manifests if tag_of(descriptor) != tag]
    for descriptor in manifests:
        if tag_of(descriptor) == tag and not find(kept, descriptor["digest"]):
            annotations = {key: value for key, value in descriptor["annotations"].items() if key != _TAG}
            bare = {key: value for key, value in descriptor.items() if key != "annotations"}
            kept.append(bare | {"annotations": annotations} if annotations else bare)
    return kept


def without_manifest(manifests: Manifests, digest: str) -> Manifests:
    return [descriptor for descriptor in manifests if descriptor["digest"] != digest]


def needs(manifest: bytes) -> list[tuple[str, int]]:
    """Digest and size of all that an image manifest refers to; raises `ValueError` with a reason when it is none."""
    content = _object(manifest)
    try:
        return [(str(blob["digest"]), int(blob["size"])) for blob in (*content["layers"], content["config"])]
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is not an image manifest ({error!r})") from error


def _object(content: bytes) -> dict[str, Any]:
    loaded = json.loads(content)
    if not isinstance(loaded, dict):
        raise ValueError(f"it must hold a JSON object (got {type(loaded).__name__})")
    return loaded
