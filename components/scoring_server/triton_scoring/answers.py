"""From what run() returned, or raised, to a response."""

import json
import logging
from typing import Any

from werkzeug import Response

from .messages import Answer

log = logging.Logger("triton_scoring", logging.ERROR)
log.parent = logging.root
"""Not one that logging knows by name: those are silenced when a script configures its own by `dictConfig`, or raises
the root's level, and callers are told to look into the log."""

FAILED = b"x-ms-run-function-failed"
DURATION = b"x-ms-run-fn-exec-ms"
_WITHOUT_BODY = (204, 304)


def error_answer(status: int, message: str, *, failed: bool = False) -> Answer:
    body = json.dumps({"message": message}).encode()
    return Answer(status, [(b"content-type", b"application/json"), (FAILED, str(failed).encode())], body)


def script_failed() -> Answer:
    """For the caller: what went wrong is in the log alone, for it may hold what callers must not see."""
    return error_answer(
        500, "An unexpected error occurred in scoring script. Check the logs for more info.", failed=True
    )


def answer_of(result: Any, seconds: float) -> Answer:
    """The response for what run() returned after some time."""
    duration = (DURATION, f"{seconds * 1000:.3f}".encode())
    if isinstance(result, Response):
        return _given(result, duration)
    try:
        body = json.dumps({} if result is None else result).encode()
    except (TypeError, ValueError, RecursionError) as error:
        log.error("run() returned a %s that JSON cannot hold: %s", type(result).__name__, error)
        return error_answer(500, "An unexpected internal error occurred. Check the logs for more info.")
    return Answer(200, [(b"content-type", b"application/json"), (FAILED, b"False"), duration], body)


def _given(response: Response, duration: tuple[bytes, bytes]) -> Answer:
    status = response.status_code
    if not 200 <= status <= 599:
        log.error("run() returned a response with status %s; one from 200 to 599 can be sent", status)
        return error_answer(500, "An unexpected internal error occurred. Check the logs for more info.")
    if status >= 500:
        response.headers["x-ms-run-function-failed"] = "True"
    response.direct_passthrough = False  # a file is read here: the dispatcher sends bytes
    body = b"" if status in _WITHOUT_BODY else response.get_data()
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers.to_wsgi_list()
        if name.lower() not in ("content-length", "transfer-encoding", "connection")
    ]
    return Answer(status, [*headers, duration], body)
