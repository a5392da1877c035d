"""A gateway before servers that record what reaches them: real Envoy, one for each module of tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from parts.docker_registry import free_port
from parts.envoy import Envoy, envoy
from parts.raw_http import Recorder
from triton_serving.plan.gateway.configuration import Targets, Upstream, bootstrap, clusters, routes
from triton_serving.plan.service import Keys, Mode, Script, ServedModel, ServicePlan

MODELS = (ServedModel("digits", (1, 2)),)
INFER = "/v2/models/digits/infer"
DIRECT = ServicePlan("service", Mode.DIRECT, MODELS)
SCORING = ServicePlan("service", Mode.SCORING, MODELS, Script("score.py"))


@dataclass(frozen=True)
class Gateway:
    envoy: Envoy
    upstream: Recorder

    @property
    def port(self) -> int:
        return self.envoy.port


def listed(plan: ServicePlan, keys: Keys | None = None, *, ready: bool = True) -> dict[str, Any]:
    return routes(plan, Targets(http="one", grpc="grpc", scoring="one"), keys, ready=ready)


Start = Callable[..., Gateway]


@contextmanager
def gateway(folder: Path, plan: ServicePlan, keys: Keys | None = None, *, grpc_port: int = 1) -> Iterator[Gateway]:
    with Recorder() as upstream:
        behind = clusters([Upstream("one", upstream.port), Upstream("grpc", grpc_port, grpc=True)])
        with envoy(folder, bootstrap(free_port()), behind, listed(plan, keys)) as running:
            yield Gateway(running, upstream)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with ExitStack() as running:

        def start(plan: ServicePlan, keys: Keys | None = None, *, grpc_port: int = 1) -> Gateway:
            folder = tmp_path_factory.mktemp("gateway")
            return running.enter_context(gateway(folder, plan, keys, grpc_port=grpc_port))

        yield start


@pytest.fixture(scope="module")
def direct(start: Start) -> Gateway:
    return start(DIRECT)


@pytest.fixture
def fresh(direct: Gateway) -> Gateway:
    direct.upstream.forget()
    return direct


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *headers, "", "")).encode("latin-1") + body


def post(body: bytes, *headers: str, path: str = INFER) -> bytes:
    return request("POST", path, f"Content-Length: {len(body)}", *headers, body=body)
