"""Channels of a script to localhost:8001 reach the service's Triton, whatever the script makes them with and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from parts.scoring_server import DISTRIBUTION, ScoringServer, Serve, launch
from parts.supervised import CONFIG, TIMES
from parts.triton import Triton, running_triton

CLIENTS = {
    "tritonclient": "ask(tritonclient.grpc.InferenceServerClient('localhost:8001'))",
    "tritongrpcclient": "ask(tritongrpcclient.InferenceServerClient(url='127.0.0.1:8001'))",
    "tritonclient.grpc.aio": "asyncio.run(ask_asynchronously())",
    "a stream": "ask_by_stream(tritonclient.grpc.InferenceServerClient('localhost:8001'))",
    "an asynchronous stream": "asyncio.run(ask_by_asynchronous_stream())",
    "one made at import": "ask(made_at_import)",
    "one made in init": "ask(made_in_init)",
}
CHANNELS = {
    "a name imported from grpc": "is_live(insecure_channel('localhost:8001'))",
    "by name": "is_live(grpc.insecure_channel(target='localhost:8001', options=None))",
    "with everything": "is_live(grpc.insecure_channel('localhost:8001', (), grpc.Compression.Gzip))",
    "IPv6": "is_live(grpc.insecure_channel('[::1]:8001'))",
    "DNS": "is_live(grpc.insecure_channel('dns:localhost:8001'))",
    "DNS with its slashes": "is_live(grpc.insecure_channel('dns:///localhost:8001'))",
    "an address of a kind": "is_live(grpc.insecure_channel('ipv4:127.0.0.1:8001'))",
    "grpc.aio": "asyncio.run(is_live_asynchronously())",
    "a bare socket": "socket.create_connection(('localhost', 8001)) is not None",
    "HTTP besides": "tritonclient.http.InferenceServerClient('localhost:8000').is_server_live()",
}


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("triton")
    (folder / "repository" / "times" / "1").mkdir(parents=True)
    (folder / "repository" / "times" / "1" / "model.py").write_text(TIMES.format(factor=3))
    (folder / "repository" / "times" / "config.pbtxt").write_text(CONFIG)
    with running_triton(folder, "repository") as triton:
        yield triton


@contextmanager
def serving(triton: Triton, folder: Path, **variables: str) -> Iterator[ScoringServer]:
    path = folder / "score.py"
    path.write_text(SCRIPT)
    ports = f"--triton_port={triton.port}", f"--triton_grpc_port={triton.grpc_port}"
    with launch(path, *ports, environment=variables) as server:
        server.wait_till_healthy()
        yield server


@pytest.fixture(scope="module")
def server(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringServer]:
    with serving(triton, tmp_path_factory.mktemp("redirect")) as server:
        yield server


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_infer_with_the_service_s_triton(server: ScoringServer, client: str) -> None:
    answer = server.request("POST", "/score", body=CLIENTS[client])
    assert (answer.status, answer.data) == (200, b"6.0"), server.output.read_text()


@pytest.mark.parametrize("channel", CHANNELS)
def test_channels_reach_the_service_s_triton(server: ScoringServer, channel: str) -> None:
    answer = server.request("POST", "/score", body=CHANNELS[channel])
    assert (answer.status, answer.data) == (200, b"true"), server.output.read_text()


def test_a_channel_s_own_options_count(server: ScoringServer) -> None:
    """An answer of two bytes is too long for this one."""
    channel = "grpc.insecure_channel('localhost:8001', [('grpc.max_receive_message_length', 1)])"
    assert "larger than max" in server.request("POST", "/score", body=f"refusal_by({channel})").json()


@pytest.mark.parametrize("target", ["127.0.0.2:8001", "localhost:80010", "localhost:800", "dns:///example.com:8001"])
def test_other_targets_stay_what_they_are(server: ScoringServer, target: str) -> None:
    """gRPC tells of a channel what target it has."""
    answer = server.request("POST", "/score", body=f"target_of(grpc.insecure_channel({target!r}))")
    assert answer.json().removeprefix("dns:///") == target.removeprefix("dns:///")


def test_channels_with_credentials_stay_what_they_are(server: ScoringServer) -> None:
    channel = "grpc.secure_channel('localhost:8001', grpc.ssl_channel_credentials())"
    assert server.request("POST", "/score", body=f"target_of({channel})").json() == "dns:///localhost:8001"


def test_a_proxy_that_the_script_s_variables_name_is_not_asked_for_triton(triton: Triton, tmp_path: Path) -> None:
    with serving(triton, tmp_path, http_proxy="http://127.0.0.1:1", no_proxy="localhost") as server:
        for client in "tritonclient", "tritonclient.grpc.aio":
            assert server.request("POST", "/score", body=CLIENTS[client]).data == b"6.0", server.output.read_text()


def test_grpc_that_was_imported_before_the_script_is_redirected_too(triton: Triton, tmp_path: Path) -> None:
    """What traces programs does so, from a `sitecustomize`."""
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "sitecustomize.py").write_text("import grpc")
    with serving(triton, tmp_path, PYTHONPATH=f"{DISTRIBUTION}:{tmp_path / 'early'}") as server:
        assert server.request("POST", "/score", body=CHANNELS["by name"]).data == b"true"


def test_a_script_without_grpc_never_imports_it(serve: Serve) -> None:
    server = serve(
        "import sys\ndef init(): pass\ndef run(data): return [name for name in sys.modules if 'grpc' in name]",
        "--triton_port=1",
        "--triton_grpc_port=2",
    )
    assert server.score("").json() == ["triton_scoring.redirect_grpc"]


def test_a_module_of_the_script_s_own_may_have_that_name(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "grpc.py").write_text("mine = True")
    server = serve(
        "import grpc\ndef init(): pass\ndef run(data): return grpc.mine",
        "--triton_grpc_port=2",
        # Ahead of the packages of this environment, among which is gRPC.
        environment={"PYTHONPATH": f"{DISTRIBUTION}:{tmp_path}"},
    )
    assert server.score("").json() is True


def test_without_the_option_channels_stay_what_they_are(serve: Serve) -> None:
    server = serve(SCRIPT.replace("made_in_init =", "_ ="))
    answer = server.request("POST", "/score", body="target_of(grpc.insecure_channel('localhost:8001'))")
    assert answer.json() == "dns:///localhost:8001"


SCRIPT = """
import asyncio, queue, socket
import numpy
import tritonclient.grpc, tritonclient.grpc.aio, tritonclient.http, tritongrpcclient
import grpc
from grpc import insecure_channel

LIVE = "/inference.GRPCInferenceService/ServerLive"
made_at_import = tritonclient.grpc.InferenceServerClient("localhost:8001")

def two():
    given = tritonclient.grpc.InferInput("x", [1], "FP32")
    given.set_data_from_numpy(numpy.array([2], numpy.float32))
    return [given]

def number(result):
    return float(result.as_numpy("y")[0])

def ask(client):
    return number(client.infer("times", two()))

async def ask_asynchronously():
    async with tritonclient.grpc.aio.InferenceServerClient("localhost:8001") as client:
        return number(await client.infer("times", two()))

def ask_by_stream(client):
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put(error or result))
    client.async_stream_infer("times", two())
    answer = answers.get(timeout=30)
    client.stop_stream()
    return number(answer)

async def ask_by_asynchronous_stream():
    async def requests():
        yield {"model_name": "times", "inputs": two()}
    async with tritonclient.grpc.aio.InferenceServerClient("localhost:8001") as client:
        async for result, error in client.stream_infer(requests()):
            return number(result)

def is_live(channel):
    with channel:
        return channel.unary_unary(LIVE)(b"", timeout=30) == b"\\x08\\x01"

async def is_live_asynchronously():
    async with grpc.aio.insecure_channel("localhost:8001") as channel:
        return await channel.unary_unary(LIVE)(b"", timeout=30) == b"\\x08\\x01"

def refusal_by(channel):
    try:
        return is_live(channel)
    except grpc.RpcError as error:
        return error.details()

def target_of(channel):
    return channel._channel.target().decode()

def init():
    global made_in_init
    made_in_init = tritonclient.grpc.InferenceServerClient("localhost:8001")

def run(data): return eval(data)
"""
