"""One connection and one image for all tests of this folder that need a cluster."""

import pytest
from parts.cluster import SharedCluster
from triton_serving.cluster_access.connection import Cluster


@pytest.fixture(scope="session")
def connection(cluster: SharedCluster) -> Cluster:
    return Cluster.connect(str(cluster.kubeconfig), None)


@pytest.fixture(scope="session")
def busybox(cluster: SharedCluster) -> str:
    return cluster.busybox()
