"""What a cluster has to spare, before an update is planned."""

from ..plan.kubernetes.capacity import ClusterView
from .connection import Cluster


def look(cluster: Cluster, seconds: float = 10.0) -> ClusterView:
    """Raises UserError when the cluster does not answer in that time, or may not be read by this user."""
    raise NotImplementedError
