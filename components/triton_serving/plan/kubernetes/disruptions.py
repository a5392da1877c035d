"""How many pods a node drain may take at a time."""

from .names import metadata, release_name, selector
from .objects import Manifest
from .service import ClusterService


def disruptions(service: ClusterService, which: str) -> Manifest:
    """One: with several replicas some always serve, and a single one does not keep a node from being drained for ever.
    Pods that do not serve anyway are in nobody's way."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(service, release_name(service, which)),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(service, which)},
        },
    }
