"""A registry over HTTP as the package opens it."""

from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.location import RemoteLocation, read_location
from triton_serving.models.registry.new_roles import RolePatience
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work


def remote(
    url: str, waits: Waits, prefix: str = "team", work: Work | None = None, roles: RolePatience | None = None
) -> RemoteRegistry:
    """Encrypted where `url` is a bare host."""
    location = read_location(f"{url}/{prefix}")
    assert isinstance(location, RemoteLocation)
    return RemoteRegistry(location, work, waits, roles)
