from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.azure_registry import AzureRegistry
from parts.certificates import Certificates, make_certificates
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import FaultProxy
from parts.identity_endpoint import IdentityEndpoint
from triton_serving.models.registry.exchange import Waits

QUICK = Waits(connect=30, answer=30, finish=30, first_pause=0.01, longest_pause=2, tries=4)
"""Troubles that do not pass are told within a test's patience. A server that only stands still for a while is none: who
gives it up asks twice."""


@pytest.fixture(autouse=True)
def own_docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees the logins of whoever runs it."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder


@pytest.fixture
def faults(docker_registry: DockerRegistry) -> Iterator[FaultProxy]:
    with FaultProxy(docker_registry.url) as proxy:
        yield proxy


@pytest.fixture
def quick() -> Waits:
    return QUICK


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def acr(
    identity: IdentityEndpoint, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AzureRegistry]:
    with AzureRegistry(tmp_path / "acr", identity, certificates) as registry:
        for name, value in registry.environment().items():
            monkeypatch.setenv(name, value)
        yield registry
