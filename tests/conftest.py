"""What holds for all tests."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from parts.azure_manager import AzureManager
from parts.cluster import SharedCluster, why_not
from parts.identity_endpoint import IdentityEndpoint
from triton_serving import azure_identity
from xdist.scheduler import LoadScopeScheduling

SHARED = ("local_runtime", "plan/gateway", "scoring", "examples")
"""Folders whose modules start real programs once for all of their tests: each module stays on one worker."""
CONTAINERS = "e2e/test_containers.py"
"""Its tests share one Docker engine."""
ON_A_CLUSTER = ("cluster", "cluster_access")
"""Folders whose tests share a cluster: each worker that runs some of them has its own, so they are given to two."""
SERVICES = "cluster/test_webservice_"
"""How the modules of one of those two begin; together they take about as long as all others."""
WORKERS_FOR_A_PROCESSOR = 2
"""Tests mostly wait for the programs that they start."""
OF_MANY_UPDATES = ("e2e/", "cluster/")
"""Folders whose tests take minutes even when nobody else is busy."""
LOGINS = ("ACTIONS_", "ARM_", "AZURE_", "IDENTITY_")
"""What variables begin with that sign somebody in to Azure."""

# Hypothesis takes 0.2 s for an example, or 1 s for finding ten, for a fault: a busy machine stands still for longer.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


class ByGroup(LoadScopeScheduling):
    """`--dist loadgroup`, which groups nothing since pytest 9.2 and says nothing of it (pytest-xdist's issue 1386)."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0].removeprefix("tests/")
        if module.startswith(tuple(f"{folder}/" for folder in ON_A_CLUSTER)):
            return "services on a cluster" if module.startswith(SERVICES) else "a cluster"
        together = module.startswith(tuple(f"{folder}/" for folder in SHARED)) or module == CONTAINERS
        return module if together else nodeid


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.removeprefix("tests/").startswith(OF_MANY_UPDATES):
            item.add_marker(pytest.mark.timeout(600))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    return ByGroup(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return WORKERS_FOR_A_PROCESSOR * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCluster]:
    """A real Kubernetes for all tests that ask for it, with two GPUs behind which there is nothing, and fake nodes."""
    if reasons := why_not():
        pytest.skip(f"no cluster can run here: {'; '.join(reasons)}")
    shared = SharedCluster(tmp_path_factory.mktemp("cluster"))
    shared.up(gpus=2, kwok=True)
    yield shared
    shared.down()


@pytest.fixture
def namespace(cluster: SharedCluster) -> Iterator[str]:
    """A namespace of the cluster for one test."""
    name = cluster.make_namespace()
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """To Azure, whoever runs the tests."""
    for variable in [name for name in os.environ if name.startswith(LOGINS)]:
        monkeypatch.delenv(variable)
    azure_identity.identity.cache_clear()
    yield
    azure_identity.identity.cache_clear()


@pytest.fixture
def identity(nobody_signed_in: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:  # noqa: ARG001
    """Signs in as the managed identity of a machine on Azure."""
    with IdentityEndpoint() as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        yield endpoint


@pytest.fixture
def azure(identity: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureManager]:
    """What answers for Azure, to that identity."""
    with AzureManager(identity) as manager:
        for name, value in manager.environment().items():
            monkeypatch.setenv(name, value)
        yield manager
