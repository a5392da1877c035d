"""Content that lies in files reaches the registry whole, whether the kernel sends it or this process."""

import dataclasses
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.certificates import Certificates
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import FaultProxy
from parts.remote_registry import remote
from triton_serving.models.registry import Blob, FilePart, file_sending, upload
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

HEAD, TAIL, SIZE = b"h" * 512, b"t" * 1024, 2_000_000


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(hashlib.shake_256(b"weights").digest(SIZE))
    return path


@pytest.fixture
def blob(weights: Path) -> Blob:
    """As a layer is: a header, a file, padding."""
    content = HEAD + weights.read_bytes() + TAIL

    def parts(offset: int) -> Iterator[bytes | FilePart]:
        yield HEAD[offset:]
        descriptor = os.open(weights, os.O_RDONLY)
        try:
            start = min(max(offset - len(HEAD), 0), SIZE)
            if start < SIZE:
                yield FilePart(descriptor, start, SIZE - start)
        finally:
            os.close(descriptor)
        yield TAIL[max(offset - len(HEAD) - SIZE, 0) :]

    def read(_: int) -> Iterator[bytes]:
        raise AssertionError("what lies in a file is to be sent from there")
        yield b""

    return Blob(f"sha256:{hashlib.sha256(content).hexdigest()}", len(content), read, parts)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PIECE", 700_000)
    monkeypatch.setattr(upload, "STEP", 100_000)


def put(registry: RemoteRegistry, blob: Blob) -> int:
    sent: list[int] = []
    registry.put_blob("digits", blob, Work(), sent.append)
    assert registry.has_blob("digits", blob.digest, blob.size)
    return sum(sent)


def test_a_file_arrives_whole_over_many_pieces(faults: FaultProxy, prefix: str, quick: Waits, blob: Blob) -> None:
    assert put(remote(faults.url, quick, prefix), blob) == blob.size


def test_the_kernel_sends_it(faults: FaultProxy, prefix: str, quick: Waits, blob: Blob, monkeypatch) -> None:
    sent, sendfile = [], os.sendfile

    def counted(out: int, source: int, offset: int, count: int) -> int:
        sent.append(sendfile(out, source, offset, count))
        return sent[-1]

    monkeypatch.setattr(file_sending.os, "sendfile", counted)
    put(remote(faults.url, quick, prefix), blob)
    assert sum(sent) == SIZE


def test_over_tls_it_goes_through_this_process(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: Waits, blob: Blob
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    settings = {"HTTP_TLS_CERTIFICATE": str(certificates.certificate), "HTTP_TLS_KEY": str(certificates.key)}
    with DockerRegistry(tmp_path / "r", settings=settings) as registry:
        assert put(remote(registry.host, quick), blob) == blob.size


@pytest.mark.parametrize("percent", [10, 50, 99])
def test_a_cut_in_the_middle_of_a_file_is_resumed(
    faults: FaultProxy, prefix: str, quick: Waits, blob: Blob, percent: int
) -> None:
    faults.cut_at, faults.on_cut = blob.size * percent // 100, "dropped"
    put(remote(faults.url, quick, prefix), blob)
    assert faults.uploaded < blob.size + 2 * 700_000


def test_a_file_that_becomes_shorter_while_it_is_sent_is_refused(
    faults: FaultProxy, prefix: str, quick: Waits, blob: Blob, weights: Path
) -> None:
    registry = remote(faults.url, quick, prefix)
    with pytest.raises(UserError, match="became shorter while it was sent"):
        registry.put_blob("digits", blob, Work(), lambda _: os.truncate(weights, 600_000))
    assert not registry.has_blob("digits", blob.digest, blob.size)


def test_other_bytes_in_the_file_never_become_visible(
    faults: FaultProxy, prefix: str, quick: Waits, blob: Blob, weights: Path
) -> None:
    weights.write_bytes(bytes(SIZE))
    registry = remote(faults.url, quick, prefix)
    with pytest.raises(UserError, match="DIGEST_INVALID"):
        registry.put_blob("digits", blob, Work(), lambda _: None)
    assert not registry.has_blob("digits", blob.digest, blob.size)


def test_a_registry_that_stops_taking_is_given_up(blob: Blob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a file, once the system's own buffers are full."""
    size = 64 << 20
    large = tmp_path / "large"
    large.touch()
    os.truncate(large, size)
    monkeypatch.setattr(upload, "PIECE", size)
    with large.open("rb") as file, socket.create_server(("127.0.0.1", 0)) as silent:
        taken = threading.Thread(target=_answer_once, args=[silent], daemon=True)
        taken.start()
        stuck = dataclasses.replace(
            blob, size=size, parts=lambda offset: iter([FilePart(file.fileno(), offset, size - offset)])
        )
        waits = Waits(connect=0.5, answer=5, finish=5, first_pause=0.01, tries=1)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UserError, match=r"tried 1 times"):
            remote(url, waits).put_blob("digits", stuck, Work(), lambda _: None)


def _answer_once(server: socket.socket) -> None:
    """Opens an upload and never reads what is sent."""
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 202 Accepted\r\nLocation: /upload\r\nContent-Length: 0\r\n\r\n")
    connection.recv(1)
    threading.Event().wait(30)
