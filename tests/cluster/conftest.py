"""What tests of services on the cluster share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.cluster import SharedCluster
from parts.webservices import Webservice
from programs.cluster_images import push_images


@pytest.fixture(scope="session")
def pod_images(cluster: SharedCluster) -> dict[str, str]:
    """What pods run, in the cluster's registry."""
    return push_images(cluster.registry)


@pytest.fixture
def webservice(tmp_path: Path, cluster: SharedCluster, pod_images: dict[str, str]) -> Iterator[Webservice]:
    made = Webservice(tmp_path, cluster, pod_images).make()
    yield made
    cluster.kubectl("delete", "namespace", made.service, "--ignore-not-found", "--wait=false")
