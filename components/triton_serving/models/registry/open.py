"""From what users write to the home of their versions."""

import json
import socket
import ssl

from ...rules.problems import UserError
from ..oci import is_digest
from ..user_folders import data_home
from ..work import Work
from . import Registry
from .disk import DiskRegistry
from .location import DISK, PLAIN, DiskLocation, is_loopback, read_location

HANDSHAKE_SECONDS = 10.0


def open_registry(
    location: str | None, allow_plain_http: bool = False, work: Work | None = None, awaits_roles: bool = False
) -> Registry:
    """The registry at a location, by default a folder of this user; refuses with all that is wrong with it.

    `awaits_roles` is for updates: a role at Azure may just have been given. Previews and looks do not wait for one.
    """
    place = read_location(location or f"{DISK}{data_home() / 'registry'}", allow_plain_http)
    if isinstance(place, DiskLocation):
        return DiskRegistry(place.folder)
    # Here, because a tenth of a second of imports would make every run of a stack without a registry slower.
    from .new_roles import RolePatience
    from .remote import RemoteRegistry

    work = work or Work()
    return RemoteRegistry(place, work, roles=RolePatience(work) if awaits_roles else None)


def open_image(reference: str, allow_plain_http: bool = False, work: Work | None = None) -> tuple[Registry, str, str]:
    """The registry, name and digest of an image reference: oci-layout:///home/me/models/digits@sha256:… or
    registry.example.com/team/digits@sha256:…"""
    place, _, digest = reference.rpartition("@")
    if not is_digest(digest) or "/" not in place:
        raise UserError(
            f"an image is named by its digest (got {reference[:200]!r}); "
            "write registry.example.com/team/digits@sha256:… or oci-layout:///home/me/models/digits@sha256:…"
        )
    return *open_repository(place, allow_plain_http, work), digest


def open_repository(place: str, allow_plain_http: bool, work: Work | None) -> tuple[Registry, str]:
    """The registry and the name in an image reference, of which the digest has been taken off."""
    location, _, name = place.rpartition("/")
    host = location.partition("/")[0]
    if not location.startswith((DISK, PLAIN)) and (allow_plain_http or is_loopback(host.rpartition(":")[0] or host)):
        location = location if _speaks_tls(host) else f"{PLAIN}{location}"
    return open_registry(location, allow_plain_http, work), name


def image_config(reference: str, allow_plain_http: bool = False, work: Work | None = None) -> bytes | None:
    """The config of an image, which `models.image_config` reads; None when there is no such image."""
    registry, name, digest = open_image(reference, allow_plain_http, work)
    manifest = registry.manifest(name, digest)
    return None if manifest is None else registry.blob(name, json.loads(manifest)["config"]["digest"])


def _speaks_tls(host: str) -> bool:
    """References do not tell HTTP from HTTPS. Where both are fine, the registry itself is asked, as Docker does."""
    name, _, port = host.rpartition(":") if host[-1:].isdigit() and ":" in host else (host, "", "443")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's certificates: reading them takes 20 ms
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent; whom to trust is decided by who sends something
    try:
        with (
            socket.create_connection((name.strip("[]"), int(port)), HANDSHAKE_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=name.strip("[]")),
        ):
            return True
    except (OSError, ValueError):
        return False
