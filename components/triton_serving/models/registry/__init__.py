"""Where versions are kept: one interface, two homes (an OCI layout on disk, a registry over HTTP)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ...rules.problems import UserError
from ..work import Work


class Away(UserError):
    """A registry does not answer, after as many tries as make sense."""


@dataclass(frozen=True)
class FilePart:
    """Bytes that lie in an open file, so that the kernel can send them without a detour through this process."""

    descriptor: int
    offset: int
    size: int

    def pieces(self, size: int) -> Iterator["FilePart"]:
        for start in range(0, self.size, size):
            yield FilePart(self.descriptor, self.offset + start, min(size, self.size - start))


@dataclass(frozen=True)
class Blob:
    """Content that can be produced again from any offset, so that an upload can resume and memory stays flat."""

    digest: str
    size: int
    read: Callable[[int], Iterator[bytes | memoryview]]
    """`read(offset)`: the content from there on, in chunks of about 1 MiB, each valid until the next is asked for."""
    parts: Callable[[int], Iterator[bytes | memoryview | FilePart]] | None = None
    """The same, with what lies in a file as such; None where nothing does."""
    elsewhere: str | None = None
    """A repository that has it already, as references write it: registry.example.com/python. A registry takes what is
    its own from there, without being sent it."""


class Registry(Protocol):
    """Both homes behave alike. Every failure is a `UserError` that names the registry, what it said and the way out."""

    location: str
    """As users write it, without credentials: oci-layout:///home/me/models or registry.example.com/team."""

    def reference(self, name: str, digest: str) -> str:
        """The image reference by digest that other tools accept: registry.example.com/team/digits@sha256:…"""
        ...

    def tags(self, name: str) -> list[str]:
        """All tags of a name, in any order; empty when the name does not exist."""
        ...

    def resolve(self, name: str, reference: str) -> str | None:
        """The digest of a tag or digest, or None when there is no such manifest."""
        ...

    def manifest(self, name: str, reference: str) -> bytes | None: ...

    def blob(self, name: str, digest: str) -> bytes:
        """A small blob (an image config), verified against its digest."""
        ...

    def read(self, name: str, digest: str, size: int, work: Work) -> Iterator[bytes | memoryview]:
        """A large blob from its beginning, going on where a cut connection ended, in chunks that are valid until the
        next is asked for. Never more than `size` bytes, and not verified: who takes them hashes them anyway."""
        ...

    def pushing(self, name: str) -> AbstractContextManager[None]:
        """Entered around the calls of one push, from its first has_blob to its last put_manifest.

        A home that clears up by itself spares meanwhile what the push found there or sent. Sending without it is safe
        too: an image that lost a blob is refused by put_manifest, never visible.
        """
        ...

    def has_blob(self, name: str, digest: str, size: int) -> bool: ...

    def put_blob(self, name: str, blob: Blob, work: Work, sent: Callable[[int], None]) -> None:
        """Sends a blob, resuming what an earlier, cut upload left; `sent` is told the bytes as they go.

        Content that no longer has the blob's digest (a file that changed meanwhile) is refused and never visible.
        """
        ...

    def put_manifest(self, name: str, reference: str, content: bytes) -> None:
        """Makes an image visible under a tag or its digest; atomic."""
        ...

    def untag(self, name: str, tag: str) -> None:
        """Removes one tag and nothing else; fine when it is gone already."""
        ...

    def delete(self, name: str, digest: str) -> None:
        """Removes a manifest with all its tags, and blobs that nothing else needs; fine when it is gone already."""
        ...
