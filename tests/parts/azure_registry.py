"""A stand-in for ACR: its exchange of logins, before the real registry, which checks the tokens that come of it."""

import base64
import json
import time
import uuid
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work

from .blobs import random_blob
from .certificates import Certificates
from .docker_registry import DockerRegistry
from .fault_proxy import Answer, FaultProxy, Seen
from .identity_endpoint import HOME, REGISTRIES, IdentityEndpoint
from .token_server import registry_settings, signed_token

FORM = "application/x-www-form-urlencoded"


class AzureRegistry:
    """Strict: takes exactly the fields that ACR documents, and Entra tokens for registries of its own tenant only."""

    def __init__(self, folder: Path, identity: IdentityEndpoint, certificates: Certificates) -> None:
        self._identity = identity
        self._certificates = certificates
        self.rights = {"pull", "push", "delete"}
        """What the role of whoever signs in allows."""
        self.anonymous_pull = False
        self.says_no_itself = True
        """Refuses scopes without a right by itself; else gives a token with less, which the registry refuses."""
        self.refresh_tokens: dict[str, float] = {}
        self.access_tokens: list[str] = []
        self.refresh_life = 3 * 3600
        self.front = FaultProxy()
        self.front.own = self._answer
        settings = registry_settings(certificates, f"{self.front.url}/oauth2/token", self.front.host)
        self.behind = DockerRegistry(folder, settings=settings)

    @property
    def host(self) -> str:
        return self.front.host

    @property
    def url(self) -> str:
        return self.front.url

    @property
    def secrets(self) -> list[str]:
        return [*self.refresh_tokens, *self.access_tokens]

    def environment(self) -> dict[str, str]:
        return {"TRITON_SERVING_AZURE_REGISTRIES": self.host}

    def __enter__(self) -> Self:
        self.behind.start()
        self.front.upstream = self.behind.url
        self.front.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.front.__exit__()
        self.behind.stop()

    def _answer(self, seen: Seen) -> Answer | None:
        place = urlsplit(seen.path)
        if not place.path.startswith("/oauth2/"):
            return None
        if seen.method == "GET" and place.path == "/oauth2/token" and "Authorization" not in seen.headers:
            return self._access(_fields(place.query), {"pull"} if self.anonymous_pull else set())
        if seen.method != "POST" or seen.headers["Content-Type"] != FORM or place.query:
            return _error(400, "BAD_REQUEST", f"{seen.method} {place.path} is not to be asked so")
        fields = _fields(seen.body.decode())
        if fields.get("service") != self.host:
            return _error(400, "BAD_REQUEST", "service is another one")
        if place.path == "/oauth2/exchange":
            return self._exchange(fields)
        if fields.get("grant_type") != "refresh_token" or time.time() >= self.refresh_tokens.get(
            fields.get("refresh_token", ""), 0
        ):
            return _error(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization")
        return self._access(fields, self.rights)

    def _exchange(self, fields: dict[str, str]) -> Answer:
        if set(fields) - {"tenant"} != {"grant_type", "service", "access_token"}:
            return _error(400, "BAD_REQUEST", f"fields {sorted(fields)}")
        entra = self._identity.knows(fields["access_token"], REGISTRIES)
        if fields["grant_type"] != "access_token" or entra is None or entra.tenant != HOME:
            return _error(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization")
        now = int(time.time())
        token = _unsigned({"jti": uuid.uuid4().hex, "aud": self.host, "iat": now, "exp": now + self.refresh_life})
        self.refresh_tokens[token] = now + self.refresh_life
        return _json(200, {"refresh_token": token})

    def _access(self, fields: dict[str, str], rights: set[str]) -> Answer:
        if set(fields) - {"client_id", "grant_type", "refresh_token"} != {"service", "scope"}:
            return _error(400, "BAD_REQUEST", f"fields {sorted(fields)}")
        kind, name, actions = fields["scope"].split(":")
        wanted = set(actions.split(","))
        if not wanted <= rights and (self.says_no_itself or not rights):
            return _error(401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization")
        access = [{"type": kind, "name": name, "actions": sorted(wanted & rights)}]
        token = signed_token(self._certificates, self.host, 75 * 60, access)
        self.access_tokens.append(token)
        return _json(200, {"access_token": token})


def _fields(form: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(form, strict_parsing=True).items()}


def _json(status: int, content: dict[str, object]) -> Answer:
    return Answer("", status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def _error(status: int, code: str, message: str) -> Answer:
    return _json(status, {"errors": [{"code": code, "message": message}]})


def _unsigned(claims: dict[str, object]) -> str:
    parts = ({"typ": "JWT", "alg": "RS256"}, claims)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{uuid.uuid4().hex}"


def push(registry: RemoteRegistry) -> str:
    """A small blob; gives its digest."""
    blob = random_blob(1000)
    registry.put_blob("digits", blob, Work(), lambda _: None)
    return blob.digest


def remember(folder: Path, host: str, token: str) -> None:
    """What `az acr login` leaves in Docker's folder."""
    login = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login, "identitytoken": token}}}))


def jwt(claims: dict[str, object]) -> str:
    """A token that says this, signed by nobody."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"
