"""From what users write to the home of their versions."""

from ..user_folders import data_home
from ..work import Work
from . import Registry
from .disk import DiskRegistry
from .location import DISK, DiskLocation, read_location


def open_registry(location: str | None, allow_plain_http: bool = False, work: Work | None = None) -> Registry:
    """The registry at a location, by default a folder of this user; refuses with all that is wrong with it."""
    place = read_location(location or f"{DISK}{data_home() / 'registry'}", allow_plain_http)
    if isinstance(place, DiskLocation):
        return DiskRegistry(place.folder)
    # Here, because a tenth of a second of imports would make every run of a stack without a registry slower.
    from .remote import RemoteRegistry

    return RemoteRegistry(place, work)
