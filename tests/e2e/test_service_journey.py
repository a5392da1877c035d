"""A model becomes an endpoint on this machine, in each of the three modes, and is taken away again."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import tritonclient.http
from parts.asking import ask
from parts.docker_registry import free_port
from parts.engine import ROOT
from parts.load import eventually
from parts.services import Service, running_below

DIGITS = ROOT / "examples" / "digits"
LOOPBACK = {"127.0.0.1", "0000000000000000FFFF00000100007F"}
"""The second is the first as an IPv6 address, the way Linux lists what gRPC binds."""
SEVEN = (DIGITS / "seven.png").read_bytes()


def test_direct_mode_serves_the_unmodified_clients_and_leaves_nothing(service: Service) -> None:
    service.set(port=free_port())  # one that Linux chose could be somebody else's before it is seen to be free
    told = service.preview().fine().text
    assert "LocalService" in told
    assert not service.data.exists() or not running_below(service.data)
    service.up().fine()
    found = service.outputs()
    base, port = found["scoringUri"], urlsplit(found["scoringUri"]).port
    assert found["state"] == "Healthy"
    assert found["modelDigest"] == found["digest"]
    assert ask(found["healthUri"])[0] == 200
    request = found["request"]
    status, text = ask(base + request["path"], (ROOT / request["file"]).read_bytes())
    assert status == 200
    assert ":7:seven" in text
    use_the_client(base.removeprefix("http://"))
    assert ask(found["inferUris"]["digits/1"], (ROOT / request["file"]).read_bytes())[0] == 200
    assert ask(f"{base}/v2/repository/index", b"{}")[0] == 404

    assert "unchanged" in service.up("--expect-no-changes").fine().text
    service.preview("--expect-no-changes").fine()
    assert {address for address, _ in listening(service)} <= LOOPBACK

    shared_memory = set(Path("/dev/shm").glob(f"triton-serving-{service.home.name}-*"))
    assert shared_memory
    service.destroy().fine()
    assert not running_below(service.data)
    assert not [path for path in service.data.rglob("*") if path.is_file()]
    assert not [region for region in shared_memory if region.exists()]
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def use_the_client(address: str) -> None:
    with tritonclient.http.InferenceServerClient(address) as client:
        assert client.is_server_ready()
        assert client.is_model_ready("digits", "1")
        assert client.get_model_metadata("digits")["inputs"][0]["name"] == "pixels"
        for binary in True, False:
            pixels = tritonclient.http.InferInput("pixels", [2, 64], "FP32")
            pixels.set_data_from_numpy(np.zeros((2, 64), np.float32), binary_data=binary)
            plain = tritonclient.http.InferRequestedOutput("probabilities", binary_data=binary)
            assert client.infer("digits", [pixels], outputs=[plain]).as_numpy("probabilities").shape == (2, 10)
            best = tritonclient.http.InferRequestedOutput("probabilities", binary_data=binary, class_count=3)
            named = client.infer("digits", [pixels], model_version="1", outputs=[best]).as_numpy("probabilities")
            assert named.shape == (2, 3)
        with pytest.raises(tritonclient.http.InferenceServerException):
            client.get_inference_statistics()


def listening(service: Service) -> set[tuple[str, int]]:
    """Address and port of every socket on which a process of the service listens."""
    inodes = set()
    for pid in service.processes():
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and rest[5] in inodes:
                address, port = local.split(":")
                found.add(
                    (socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address, int(port, 16))
                )
    return found


def test_one_setting_switches_a_running_service_through_the_modes(service: Service) -> None:
    service.up().fine()
    base = service.outputs()["scoringUri"]

    service.set(mode="scoring")
    assert "environment" in service.preview("--diff").fine().text
    service.up().fine()
    found = service.outputs()
    assert found["scoringUri"] == f"{base}/score"
    with nobody_calls(8000):
        status, text = ask(found["scoringUri"], SEVEN, {"Content-Type": "application/octet-stream"})
    assert status == 200
    assert text.startswith("7 : ")
    assert ask(found["scoringUri"]) == (500, "bad request")
    assert ask(f"{base}/v2/models/digits")[0] == 404
    assert json.loads(ask(found["swaggerUri"])[1])["swagger"] == "2.0"
    service.preview("--expect-no-changes").fine()

    service.set(mode="script")
    service.up().fine()
    eventually(lambda: not service.processes("tritonserver"), "the old one finished and went")
    request = service.outputs()["request"]
    status, text = ask(
        service.outputs()["scoringUri"],
        (ROOT / request["file"]).read_bytes(),
        {"Content-Type": request["contentType"]},
    )
    assert status == 200, text
    assert "seven" in text

    service.set(mode="direct")
    service.up().fine()
    eventually(lambda: not service.processes("triton_scoring"), "the old one finished and went")
    assert ask(f"{base}/v2/health/ready")[0] == 200
    service.destroy().fine()
    assert not running_below(service.data)


@contextmanager
def nobody_calls(port: int) -> Iterator[None]:
    """A Triton of the user's own may run where v1 scripts expect theirs."""
    made: list[socket.socket] = []

    def listens() -> bool:
        with suppress(OSError):
            made.append(socket.create_server(("127.0.0.1", port)))
        return bool(made)

    eventually(listens, f"port {port} is free: tests/scoring/test_redirect.py has it for a moment, too")
    with made[0] as own:
        yield
        own.setblocking(False)
        with pytest.raises(BlockingIOError):
            own.accept()


def test_a_text_model_answers_through_a_script_that_needs_nltk(service: Service) -> None:
    service.set(example="questions", mode="scoring")
    service.up().fine()
    found = service.outputs()
    request = found["request"]
    status, text = ask(
        found["scoringUri"], (ROOT / request["file"]).read_bytes(), {"Content-Type": request["contentType"]}
    )
    assert status == 200, text
    assert json.loads(text) == {"answer": "Sophie Tarn"}
    assert any(package.startswith("nltk==") for package in service.resource("PythonEnvironment")["outputs"]["packages"])
    service.destroy().fine()
    assert not [path for path in service.data.rglob("*") if path.is_file()]
