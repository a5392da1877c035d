"""The words that the lists of routes are written in: what a request must look like, and what becomes of it."""

from collections.abc import Mapping
from typing import Any

from .filters import MEASURED, Filters

Route = dict[str, Any]
Header = dict[str, Any]
Path = dict[str, Any]

EVERYTHING: Path = {"prefix": "/"}
UNKNOWN = "this service has no such path"


def exactly(path: str) -> Path:
    return {"path": path}


def matching(expression: str) -> Path:
    """The whole path without its query, in RE2's syntax: linear in its length, whatever the path is."""
    return {"safe_regex": {"regex": expression}}


def is_exactly(name: str, value: str) -> Header:
    return {"name": name, "string_match": {"exact": value}}


def is_like(name: str, expression: str) -> Header:
    return {"name": name, "string_match": {"safe_regex": {"regex": expression}}}


def is_at_most(name: str, most: int) -> Header:
    """A whole number from 0 to `most`; what does not fit into 64 bits is in no range."""
    return {"name": name, "range_match": {"start": 0, "end": most + 1}}


def is_there(name: str) -> Header:
    return {"name": name, "present_match": True}


def is_absent(name: str) -> Header:
    return {"name": name, "present_match": False}


def but_not(header: Header) -> Header:
    """There, but not like that: an absent header matches nothing that looks at its value."""
    return {**header, "invert_match": True}


def method(name: str) -> Header:
    return is_exactly(":method", name)


def to_cluster(
    path: Path, headers: list[Header], cluster: str, seconds: float, filters: Filters, body_bytes: int = 0
) -> Route:
    """Lets a request through. The time counts from its last byte to the answer's last."""
    return {
        "match": {**path, "headers": headers},
        "route": {
            "cluster": cluster,
            "timeout": f"{seconds}s",
            "idle_timeout": "0s",  # else silence while a model computes would count as idle
        },
        "typed_per_filter_config": filters,
        **({"request_body_buffer_limit": body_bytes} if body_bytes else {}),
    }


def stream_to_cluster(path: Path, headers: list[Header], cluster: str, silent_seconds: float) -> Route:
    """Lets a stream of requests and answers through, for as long as there are any."""
    return {
        "match": {**path, "headers": headers},
        "route": {"cluster": cluster, "timeout": "0s", "idle_timeout": f"{silent_seconds}s"},
        "typed_per_filter_config": MEASURED,
    }


def repeatable(route: Route) -> Route:
    """For what changes nothing: asked again when the connection breaks before the answer, so that one that was kept too
    long is not seen. Anything else is sent once, and so its body need not be kept either."""
    again = {"retry_on": "connect-failure,refused-stream,reset", "num_retries": 2}
    return {**route, "route": {**route["route"], "retry_policy": again}}


def answered(
    path: Path, headers: list[Header], status: int, reason: str, answer_headers: Mapping[str, str] | None = None
) -> Route:
    """The gateway answers itself, before it has read anything of the body."""
    return {
        "match": {**path, "headers": headers},
        "direct_response": {"status": status, "body": {"inline_string": reason}},
        "response_headers_to_add": [
            {"header": {"key": name, "value": value}} for name, value in (answer_headers or {}).items()
        ],
    }


def not_allowed(path: Path, *methods: str) -> Route:
    """After the routes of a path: it exists, but not for this method."""
    allow = ", ".join(methods)
    return answered(path, [], 405, f"this path takes {allow}", {"allow": allow})
