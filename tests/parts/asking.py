"""Requests to services, as their callers make them; never through a proxy of this machine."""

import urllib.error
import urllib.request
from collections.abc import Mapping

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(uri: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an answer; a POST when there is a body."""
    request = urllib.request.Request(uri, body, dict(headers or {}))
    try:
        with _OPENER.open(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
