"""The home of versions that is reached over HTTP: any registry of the OCI distribution specification."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urlencode

from ...rules.problems import UserError
from ..oci import EMPTY, EMPTY_TYPE, INDEX_TYPE, MANIFEST_TYPE, digest_of, is_digest
from ..work import Work
from . import Blob
from .client import Client, Patience
from .exchange import Answer, Transient, Waits, errors
from .location import RemoteLocation
from .new_roles import RolePatience
from .tag_list import list_tags
from .upload import Upload

MANIFEST_TYPES = (
    MANIFEST_TYPE,
    INDEX_TYPE,
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
PIECE = 16 << 20
"""Bytes asked for at once: so many that the way there and back costs little."""
DELETING_IS_OFF = (
    "deleting is switched off there: switch it on (Docker's registry: REGISTRY_STORAGE_DELETE_ENABLED=true), "
    "or keep the version with Pulumi's option retain_on_delete"
)


class RemoteRegistry:
    def __init__(
        self,
        location: RemoteLocation,
        work: Work | None = None,
        waits: Waits | None = None,
        roles: RolePatience | None = None,
    ) -> None:
        self.location = location.text
        self._place = location
        self._work = work or Work()
        self._client = Client(location.origin, waits or Waits(), roles)

    def reference(self, name: str, digest: str) -> str:
        return f"{self._place.host}/{self._repository(name)}@{digest}"

    def tags(self, name: str) -> list[str]:
        return list_tags(self._client, self._repository(name), self._work)

    def resolve(self, name: str, reference: str) -> str | None:
        what = f"look up {self._repository(name)} {reference}"
        answer = self._ask_manifest("HEAD", name, reference, what)
        if answer is None:
            return None
        digest = answer.headers.get("docker-content-digest")
        if digest is None:  # allowed by the specification: then the content tells
            content = self.manifest(name, reference)
            return None if content is None else digest_of(content)
        if not is_digest(digest) or (is_digest(reference) and digest != reference):
            raise UserError(f"{self._client.host}: answers {digest[:80]!r} when asked to {what}; ask its operator")
        return digest

    def manifest(self, name: str, reference: str) -> bytes | None:
        answer = self._ask_manifest("GET", name, reference, f"read {self._repository(name)} {reference}")
        if answer is None:
            return None
        wanted = reference if is_digest(reference) else answer.headers.get("docker-content-digest")
        if wanted is not None:
            self._verify(answer.content, wanted, name)
        return answer.content

    def blob(self, name: str, digest: str) -> bytes:
        what = f"read {self._repository(name)} {digest}"
        answer = self._client.request("GET", f"{self._path(name)}/blobs/{digest}", what, self._work)
        if answer.status != 200:
            raise self._client.refuse(what, answer)
        self._verify(answer.content, digest, name)
        return answer.content

    def read(self, name: str, digest: str, size: int, work: Work) -> Iterator[memoryview]:
        """In pieces, each a request of its own: what goes wrong on the way costs one piece, and memory stays flat."""
        what = f"read {self._repository(name)} {digest}"
        for start in range(0, size, PIECE):
            end = min(start + PIECE, size)
            headers = {} if size <= PIECE else {"Range": f"bytes={start}-{end - 1}"}
            answer = self._client.request("GET", f"{self._path(name)}/blobs/{digest}", what, work, headers)
            if answer.status != (206 if headers else 200):
                raise self._client.refuse(what, answer)
            yield memoryview(answer.content)[: end - start]

    def has_blob(self, name: str, digest: str, size: int) -> bool:
        what = f"look for {self._repository(name)} {digest}"
        answer = self._client.request("HEAD", f"{self._path(name)}/blobs/{digest}", what, self._work)
        if answer.status == 404:
            return False
        if answer.status != 200:
            raise self._client.refuse(what, answer)
        told = answer.headers.get("content-length")
        if told is not None and told != str(size):
            raise UserError(
                f"{self._client.host}: has {digest} of {self._repository(name)} with {told[:20]} bytes "
                f"instead of {size}; its storage is damaged, ask its operator"
            )
        return True

    def pushing(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()  # a registry clears up by its operator's rules, long after any push

    def put_blob(self, name: str, blob: Blob, work: Work, sent: Callable[[int], None]) -> None:
        if blob.elsewhere is None or not self._take_over(name, blob.digest, blob.elsewhere, work):
            Upload(self._client, self._repository(name), blob, work, sent).run()

    def put_manifest(self, name: str, reference: str, content: bytes) -> None:
        what = f"publish {self._repository(name)} {reference}"
        headers = {"Content-Type": json.loads(content).get("mediaType", MANIFEST_TYPE)}
        path = f"{self._path(name)}/manifests/{reference}"
        patience = Patience(self._client.waits, what, self._work)
        while (answer := self._client.request("PUT", path, what, self._work, headers, content)).status != 201:
            if "MANIFEST_BLOB_UNKNOWN" not in dict(errors(answer)):
                raise self._client.refuse(what, answer)
            # Docker's registry on disk notes the layers of a repository in files, and writes such a file anew when
            # another push brings the same layer: whoever reads it in between finds it empty.
            patience.pause(Transient(f"{self._client.host}: misses a layer that it has taken (MANIFEST_BLOB_UNKNOWN)"))
        named = answer.headers.get("docker-content-digest")
        if named is not None and named != digest_of(content):
            raise UserError(
                f"{self._client.host}: took {digest_of(content)} but calls it {named[:80]!r}; ask its operator"
            )

    def untag(self, name: str, tag: str) -> None:
        """By its tag where the registry can do that; else the tag is moved to an image of its own, which is deleted.

        Docker's registry before 3.0 and Azure's delete by digest only, and with a digest all of its tags.
        """
        before = self.manifest(name, tag)
        if before is None:
            return
        self._delete(name, tag, f"remove the tag {tag} of {self._repository(name)}")
        if self.resolve(name, tag) is None:
            return
        throwaway = self._throwaway(name)
        self.put_manifest(name, tag, throwaway)
        try:
            self.delete(name, digest_of(throwaway))
        except UserError:
            self.put_manifest(name, tag, before)
            raise

    def delete(self, name: str, digest: str) -> None:
        what = f"delete {digest} of {self._repository(name)}"
        answer = self._delete(name, digest, what)
        if answer.status in (200, 202, 404):
            return
        raise self._client.refuse(what, answer, DELETING_IS_OFF if answer.status == 405 else None)

    def _delete(self, name: str, reference: str, what: str) -> Answer:
        answer = self._client.request("DELETE", f"{self._path(name)}/manifests/{reference}", what, self._work)
        if answer.status in (401, 403):
            raise self._client.refuse(what, answer)
        return answer

    def _take_over(self, name: str, digest: str, elsewhere: str, work: Work) -> bool:
        """Whether the registry had the blob in another repository and took it from there (`mount`)."""
        host, _, repository = elsewhere.partition("/")
        if host != self._place.host:
            return False
        asked = f"{self._path(name)}/blobs/uploads/?{urlencode({'mount': digest, 'from': repository})}"
        try:
            answer = self._client.request("POST", asked, f"take {digest} over from {repository}", work)
        except UserError:  # a login that may not read there may still send it here
            work.checkpoint()
            return False
        return answer.status == 201

    def _throwaway(self, name: str) -> bytes:
        empty = Blob(digest_of(EMPTY), len(EMPTY), lambda offset: iter([EMPTY[offset:]]))
        if not self.has_blob(name, empty.digest, empty.size):
            self.put_blob(name, empty, self._work, lambda _: None)
        part = {"mediaType": EMPTY_TYPE, "digest": empty.digest, "size": empty.size}
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": EMPTY_TYPE,
            "config": part,
            "layers": [part],
            "annotations": {"triton-serving.throwaway": uuid.uuid4().hex},
        }
        return json.dumps(content).encode()

    def _ask_manifest(self, method: str, name: str, reference: str, what: str) -> Answer | None:
        headers = {"Accept": ", ".join(MANIFEST_TYPES)}
        answer = self._client.request(method, f"{self._path(name)}/manifests/{reference}", what, self._work, headers)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self._client.refuse(what, answer)
        if answer.kind not in MANIFEST_TYPES:
            raise UserError(
                f"{self._client.host}: answers with {answer.kind or 'no content type'} when asked to {what}, "
                "which is no image manifest; is this the address of a registry?"
            )
        return answer

    def _verify(self, content: bytes, digest: str, name: str) -> None:
        if digest_of(content) != digest:
            raise UserError(
                f"{self._client.host}: what it sends as {digest[:80]} of {self._repository(name)} "
                f"is {digest_of(content)}; its storage or the way there is damaged, ask its operator"
            )

    def _repository(self, name: str) -> str:
        return f"{self._place.prefix}/{name}" if self._place.prefix else name

    def _path(self, name: str) -> str:
        return f"/v2/{self._repository(name)}"
