"""Pulumi components that take a Triton model directory to a running, reviewable inference endpoint.

The public names are imported on first use: `python -m triton_serving check` and the rooms without Pulumi in them
should not pay the half second that `import pulumi` takes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .gpu_cluster import GpuCluster
    from .gpu_cluster_args import GpuClusterArgs
    from .local_webservice import LocalWebservice, LocalWebserviceArgs
    from .model_repository import TritonModelRepository, TritonModelRepositoryArgs
    from .resources.api_keys import ApiKeys, ApiKeysArgs
    from .scoring_environment import ScoringEnvironment, ScoringEnvironmentArgs
    from .webservice import TritonWebservice
    from .webservice_args import TritonWebserviceArgs

__all__ = [
    "ApiKeys",
    "ApiKeysArgs",
    "GpuCluster",
    "GpuClusterArgs",
    "LocalWebservice",
    "LocalWebserviceArgs",
    "ScoringEnvironment",
    "ScoringEnvironmentArgs",
    "TritonModelRepository",
    "TritonModelRepositoryArgs",
    "TritonWebservice",
    "TritonWebserviceArgs",
]

_HOMES = {
    "ApiKeys": ".resources.api_keys",
    "ApiKeysArgs": ".resources.api_keys",
    "GpuCluster": ".gpu_cluster",
    "GpuClusterArgs": ".gpu_cluster_args",
    "LocalWebservice": ".local_webservice",
    "LocalWebserviceArgs": ".local_webservice",
    "ScoringEnvironment": ".scoring_environment",
    "ScoringEnvironmentArgs": ".scoring_environment",
    "TritonModelRepository": ".model_repository",
    "TritonModelRepositoryArgs": ".model_repository",
    "TritonWebservice": ".webservice",
    "TritonWebserviceArgs": ".webservice_args",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
