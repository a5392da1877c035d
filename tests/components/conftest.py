"""The graph that a component declares, recorded by a stand-in for the engine's monitor."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from parts.azure_graph import AzureGraph


@dataclass
class Graph(pulumi.runtime.Mocks):
    """Answers like the engine: in a preview outputs are unknown, in an update they are what `outputs` says."""

    outputs: dict[str, Any]
    preview: bool
    declared: dict[str, pulumi.runtime.MockResourceArgs] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.declared[args.name] = args
        computed = self.outputs.get(args.typ, {}) if args.custom and not self.preview else {}
        return f"{args.name}-id", {**args.inputs, **computed}

    def deploy(self, program: Callable[[], Any]) -> Any:
        """Runs a program to its end, until everything it declared is registered."""
        made = []
        pulumi.runtime.test(lambda: made.append(program()))()
        return made[0]

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"a component must not look anything up while it is built (asked {args.token})")


OUTPUTS = {
    "triton-serving:index:ModelVersion": {
        "imageRef": "registry/digits@sha256:1",
        "digest": "sha256:1",
        "version": 1,
        "models": {"bertLarge": [1, 2]},
    },
    "triton-serving:index:PythonEnvironment": {
        "environmentRef": "local-environment@sha256:1",
        "packages": ["nltk==3.10.4"],
    },
    "triton-serving:index:ContainerService": {
        "containers": {
            "gateway": {"image": "envoy@sha256:1"},
            "triton": {"image": "triton@sha256:1"},
            "scoring": {"image": "environment@sha256:1", "envs": ["A=planned", "HOME=/tmp"]},
        },
        "folder": "/services/digits-1",
        "slot": 0,
        "usedPort": 6789,
        "served": {"digits": [1]},
        "startupSeconds": 120,
        "modelDigest": "sha256:1",
        "sourceDigest": "",
    },
    "triton-serving:index:ApiKeys": {"primaryKey": "generated-1", "secondaryKey": "generated-2"},
}


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Pulumi's mocks work in the thread's event loop, which an `asyncio.run` in any test before takes away."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    yield
    asyncio.get_event_loop().close()


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def graph(request: pytest.FixtureRequest) -> Graph:
    recorded = Graph(outputs=OUTPUTS, preview=request.param)
    pulumi.runtime.set_mocks(recorded, project="shop", stack="dev", preview=recorded.preview)
    return recorded


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def azure(request: pytest.FixtureRequest) -> AzureGraph:
    graph = AzureGraph(preview=request.param)
    graph.start()
    return graph
