"""Connections of a script to localhost:8000 reach the service's Triton, whatever the script makes them with."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from parts.listening import Listening, QuietHandler
from parts.scoring_server import ScoringServer, launch

WAYS = {
    "tritonclient": "tritonclient.http.InferenceServerClient('localhost:8000').is_server_live()",
    "tritonhttpclient": "tritonhttpclient.InferenceServerClient('127.0.0.1:8000').is_server_live()",
    "tritonclient.http.aio": "asyncio.run(ask_asynchronously())",
    "geventhttpclient": "geventhttpclient.HTTPClient('localhost', 8000).get('/').read() == HERE",
    "http.client": "get_by_http_client() == HERE",
    "urllib": "urllib.request.urlopen('http://localhost:8000/').read() == HERE",
    "urllib3": "urllib3.request('GET', 'http://localhost:8000/').data == HERE",
    "aiohttp": "asyncio.run(get_by_aiohttp()) == HERE",
    "asyncio": "asyncio.run(get_by_asyncio()).endswith(HERE)",
    "a name and a bare socket": "get_by_socket('localhost').endswith(HERE)",
    "IPv6": "get_by_socket('::1', socket.AF_INET6).endswith(HERE)",
    "the address of every network": "urllib.request.urlopen('http://0.0.0.0:8000/').read() == HERE",
    "connect_ex": "socket.socket().connect_ex(('127.0.0.1', 8000)) == 0",
}


@pytest.fixture(scope="module")
def listener() -> Iterator[Listening]:
    """Stands where the service's Triton does."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.give(200, b"here")

    with Listening(Handler) as server:
        yield server


@pytest.fixture(scope="module")
def server(listener: Listening, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringServer]:
    path = tmp_path_factory.mktemp("redirect") / "score.py"
    path.write_text(SCRIPT)
    with launch(path, f"--triton_port={listener.port}") as server:
        server.wait_till_healthy()
        yield server


@pytest.mark.parametrize("way", WAYS)
def test_it_reaches_triton(server: ScoringServer, way: str) -> None:
    answer = server.request("POST", "/score", body=WAYS[way])
    assert (answer.status, answer.data) == (200, b"true"), server.output.read_text()


def test_another_program_on_that_port_is_not_asked(server: ScoringServer) -> None:
    """A Triton of the user's own, for example."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # then another program has it already, which is as good
            other.bind(("127.0.0.1", 8000))
            other.listen()
        for way in "http.client", "IPv6", "tritonhttpclient":
            assert server.request("POST", "/score", body=WAYS[way]).data == b"true"


def test_other_ports_stay_what_they_are(server: ScoringServer, listener: Listening) -> None:
    port = listener.port
    for address in f"localhost:{server.port}", f"127.0.0.1:{port}":
        expression = f"urllib.request.urlopen('http://{address}/swagger.json').read().decode()"
        answer = server.request("POST", "/score", body=expression)
        assert ("swagger" in answer.json()) == (address.endswith(str(server.port)))


def test_other_hosts_stay_what_they_are(server: ScoringServer) -> None:
    expression = "socket.socket().connect_ex(('127.0.0.2', 8000)) != 0"
    assert server.request("POST", "/score", body=expression).json() is True


SCRIPT = """
import asyncio, http.client, socket, urllib.request
import aiohttp, geventhttpclient, tritonclient.http, tritonclient.http.aio, tritonhttpclient, urllib3

HERE = b"here"

def get_by_http_client():
    connection = http.client.HTTPConnection("localhost", 8000)
    connection.request("GET", "/")
    return connection.getresponse().read()

def get_by_socket(host, family=socket.AF_INET):
    with socket.socket(family) as connection:
        connection.connect((host, 8000))
        connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        return connection.makefile("rb").read()

async def get_by_aiohttp():
    async with aiohttp.ClientSession() as session, session.get("http://localhost:8000/") as response:
        return await response.read()

async def get_by_asyncio():
    reader, writer = await asyncio.open_connection("localhost", 8000)
    writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
    return await reader.read()

async def ask_asynchronously():
    async with tritonclient.http.aio.InferenceServerClient("localhost:8000") as client:
        return await client.is_server_live()

def init(): pass
def run(data): return eval(data)
"""
