"""Sends one blob in pieces, so that a cut upload goes on where the registry stands, in this run or the next.

Registries of the distribution project (Docker's, Harbor's) throw an upload away when the connection is cut inside a
piece, and keep it when it is cut between pieces; others keep every byte. So a piece is what a cut costs at most
where a proxy hands whole requests on, and a user's wish to stop lets the current piece finish if it does so soon.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from ...rules.problems import UserError
from ..work import Work
from . import Blob, FilePart
from .client import Client, Patience
from .exchange import Answer, Body, Transient, errors, said
from .file_sending import shorter
from .unfinished import Unfinished, unfinished

PIECE = 64 * 1024 * 1024
"""Below the 100 MB to which some proxies limit a request, and so large that requests cost nothing."""
STEP = 4 * 1024 * 1024
"""Bytes of a file that are sent at once."""
GRACE = 3.0
"""Seconds a piece may go on after the user asked to stop."""
_LOST = {"DIGEST_INVALID", "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "RANGE_INVALID"}


@dataclass
class _Place:
    address: str
    offset: int


class Upload:
    def __init__(self, client: Client, repository: str, blob: Blob, work: Work, sent: Callable[[int], None]) -> None:
        self._client = client
        self._start = f"{client.origin}/v2/{repository}/blobs/uploads/"
        self._what = f"send {blob.digest} to {repository}"
        self._repository = repository
        self._blob = blob
        self._work = work
        self._sent = sent
        self._patience = Patience(client.waits, self._what, work)
        self._unbroken = True
        """Whether all that the registry has of the upload was sent without a cut in this run."""

    def run(self) -> None:
        if self._blob.size <= PIECE:
            self._run(Unfinished(None))
            return
        with unfinished(self._client.origin, self._repository, self._blob.digest) as memory:
            self._run(memory)

    def _run(self, memory: Unfinished) -> None:
        place: _Place | None = None
        known = memory.recall()
        while True:
            self._work.checkpoint()
            try:
                if place is None:
                    place = (self._ask(known) if known else None) or self._begin()
                    known = place.address
                    memory.keep(known)
                if self._send_piece(place):
                    memory.forget()
                    return
                known = place.address
                memory.keep(known)
                self._patience.renew()
            except _Lost as trouble:
                place, known = None, None
                memory.forget()
                self._patience.pause(trouble)
            except Transient as trouble:
                place = None
                self._patience.pause(trouble)

    def _begin(self) -> _Place:
        answer = self._client.once("POST", self._start, {}, Body(0, lambda: iter(())), self._client.waits.answer)
        if answer.status != 202:
            raise self._client.refuse(self._what, answer)
        self._unbroken = True
        return _Place(self._client.follow(self._start, answer), 0)

    def _ask(self, address: str) -> _Place | None:
        """Where the registry stands with an upload, or None when it does not know it any more."""
        self._unbroken = False
        answer = self._client.once("GET", address, {}, None, self._client.waits.answer)
        if answer.status != 204:
            return None
        end = _range_end(answer)
        if end is None or end > self._blob.size:
            return None
        return _Place(self._client.follow(address, answer) if "location" in answer.headers else address, end)

    def _send_piece(self, place: _Place) -> bool:
        """Sends the next piece and moves the place; True when the registry has taken the whole blob."""
        size = min(PIECE, self._blob.size - place.offset)
        last = place.offset + size == self._blob.size
        headers = {"Content-Type": "application/octet-stream"}
        if size and not (last and place.offset == 0):
            headers["Content-Range"] = f"{place.offset}-{place.offset + size - 1}"
        body = Body(size, lambda: self._piece(place.offset, size))
        if not last:
            answer = self._client.once("PATCH", place.address, headers, body, self._client.waits.answer)
            self._check(answer, 202)
            self._move(place, size, answer)
            return False
        joint = "&" if "?" in place.address else "?"
        address = place.address + joint + urlencode({"digest": self._blob.digest})
        answer = self._client.once("PUT", address, headers, body, self._client.waits.finish)
        self._check(answer, 201)
        named = answer.headers.get("docker-content-digest", self._blob.digest)
        if named != self._blob.digest:
            raise UserError(
                f"{self._client.host}: took {self._blob.digest} but calls it {named[:80]!r}; ask its operator"
            )
        return True

    def _move(self, place: _Place, size: int, answer: Answer) -> None:
        place.address = self._client.follow(place.address, answer)
        end = _range_end(answer)
        if end is not None and end != place.offset + size:
            raise Transient(f"{self._client.host}: kept only a part of what was sent")
        place.offset += size

    def _check(self, answer: Answer, wanted: int) -> None:
        if answer.status == wanted:
            return
        codes = {code for code, _ in errors(answer)}
        if "DIGEST_INVALID" in codes and self._unbroken:
            raise UserError(
                f"{self._client.host}: what arrived is not {self._blob.digest} (DIGEST_INVALID); a file changed "
                "while it was sent, or the way there is damaged; run again when nothing writes to the files"
            )
        if answer.status in (404, 416) or codes & _LOST:
            raise _Lost(f"{self._client.host}: does not go on with the upload: {said(answer)}")
        raise self._client.refuse(self._what, answer)

    def _piece(self, offset: int, size: int) -> Iterator[bytes | memoryview | FilePart]:
        """The bytes of a piece; never more or fewer than announced."""
        stop_at = float("inf")
        left = size
        try:
            for part, length in self._steps(offset):
                if self._work.stop.is_set():
                    stop_at = min(stop_at, time.monotonic() + GRACE)
                if time.monotonic() > stop_at:
                    self._work.checkpoint()
                if length > left:
                    part, length = _cut(part, left), left
                yield part
                self._sent(length)
                left -= length
                if not left:
                    return
        except OSError as error:
            raise UserError(
                f"could not read what is to be sent ({error.strerror}); run the same command again"
            ) from None
        if left:
            raise shorter()

    def _steps(self, offset: int) -> Iterator[tuple[bytes | memoryview | FilePart, int]]:
        """What is sent at once, with its length: between two of these, progress is told and a stop is seen."""
        for part in (self._blob.parts or self._blob.read)(offset):
            if isinstance(part, FilePart):
                yield from ((piece, piece.size) for piece in part.pieces(STEP))
            else:
                yield part, len(part)


def _cut(part: bytes | memoryview | FilePart, size: int) -> memoryview | FilePart:
    return next(part.pieces(size)) if isinstance(part, FilePart) else memoryview(part)[:size]


class _Lost(Transient):
    """The registry threw the upload away, or it can never become right: it starts anew."""


def _range_end(answer: Answer) -> int | None:
    """How many bytes the registry has, out of `Range: 0-1023`."""
    match = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", answer.headers.get("range", "").strip())
    if match is None:
        return None
    # Nothing at all is told as 0-0 too, as an HTTP range cannot be empty.
    return int(match[1]) + 1 if int(match[1]) else 0
