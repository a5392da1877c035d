"""Versions kept on this machine: a folder with a standard OCI image layout per name, readable by skopeo and others.

Two locks per name keep runs apart. `.index.lock` is held for the moment of a change. `.push.lock` is shared by all
that push, from their first look to their manifest; only who gets it alone, without waiting, may clear up.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from ...rules.problems import UserError
from ...rules.registration import REPOSITORY_PART
from ..contents import CHUNK
from ..oci import digest_of, is_digest
from ..work import Work
from . import Blob, oci_layout
from .locks import exclusive, exclusive_if_free, shared
from .receiving import has_size, receive, told, write_whole


class DiskRegistry:
    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.location = f"oci-layout://{self._root}"

    def reference(self, name: str, digest: str) -> str:
        return f"oci-layout://{self._folder(name)}@{digest}"

    def tags(self, name: str) -> list[str]:
        return [tag for tag in map(oci_layout.tag_of, self._index(name)) if tag is not None]

    def resolve(self, name: str, reference: str) -> str | None:
        return oci_layout.find(self._index(name), reference)

    def manifest(self, name: str, reference: str) -> bytes | None:
        digest = self.resolve(name, reference)
        if digest is None:
            return None
        try:
            return self.blob(name, digest)
        except UserError:
            if self.resolve(name, digest) is None:  # deleted by another run in between
                return None
            raise

    def blob(self, name: str, digest: str) -> bytes:
        path = self._blob(name, digest)
        content = _read(path)
        if content is None:
            raise _damaged(path, "it is missing")
        found = digest_of(content)
        if found != digest:
            raise _damaged(path, f"its content has the digest {found}")
        return content

    def read(self, name: str, digest: str, size: int, work: Work) -> Iterator[memoryview]:
        path = self._blob(name, digest)
        buffer = memoryview(bytearray(min(CHUNK, size)))
        with told(path), path.open("rb", buffering=0) as file:
            while size and (count := file.readinto(buffer[:size])):
                work.checkpoint()
                yield buffer[:count]
                size -= count

    def has_blob(self, name: str, digest: str, size: int) -> bool:
        path = self._blob(name, digest)
        with told(path):
            return has_size(path, size)

    @contextmanager
    def pushing(self, name: str) -> Iterator[None]:
        with self._sharing(name):
            yield
        # Damage that clearing up may meet is no fault of this push; whoever needs the damaged image is told.
        with self._changing(name), suppress(UserError):
            self._clear_up(name)

    def put_blob(self, name: str, blob: Blob, work: Work, sent: Callable[[int], None]) -> None:
        target = self._blob(name, blob.digest)
        with self._sharing(name):
            receive(blob, self._part(name, target.name), target, work, sent)

    def put_manifest(self, name: str, reference: str, content: bytes) -> None:
        digest = digest_of(content)
        if is_digest(reference) and reference != digest:
            raise UserError(f"{self.reference(name, reference)}: the manifest has another digest ({digest})")
        with self._sharing(name), self._changing(name):
            for needed, size in oci_layout.needs(content):
                if not self.has_blob(name, needed, size):
                    raise UserError(
                        f"{self._blob(name, needed)}: a part of the image is missing, another run may have removed it; "
                        f"run the same command again"
                    )
            self._write(name, content, self._blob(name, digest))
            self._write_index(name, oci_layout.with_manifest(self._index(name), reference, content, digest))

    def untag(self, name: str, tag: str) -> None:
        if oci_layout.find(self._index(name), tag):
            with self._changing(name):
                self._write_index(name, oci_layout.without_tag(self._index(name), tag))

    def delete(self, name: str, digest: str) -> None:
        if not self._folder(name).is_dir():
            return
        with self._changing(name):
            manifests = self._index(name)
            remaining = oci_layout.without_manifest(manifests, digest)
            if remaining != manifests:
                self._write_index(name, remaining)
            self._clear_up(name)

    def _folder(self, name: str) -> Path:
        if not REPOSITORY_PART.fullmatch(name):
            raise UserError(
                f"a name in {self.location} must be lower-case letters and digits, joined by '.', '_' or '-' "
                f"(got {name!r}); choose another name"
            )
        return self._root / name

    def _blob(self, name: str, digest: str) -> Path:
        if not is_digest(digest):
            raise UserError(f"a digest must be sha256: and 64 hexadecimal digits (got {digest!r}); check the reference")
        return self._folder(name) / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def _part(self, name: str, part: str) -> Path:
        return self._folder(name) / ".parts" / part

    def _index(self, name: str) -> oci_layout.Manifests:
        path = self._folder(name) / "index.json"
        content = _read(path)
        if content is None:
            return []
        try:
            manifests = oci_layout.read_index(content)
        except ValueError as error:
            raise _unusable(path, str(error)) from error
        version = _read(path.with_name("oci-layout"))
        if version is None:  # damage, or removed by another run meanwhile
            if _read(path) is None:
                return []
            version = _read(path.with_name("oci-layout"))  # who makes a layout anew writes this file first
        try:
            oci_layout.check_version(version or b"{}")
        except ValueError as error:
            raise _unusable(path.with_name("oci-layout"), str(error)) from error
        return manifests

    def _write_index(self, name: str, manifests: oci_layout.Manifests) -> None:
        version = self._folder(name) / "oci-layout"
        if _read(version) is None:
            self._write(name, oci_layout.VERSION, version)
        self._write(name, oci_layout.write_index(manifests), version.with_name("index.json"))

    def _write(self, name: str, content: bytes, target: Path) -> None:
        write_whole(content, self._part(name, secrets.token_hex(8)), target)

    def _clear_up(self, name: str) -> None:
        """Removes what no manifest needs, and the name itself when it holds nothing more; not while anybody pushes."""
        folder = self._folder(name)
        with exclusive_if_free(folder / ".push.lock") as alone, told(folder):
            if not alone:
                return
            manifests = self._index(name)
            needed = self._needed(name, manifests)
            for path in (folder / "blobs" / "sha256").glob("*"):
                if f"sha256:{path.name}" not in needed:
                    path.unlink()
            for path in (folder / ".parts").glob("*"):
                path.unlink()
            if not manifests:
                _remove(folder)

    def _needed(self, name: str, manifests: oci_layout.Manifests) -> set[str]:
        needed = {str(descriptor["digest"]) for descriptor in manifests}
        for digest in list(needed):
            content = self.blob(name, digest)
            try:
                needed.update(inner for inner, _ in oci_layout.needs(content))
            except ValueError as error:
                raise _damaged(self._blob(name, digest), str(error)) from error
        return needed

    def _sharing(self, name: str) -> AbstractContextManager[object]:
        return self._locked(shared(self._folder(name) / ".push.lock"))

    def _changing(self, name: str) -> AbstractContextManager[object]:
        return self._locked(exclusive(self._folder(name) / ".index.lock"))

    def _locked(self, lock: AbstractContextManager[None]) -> AbstractContextManager[object]:
        held = ExitStack()
        with told(self._root):
            held.enter_context(lock)
        return held


def _read(path: Path) -> bytes | None:
    with told(path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def _remove(folder: Path) -> None:
    """Takes an empty layout away, the locks last; what somebody else put there stays, and the folder with it."""
    for file in ("index.json", "oci-layout"):
        (folder / file).unlink(missing_ok=True)
    for inner in ("blobs/sha256", "blobs", ".parts"):
        with suppress(OSError):
            (folder / inner).rmdir()
    for lock in (".push.lock", ".index.lock"):
        (folder / lock).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _damaged(path: Path, found: str) -> UserError:
    return UserError(
        f"{path}: damaged ({found}); remove this file and publish the same version again, which restores it"
    )


def _unusable(path: Path, found: str) -> UserError:
    return UserError(
        f"{path}: not a usable OCI image layout ({found}); restore {path.parent} from a copy, "
        f"or remove that folder and publish its versions again"
    )
