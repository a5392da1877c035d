"""The headers by which a request is known: echoed, or made up, as azmlinfsrv does."""

import uuid
from dataclasses import dataclass

from .messages import Headers

LONGEST = 100
"""Characters."""


@dataclass(frozen=True)
class Identity:
    headers: Headers
    """For the response."""
    problem: str = ""
    """Why the request is refused; then there may be fewer headers."""


def identify(request: dict[bytes, bytes]) -> Identity:
    given = request.get(b"x-request-id")
    request_id = str(uuid.uuid4()).encode() if given is None else given
    if len(request_id) > LONGEST:
        return Identity([], f"x-request-id must not exceed {LONGEST} characters")
    headers = [(b"x-request-id", request_id)] if request_id else []
    # x-ms-request-id has meant both; whichever a caller gives, it finds something there again.
    legacy = request.get(b"x-ms-request-id", b"")
    client = request.get(b"x-ms-client-request-id", b"") or legacy
    legacy = legacy or client or request_id
    if len(legacy) > LONGEST or len(client) > LONGEST:
        problem = f"x-ms-request-id and x-ms-client-request-id must not exceed {LONGEST} characters"
        return Identity(headers, problem)
    if legacy:
        headers.append((b"x-ms-request-id", legacy))
    if client:
        headers.append((b"x-ms-client-request-id", client))
    if b"traceid" in request:
        headers.append((b"traceid", request[b"traceid"]))
    return Identity(headers)
