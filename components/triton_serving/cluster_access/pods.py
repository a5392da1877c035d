"""What a single pod's gateway answers, asked through the API server's port-forward.

No Service and no NetworkPolicy is in the way of that, and the answer is one pod's own.
"""

import http.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..plan.gateway.pod import SERVICE_PORT, VERSION_PATH
from ..plan.gateway.split import WAYS, Split
from .connection import Away, Cluster
from .forwarding import AsSocket, PodPort, Stream, Tls

_SECONDS = 5.0


class Answer(Enum):
    NEWEST = "newest"
    """Every request is answered by the routes that were asked for."""
    OLDER = "older"
    """The pod has other routes still, or does not know a key; or it does not reach the candidate."""
    NONE = "none"
    """Nobody answered this time."""


@dataclass(frozen=True)
class Question:
    routes_version: str
    requests: Sequence[Mapping[str, str]] = field(repr=False)
    """The headers of each; every one has to be answered with that version."""
    tls_name: str | None


def for_its_own(routes_version: str, keys: Sequence[str], tls_name: str | None) -> Question:
    """Whether a pod has taken over its routes and every key."""
    return Question(routes_version, _with(keys), tls_name)


def for_the_candidates(routes_version: str, keys: Sequence[str], tls_name: str | None) -> Question:
    """Whether a stable pod reaches the candidate, which knows the keys, on either way there."""
    requests = [{**with_key, Split.header: way} for with_key in _with(keys[:1]) for way in WAYS]
    return Question(routes_version, requests, tls_name)


def ask(cluster: Cluster, namespace: str, pod: str, question: Question) -> Answer:
    """Raises Refused where this user may not reach pods that way."""
    for headers in question.requests:
        try:
            status, body = _get(cluster, namespace, pod, headers, question.tls_name)
        except (OSError, http.client.HTTPException, Away):
            return Answer.NONE
        if status != 200 or body.strip() != question.routes_version:
            return Answer.OLDER
    return Answer.NEWEST


def _with(keys: Sequence[str]) -> Sequence[Mapping[str, str]]:
    return [{"Authorization": f"Bearer {key}"} for key in keys] or [{}]


def _get(
    cluster: Cluster, namespace: str, pod: str, headers: Mapping[str, str], tls_name: str | None
) -> tuple[int, str]:
    port = PodPort(cluster, namespace, pod, SERVICE_PORT, _SECONDS)
    try:
        stream: Stream = Tls(port, tls_name) if tls_name else port
        connection = http.client.HTTPConnection(tls_name or "localhost")
        connection.sock = AsSocket(stream)
        connection.request("GET", VERSION_PATH, headers={**headers, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        port.close()
