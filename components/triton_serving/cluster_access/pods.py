"""Requests to single pods, through the API server's port-forward.

No Service and no NetworkPolicy is in the way of it, and the gateway's answer is that of one pod.
"""

import http.client
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..plan.gateway.pod import SERVICE_PORT, VERSION_PATH
from .connection import Away, Cluster, Refused

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
    headers = [{"Authorization": f"Bearer {key}"} for key in question.keys] or [{}]
    for header in headers:
        try:
            status, body = _get(cluster, namespace, pod, header, question.tls_name)
        except (OSError, http.client.HTTPException, Away):
            return Answer.NONE
        if status != 200 or body.strip() != question.routes_version:
            return Answer.OLDER
    return Answer.NEWEST


def _get(cluster: Cluster, namespace: str, pod: str, headers: dict[str, str], tls_name: str | None) -> tuple[int, str]:
    with _forward(cluster, namespace, pod) as forward:
        connection = http.client.HTTPConnection(tls_name or pod, timeout=_SECONDS)
        connection.sock = forward.socket(SERVICE_PORT)
        connection.sock.settimeout(_SECONDS)
        if tls_name:
            connection.sock = _unchecked_tls().wrap_socket(connection.sock, server_hostname=tls_name)
        connection.request("GET", VERSION_PATH, headers={**headers, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")


@contextmanager
def _forward(cluster: Cluster, namespace: str, pod: str) -> Iterator[Any]:
    from kubernetes.client import ApiClient, CoreV1Api
    from kubernetes.client.exceptions import ApiException
    from kubernetes.stream import portforward

    # A client of its own: for as long as it asks, the library puts another way of sending into the one it is given.
    with ApiClient(cluster.configuration) as client:
        connect = CoreV1Api(client).connect_get_namespaced_pod_portforward
        try:
            forward = portforward(connect, pod, namespace, ports=str(SERVICE_PORT))
        except ApiException as error:
            raise _told(str(error.reason)) from None
    try:
        yield forward
    finally:
        forward.close()


def _told(reason: str) -> Exception:
    """A handshake's failure comes as text: 'Handshake status 403 Forbidden -+-+- {headers} -+-+- b'{…}'."""
    found = re.search(r"Handshake status (\d+)", reason)
    if found and found.group(1) == "403":
        words = re.search(r'"message":"((?:[^"\\]|\\.)*)"', reason)
        message = words.group(1).replace('\\"', '"') if words else "pods may not be reached by port-forward"
        return Refused(403, f"{message}; ask for a role with that right: keys are checked through it")
    return Away("the pod cannot be reached through the cluster's port-forward")


def _unchecked_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
