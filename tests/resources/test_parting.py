"""The plugin as a process of its own, after the ends of those who started it and of the engine."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import grpc
import pytest
from parts.load import WAIT, eventually
from parts.ports import reserved_port
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc
from triton_serving.resources import parting
from triton_serving.resources.values import Properties, decode, encode

COMPONENTS = Path(__file__).parents[2] / "components"
URN = "urn:pulumi:dev::shop::triton-serving:index:Echo::echo"
STARTER = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL); sys.stdin.read()"
PLUGIN = """
import os, threading
from pathlib import Path
from triton_serving.resources import plugin

class Echo:
    type_name = "Echo"
    schema = {"properties": {}}

    def create(self, call, inputs):
        match inputs:
            case {"until": "told to stop", "say": file}:
                Path(file).write_text("begun")
                call.work.stop.wait()
                Path(file).write_text("taken back")
            case {"until": "never", "say": file}:
                plugin.GRACE = 0.1
                Path(file).write_text("begun")
                threading.Event().wait()
        return "echo-id", inputs

print(os.getpid(), flush=True)
plugin.serve({}, {"Echo": Echo})
"""


class Alone:
    """A plugin, somebody who started it, and an engine's address at which the test listens."""

    def __init__(self) -> None:
        self.held = ExitStack()  # nobody else listens there once the engine is lost
        self.engine = socket.create_server(("127.0.0.1", reserved_port(self.held)), reuse_port=True)
        self.engine.settimeout(WAIT)
        address = f"127.0.0.1:{self.engine.getsockname()[1]}"
        self.starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, sys.executable, "-c", PLUGIN, address],
            env={**os.environ, "PYTHONPATH": str(COMPONENTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.starter.stdout
        self.process, port = (int(self.starter.stdout.readline()) for _ in range(2))
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def create(self, inputs: Properties) -> grpc.Future:
        stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.asked = stub.Create.future(proto.CreateRequest(urn=URN, properties=encode(inputs)))  # dropped is cancelled
        return self.asked

    def lose_starter(self) -> None:
        self.starter.kill()

    def lose_engine(self) -> None:
        self.channel.close()
        self.engine.close()

    def looks(self) -> None:
        """Waits until the plugin sees once more whether the engine is there."""
        self.engine.accept()[0].close()

    def ends(self) -> None:
        """Whoever holds the starter's output still runs: nobody can wait for a process without its parent."""
        self.starter.communicate(timeout=WAIT)


@pytest.fixture
def alone() -> Iterator[Alone]:
    made = Alone()
    yield made
    made.lose_starter()
    made.lose_engine()
    with suppress(ProcessLookupError):
        os.kill(made.process, signal.SIGKILL)
    made.ends()
    made.held.close()


def test_without_starter_and_engine_the_plugin_ends(alone: Alone) -> None:
    alone.lose_starter()
    alone.lose_engine()
    alone.ends()


def test_without_its_starter_it_serves_as_long_as_the_engine_is_there(alone: Alone) -> None:
    alone.lose_starter()
    for _ in range(2):
        alone.looks()
        assert decode(alone.create({"name": "a"}).result(WAIT).properties) == {"name": "a"}
    alone.lose_engine()
    alone.ends()


def test_what_was_asked_last_ends_in_good_order_before(alone: Alone, tmp_path: Path) -> None:
    said = tmp_path / "said"
    alone.create({"until": "told to stop", "say": str(said)})
    eventually(lambda: said.exists() and said.read_text() == "begun", "the question is being answered")
    alone.lose_starter()
    alone.looks()
    assert said.read_text() == "begun"
    alone.lose_engine()
    alone.ends()
    assert said.read_text() == "taken back"


def test_what_never_ends_does_not_keep_it(alone: Alone, tmp_path: Path) -> None:
    said = tmp_path / "said"
    alone.create({"until": "never", "say": str(said)})
    eventually(said.exists, "the question is being answered")
    alone.lose_starter()
    alone.lose_engine()
    alone.ends()


def test_with_its_starter_it_is_never_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even without an engine: somebody may start it by hand, to look at what it says."""
    parents = iter([7, 7, 7, 7, 1])
    monkeypatch.setattr(parting, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(parting.os, "getppid", lambda: next(parents))
    asyncio.run(parting.left_alone("127.0.0.1:1"))
    assert not list(parents)
