"""A stand-in for a managed identity: answers azure-identity as App Service's endpoint does, and knows what it gave."""

import json
import time
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from .listening import Listening, QuietHandler

REGISTRIES, MANAGER = "https://containerregistry.azure.net", "https://management.azure.com"
HOME = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Entra:
    """What a token was made for."""

    resource: str
    tenant: str
    end: float


class IdentityEndpoint(Listening):
    def __init__(self) -> None:
        self.header = f"identity-header-{uuid.uuid4().hex}"
        self.tenant = HOME
        self.life = 3600
        self.signed_in = True
        self.asked: list[str] = []
        """The resource of each request."""
        self.given: dict[str, Entra] = {}
        endpoint = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                status, answer = endpoint.answer(self.path, self.headers.get("X-IDENTITY-HEADER"))
                self.give(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        super().__init__(Handler)

    def environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": f"{self.url}/msi/token", "IDENTITY_HEADER": self.header}

    @property
    def secrets(self) -> list[str]:
        return [self.header, *self.given]

    def knows(self, token: str, resource: str) -> Entra | None:
        """What it gave for this resource, while it is good."""
        entra = self.given.get(token)
        return entra if entra and entra.resource == resource and time.time() < entra.end else None

    def answer(self, path: str, header: str | None) -> tuple[int, dict[str, str]]:
        place = urlsplit(path)
        query = parse_qs(place.query, strict_parsing=True)
        if place.path != "/msi/token" or query.get("api-version") != ["2019-08-01"] or header != self.header:
            return 400, {"statusCode": "400", "message": f"not a request of App Service's form: {place.path}"}
        resource = query["resource"][0]
        self.asked.append(resource)
        if set(query) != {"api-version", "resource"} or resource not in (REGISTRIES, MANAGER):
            return 400, {"statusCode": "400", "message": f"no such resource: {resource}"}
        if not self.signed_in:
            return 400, {"statusCode": "400", "message": "No Managed Identity found for specified ClientId."}
        token, end = f"entra.{uuid.uuid4().hex}.{uuid.uuid4().hex}", time.time() + self.life
        self.given[token] = Entra(resource, self.tenant, end)
        return 200, {"access_token": token, "expires_on": str(int(end)), "resource": resource, "token_type": "Bearer"}
