"""What holds for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.cluster import SharedCluster, why_not

SHARED = ("local_runtime", "plan/gateway", "scoring", "examples")
"""Folders whose modules start real programs once for all of their tests: each module stays on one worker."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("cluster"))  # one cluster, so one worker
        elif any(item.path.is_relative_to(root / folder) for folder in SHARED):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(root))))


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
