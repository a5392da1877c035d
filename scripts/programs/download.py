"""Downloads that give up early when a host is out of reach, continue where they stopped, and are checked."""

import hashlib
import http
import http.client
import queue
import threading
import urllib.error
import urllib.request
from pathlib import Path

from .progress import Step, step
from .ways import Unavailable

# Name resolution and several addresses have time-outs of their own, so the first contact is bounded as a whole.
FIRST_CONTACT = 8.0
STALLED = 30.0


def read_soon(url: str) -> str:
    """A small text; Unavailable when it has not come within FIRST_CONTACT seconds."""
    answer: queue.Queue[str | Exception] = queue.Queue()

    def read() -> None:
        try:
            with urllib.request.urlopen(url, timeout=FIRST_CONTACT) as response:
                answer.put(response.read().decode())
        except Exception as error:
            answer.put(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        text = answer.get(timeout=FIRST_CONTACT)
    except queue.Empty:
        raise Unavailable(f"{url} did not answer within {FIRST_CONTACT:.0f} s") from None
    if isinstance(text, Exception):
        raise Unavailable(f"{url}: {_reason(text)}")
    return text


def fetch(url: str, target: Path, sha256: str) -> None:
    """Downloads to target, which only exists once it is complete and has this digest."""
    part = target.with_name(target.name + ".part")
    try:
        with step(f"downloading {url.rpartition('/')[2]}") as progress:
            _continue(url, part, progress)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{url}: {_reason(error)}; what came so far is kept and the next run goes on") from error
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        part.unlink()
        raise Unavailable(f"{url} has the SHA-256 {found}, published is {sha256}; it was thrown away")
    part.rename(target)


def _continue(url: str, part: Path, progress: Step) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=STALLED)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # it was complete already; the digest decides
        raise
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        done = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while block := response.read(1 << 20):
                file.write(block)
                done += len(block)
                progress.detail = f"{done / 1e6:.0f} MB"
        if response.length:  # read() ends quietly when the connection is closed early
            raise http.client.IncompleteRead(b"", response.length)


def _reason(error: Exception) -> str:
    return str(error.reason) if isinstance(error, urllib.error.URLError) else (str(error) or type(error).__name__)
