"""Images of a few bytes in a registry on disk, all under the name `digits`, and what then lies in its folder."""

from pathlib import Path

from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Work

from .blobs import blob, manifest, sha256


def nobody(_: int) -> None:
    """Takes no interest in how many bytes were sent."""


def manifest_of(*contents: bytes) -> bytes:
    return manifest(*map(blob, contents))


def put(registry: DiskRegistry, content: bytes) -> int:
    """Sends a blob; gives the number of bytes that travelled."""
    sent: list[int] = []
    registry.put_blob("digits", blob(content, 1 << 20), Work(), sent.append)
    return sum(sent)


def push(registry: DiskRegistry, tag: str, *contents: bytes) -> str:
    """Sends an image, its config first; gives its digest."""
    with registry.pushing("digits"):
        for content in contents:
            put(registry, content)
        registry.put_manifest("digits", tag, manifest_of(*contents))
    return sha256(manifest_of(*contents))


def blobs(root: Path) -> set[str]:
    return {f"sha256:{path.name}" for path in (root / "digits" / "blobs" / "sha256").iterdir()}


def everything(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}
