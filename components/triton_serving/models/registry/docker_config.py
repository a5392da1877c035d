"""Credentials as Docker keeps them, so that none is ever in a stack's state or on a command line."""

import base64
import binascii
import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...rules.problems import UserError
from .location import DOCKER_HUB

HELPER_SECONDS = 60
"""Helpers of cloud registries ask a server; one that opens a window nobody sees must not hang a deployment."""
HUB_ENTRY = "https://index.docker.io/v1/"
"""Docker Hub's entry has this name in Docker's configuration, whatever host its registry has."""
IDENTITY = "<token>"
"""What a helper answers as user name when its secret is an identity token."""


@dataclass(frozen=True)
class Credentials:
    source: str
    """Where they come from, for messages: a file or a helper program, never a secret."""
    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    """What `az acr login` leaves: a refresh token to be exchanged at the registry's token server."""
    registry_token: str = field(default="", repr=False)
    """A bearer token ready to be sent."""

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.password, self.identity_token, self.registry_token) if secret)


def credentials_for(host: str) -> Credentials | None:
    """What Docker's configuration holds for a registry host (with its port), or None; read anew at every call."""
    file = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    config = _read(file)
    name = HUB_ENTRY if host == DOCKER_HUB else host
    helpers = _object(file, config, "credHelpers")
    helper = helpers.get(name) or helpers.get(host) or config.get("credsStore")
    if helper:
        found = _ask_helper(str(helper), name)
        if found:
            return found
    for key, entry in _object(file, config, "auths").items():
        if key == name or _host(key) == host:
            return _inline(file, key, entry)
    return None


def _read(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file}: cannot be read as Docker's configuration ({type(error).__name__}); repair it"
        ) from None
    if not isinstance(config, dict):
        raise UserError(f"{file}: must hold a JSON object, as Docker writes it; repair it")
    return config


def _object(file: Path, config: dict[str, Any], key: str) -> dict[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, dict):
        raise UserError(f"{file}: {key!r} must be a JSON object, as Docker writes it; repair it")
    return value


def _host(key: str) -> str:
    """Docker has written hosts, URLs and URLs with a path as keys over the years."""
    return key.split("://", 1)[-1].split("/", 1)[0]


def _inline(file: Path, key: str, entry: Any) -> Credentials | None:
    if not isinstance(entry, dict):
        raise UserError(f"{file}: the entry of {key!r} must be a JSON object, as Docker writes it; repair it")
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if entry.get("auth"):
        try:
            user, colon, password = base64.b64decode(str(entry["auth"]), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            colon = ""
        if not colon:
            raise UserError(
                f"{file}: 'auth' of {key!r} must be user:password in base64; run `docker login {_host(key)}`"
            )
    found = Credentials(
        source=str(file),
        user=user,
        password=password.rstrip("\0"),
        identity_token=str(entry.get("identitytoken") or ""),
        registry_token=str(entry.get("registrytoken") or ""),
    )
    return found if found.secrets() else None  # with a helper Docker leaves empty entries


def _ask_helper(helper: str, name: str) -> Credentials | None:
    program = f"docker-credential-{helper}"
    if not all(char.isalnum() or char in "-_." for char in helper):
        raise UserError(f"Docker's configuration names a credential helper {helper!r}; it must be a plain program name")
    try:
        answer = subprocess.run(  # noqa: S603 - a program the user configured for Docker, by a checked name
            [program, "get"], input=name.encode(), capture_output=True, timeout=HELPER_SECONDS, check=False
        )
    except FileNotFoundError:
        raise UserError(
            f"{program}: Docker's configuration names it for {name}, but it is not on PATH; install it"
        ) from None
    except OSError as error:
        raise UserError(f"{program}: cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{program}: no answer about {name} for {HELPER_SECONDS} s; try `docker login {name}`"
        ) from None
    if answer.returncode:
        said = (answer.stdout + answer.stderr).decode(errors="replace")
        if "credentials not found" in said:  # the helpers' own words for: not logged in
            return None
        raise UserError(f"{program}: failed for {name} (exit status {answer.returncode}); try `docker login {name}`")
    try:
        reply = json.loads(answer.stdout)
        user, secret = str(reply["Username"]), str(reply["Secret"])
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{program}: did not answer with a user name and a secret for {name}; reinstall it") from None
    if user == IDENTITY:
        return Credentials(source=program, identity_token=secret)
    return Credentials(source=program, user=user, password=secret)
