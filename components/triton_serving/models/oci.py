"""What OCI's specifications fix: how a digest is written, and what the kinds of content are called."""

import hashlib
import json
import re
from typing import Any

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
EMPTY = b"{}"
"""The config of what is no image."""
NO_TIME = "1970-01-01T00:00:00Z"
"""Tools that list images expect a time; a real one would change the digest."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def canonical(content: Any) -> bytes:
    """The same bytes for the same content, and so the same digest."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_digest(reference: str) -> bool:
    """Whether this is a digest and not a tag; other algorithms than SHA-256 are used nowhere."""
    return _DIGEST.fullmatch(reference) is not None
