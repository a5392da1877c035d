"""What a single pod's gateway answers, asked through the API server's port-forward.

No Service and no NetworkPolicy is in the way of that, and the answer is one pod's own.
"""

import http.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from ..plan.gateway.pod import SERVICE_PORT, VERSION_PATH
from .connection import Away, Cluster
from .forwarding import AsSocket, PodPort, Stream, Tls

_SECONDS = 5.0


class Answer(Enum):
    NEWEST = "newest"
    """Every key is let in, by the routes that were asked for."""
    OLDER = "older"
    """The pod has other routes still, or does not know a key."""
    NONE = "none"
    """Nobody answered this time."""


@dataclass(frozen=True)
class Question:
    routes_version: str
    keys: Sequence[str] = field(repr=False)
    tls_name: str | None = None


def ask(cluster: Cluster, namespace: str, pod: str, question: Question) -> Answer:
    """Raises Refused where this user may not reach pods that way."""
    for header in [{"Authorization": f"Bearer {key}"} for key in question.keys] or [{}]:
        try:
            status, body = _get(cluster, namespace, pod, header, question.tls_name)
        except (OSError, http.client.HTTPException, Away):
            return Answer.NONE
        if status != 200 or body.strip() != question.routes_version:
            return Answer.OLDER
    return Answer.NEWEST


def _get(cluster: Cluster, namespace: str, pod: str, headers: dict[str, str], tls_name: str | None) -> tuple[int, str]:
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
