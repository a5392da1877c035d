"""TLS at a pod's gateway, with a mounted certificate that is exchanged while Envoy runs."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.certificates import Certificates, make_certificates
from parts.pod_gateway import Pod, running_pod
from parts.raw_http import Recorder, receive
from plan.gateway.test_pod import DIRECT, KEYS, METADATA, NEEDS, bearer
from triton_serving.plan.gateway import pod

ASK = f"GET {METADATA} HTTP/1.1\r\nHost: a\r\n{bearer(KEYS.primary)}\r\n\r\n".encode()


def secret(certificates: Certificates) -> dict[str, bytes]:
    return {"tls.crt": certificates.certificate.read_bytes(), "tls.key": certificates.key.read_bytes()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates") / "first")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, first: Certificates) -> Iterator[Pod]:
    gateway = pod.PodGateway(DIRECT, NEEDS, tls=True)
    with Recorder() as programs:
        behind = {pod.TRITON_HTTP: programs.port}
        folder = tmp_path_factory.mktemp("pod")
        with running_pod(folder, gateway, KEYS, behind=behind, certificate=secret(first)) as found:
            yield found


@pytest.fixture
def changing(running: Pod, first: Certificates) -> Iterator[Pod]:
    """The same pod, which has the first certificate again afterwards, for whichever test comes next."""
    yield running
    running.certificate.put(secret(first))
    running.wait_for(lambda: trusts(running, first))


def client(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.authority))


def connected(running: Pod, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    return context.wrap_socket(plain, server_hostname="localhost")


def test_a_request_over_tls_is_answered_and_one_without_is_not(running: Pod, first: Certificates):
    with connected(running, client(first)) as connection:
        connection.sendall(ASK)
        assert receive(connection).status == 200
    assert running.call(METADATA, bearer(KEYS.primary)).status == 0


@pytest.mark.parametrize(("offered", "chosen"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")])
def test_both_protocols_are_offered(running: Pod, first: Certificates, offered: list[str], chosen: str):
    context = client(first)
    context.set_alpn_protocols(offered)
    with connected(running, context) as connection:
        assert connection.selected_alpn_protocol() == chosen


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "taken"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
    ids=["1.1", "1.2", "1.3"],
)
def test_old_tls_is_refused(running: Pod, first: Certificates, version: ssl.TLSVersion, taken: bool):
    context = client(first)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    if taken:
        connected(running, context).close()
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connected(running, context)


def test_the_probes_are_plain(running: Pod):
    assert running.probe(pod.GATEWAY_PATH) == 200


def test_an_exchanged_certificate_is_taken_over_and_connections_go_on(changing: Pod, tmp_path: Path):
    second = make_certificates(tmp_path / "second")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connected(changing, context) as kept:
        changing.certificate.put(secret(second))
        changing.wait_for(lambda: trusts(changing, second))
        kept.sendall(ASK)
        assert receive(kept).status == 200


def test_a_certificate_that_does_not_fit_its_key_leaves_the_old_one(changing: Pod, tmp_path: Path):
    good, other = make_certificates(tmp_path / "good"), make_certificates(tmp_path / "other")
    changing.certificate.put(secret(good))
    changing.wait_for(lambda: trusts(changing, good))
    changing.certificate.put({**secret(good), "tls.crt": other.certificate.read_bytes()})
    changing.wait_for(lambda: "Failed to load" in changing.log or "KEY_VALUES_MISMATCH" in changing.log)
    assert trusts(changing, good)


def test_nothing_of_the_key_is_in_the_log(running: Pod):
    assert "PRIVATE KEY" not in running.log


def trusts(running: Pod, certificates: Certificates) -> bool:
    try:
        connected(running, client(certificates)).close()
    except ssl.SSLCertVerificationError:
        return False
    return True
