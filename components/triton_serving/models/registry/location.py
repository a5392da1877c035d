"""What users write as the home of their versions, read and checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ...rules.problems import Problem, refuse
from ...rules.registration import REPOSITORY_PART

DISK = "oci-layout://"
PLAIN = "http://"
DOCKER_HUB = "registry-1.docker.io"
"""Where the registry of docker.io really is; every tool knows this by heart."""
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?")


@dataclass(frozen=True)
class DiskLocation:
    folder: Path


@dataclass(frozen=True)
class RemoteLocation:
    text: str
    origin: str
    """Scheme, host and port of the registry: https://registry.example.com"""
    host: str
    """As image references name it: registry.example.com, localhost:5000."""
    prefix: str
    """What comes before a version's name in the repository; may be empty."""


def read_location(text: str, allow_plain_http: bool = False) -> DiskLocation | RemoteLocation:
    """Tells everything that is wrong with a location at once."""
    if text.startswith(DISK):
        return _disk(text)
    refuse(list(_remote_problems(text, allow_plain_http)))
    plain = text.startswith(PLAIN)
    host, _, prefix = text.removeprefix(PLAIN).rstrip("/").partition("/")
    reached = DOCKER_HUB if host == "docker.io" else host
    return RemoteLocation(text.rstrip("/"), f"{'http' if plain else 'https'}://{reached}", host, prefix)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"  # a name like 127.example.com may lead anywhere


def _disk(text: str) -> DiskLocation:
    path = text.removeprefix(DISK)
    problems = []
    if not path.startswith("/"):
        problems.append(
            _problem(
                f"an OCI layout needs the absolute path of a folder (got {text!r})",
                "write oci-layout:///home/me/models",
                "registry-location-path",
            )
        )
    if "\0" in path or not path.isprintable():
        problems.append(
            _problem(
                "the path holds characters that cannot be shown", "rename the folder", "registry-location-characters"
            )
        )
    refuse(problems)
    return DiskLocation(Path(path))


def _remote_problems(text: str, allow_plain_http: bool) -> Iterator[Problem]:
    """They never repeat what stands before an @, which may be a password."""
    scheme, found, rest = text.partition("://")
    if found and f"{scheme}://" != PLAIN:
        yield _problem(
            f"a registry is named by host and prefix, without a scheme (got {scheme[:20]!r})",
            "leave out https://"
            if scheme == "https"
            else "write registry.example.com/team, or oci-layout:///home/me/models",
            "registry-location-scheme",
        )
    if not found:
        rest = text
    if "@" in rest:
        yield _problem(
            "a location holds neither credentials nor a digest (got an '@')",
            "leave them out and run `docker login` for that host",
            "registry-location-credentials",
        )
        rest = rest.rpartition("@")[2]
    host, _, prefix = rest.rstrip("/").partition("/")
    match = _HOST.fullmatch(host)
    if match is None or (match[1] and not 0 < int(match[1]) < 65536):
        yield _problem(
            f"the first part must be a host, with a port if need be (got {host!r})",
            "write registry.example.com or localhost:5000",
            "registry-location-host",
        )
    elif found and scheme == "http" and not allow_plain_http and not is_loopback(urlsplit(f"//{host}").hostname or ""):
        yield _problem(
            f"plain http is for registries on this machine only (got {host!r})",
            "leave out http://, or set allowPlainHttp if that network is trusted",
            "registry-location-plain-http",
        )
    for part in prefix.split("/") if prefix else ():
        if not REPOSITORY_PART.fullmatch(part):
            yield _problem(
                f"each part after the host must be lower-case letters, digits and . _ - between (got {part!r})",
                "rename it, without a tag or digest",
                "registry-location-prefix",
            )


def _problem(message: str, remedy: str, rule: str) -> Problem:
    return Problem("registry", None, message, remedy, rule)
