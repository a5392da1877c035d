"""A pod's port as `http.client` takes it: TLS in between, and gateways that do not answer as they should."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_connection, socket

import pytest
from kubernetes.client import Configuration
from parts.certificates import make_certificates
from parts.cluster import SharedCluster
from parts.deployments import container, deployment, gateway, routes
from triton_serving.cluster_access.connection import Cluster
from triton_serving.cluster_access.diagnosis import is_ready
from triton_serving.cluster_access.forwarding import AsSocket, Tls
from triton_serving.cluster_access.pods import Answer, ask, for_its_own, for_the_candidates
from triton_serving.plan.gateway.split import WAYS
from websocket import WebSocketConnectionClosedException

LARGE = b"x" * 300_000


class OverTcp:
    """The same stream as a pod's port, without a pod."""

    def __init__(self, connection: socket) -> None:
        self.sendall = connection.sendall
        self._connection = connection

    def recv(self) -> bytes:
        return self._connection.recv(1000)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = LARGE if self.path == "/large" else self.headers["Authorization"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[int]:
    files = make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(("path", "body"), [("/", b"Bearer key"), ("/large", LARGE)], ids=["small", "large"])
def test_a_gateway_with_tls_is_asked_whoever_its_certificate_is_for(tls_server: int, path: str, body: bytes) -> None:
    with create_connection(("127.0.0.1", tls_server), timeout=10) as connection:
        asking = http.client.HTTPConnection("digits.example.com")
        asking.sock = AsSocket(Tls(OverTcp(connection), "digits.example.com"))
        asking.request("GET", path, headers={"Authorization": "Bearer key", "Connection": "close"})
        answer = asking.getresponse()
        assert (answer.status, answer.read()) == (200, body)


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("exec /bin/busybox sleep 9999", Answer.NONE),
        ("exec /bin/busybox nc -ll -p 8080 -e /bin/busybox true", Answer.NONE),
        ("exec /bin/busybox nc -ll -p 8080 -e /bin/busybox echo nonsense", Answer.NONE),
        ("exec /bin/busybox httpd -f -p 8080 -h /none", Answer.OLDER),
    ],
    ids=["nobody listens", "closes at once", "speaks no HTTP", "knows no such path"],
)
def test_a_pod_that_does_not_answer_as_a_gateway_is_no_reason_to_fail(
    cluster: SharedCluster, namespace: str, busybox: str, connection: Cluster, script: str, answer: Answer
) -> None:
    listening = {"readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}} if "8080" in script else {}
    program = container("gateway", f"/bin/busybox mkdir -p /none; {script}", **listening)
    cluster.apply(deployment("odd", busybox, program), namespace=namespace)
    pod = ready(cluster, namespace, connection)
    assert ask(connection, namespace, pod, for_its_own("one", (), None)) is answer


class Leaving:
    """A connection to an API server that ends between the handshake and the question."""

    def send_binary(self, _: bytes) -> None:
        raise WebSocketConnectionClosedException("socket is already closed.")

    def shutdown(self) -> None:
        return


def test_an_api_server_that_leaves_before_it_is_asked_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("websocket.create_connection", lambda *_, **__: Leaving())
    nowhere = Cluster(Configuration(host="https://127.0.0.1:9"))
    assert ask(nowhere, "team-a", "digits-1", for_its_own("one", (), None)) is Answer.NONE


def test_a_pod_s_gateway_is_asked_for_its_routes_with_every_key(
    cluster: SharedCluster, namespace: str, busybox: str, connection: Cluster
) -> None:
    cluster.apply(routes("digits", "one"), gateway("digits", busybox), namespace=namespace)
    pod = ready(cluster, namespace, connection)
    newest, other = (for_its_own(version, ("a", "b"), None) for version in ("one", "two"))
    assert ask(connection, namespace, pod, newest) is Answer.NEWEST
    assert ask(connection, namespace, pod, other) is Answer.OLDER
    assert ask(connection, namespace, "no-such-pod", newest) is Answer.NONE


@pytest.mark.parametrize(("by_grpc", "answer"), [("new", Answer.NEWEST), ("old", Answer.OLDER)])
def test_a_candidate_has_to_answer_on_either_way_to_it(
    cluster: SharedCluster, namespace: str, busybox: str, connection: Cluster, by_grpc: str, answer: Answer
) -> None:
    said = routes("digits", "one", **dict(zip(WAYS, ("new", by_grpc), strict=True)))
    cluster.apply(said, gateway("digits", busybox), namespace=namespace)
    pod = ready(cluster, namespace, connection)
    assert ask(connection, namespace, pod, for_the_candidates("new", ("a", "b"), None)) is answer


def ready(cluster: SharedCluster, namespace: str, connection: Cluster) -> str:
    """The pod's name, once it is ready."""

    def found() -> str:
        pods = connection.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        return next((pod["metadata"]["name"] for pod in pods if is_ready(pod)), "")

    return cluster.eventually(found, "no pod is ready")
