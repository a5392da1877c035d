"""The objects of a service, as the API server takes them."""

from typing import Any

from ..service import Keys
from .service import ClusterService

Manifest = dict[str, Any]


def manifests(service: ClusterService) -> dict[str, Manifest]:
    """Every object of `objects`, by its name there, but for those that hold keys."""
    raise NotImplementedError


def secret_manifests(service: ClusterService, keys: Keys | None) -> dict[str, Manifest]:
    """The objects of `objects.SECRET` that the service has."""
    raise NotImplementedError


def routes_version(service: ClusterService, keys: Keys | None) -> str:
    """What the stable gateway answers at VERSION_PATH once it has taken over these routes."""
    raise NotImplementedError
