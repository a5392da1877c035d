"""Questions to Azure Resource Manager over HTTPS, as whoever is signed in."""

import json
import os
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ..azure_identity import identity
from ..models.registry.client import Patience
from ..models.registry.exchange import Answer, Connections, Transient, Waits, errors, said
from ..models.registry.location import is_loopback
from ..models.registry.used_secrets import UsedSecrets
from ..models.work import Work
from ..rules.azure_clouds import cloud_in
from ..rules.problems import UserError
from ..rules.wording import shown
from .refused import Refused

ENDPOINT = "TRITON_SERVING_ARM_ENDPOINT"
"""Environment variable: a stand-in for Azure Resource Manager on this machine, for tests. What is elsewhere would get a
token that can do everything its owner can."""
WAITS = Waits(connect=10, answer=30, longest_pause=20, tries=4, patience=30)
"""A preview waits for an answer: who is throttled for longer is told so instead."""


class Manager:
    def __init__(self, work: Work, waits: Waits = WAITS) -> None:
        manager = cloud_in(os.environ).manager
        self._scope = f"{manager}/.default"
        self._origin = _stand_in(os.environ.get(ENDPOINT, "")) or manager
        self._connections = Connections(waits)
        self._waits = waits
        self._work = work

    def get(self, path: str, version: str, what: str, **query: str) -> Any:
        """The answer to a GET; `what` completes "could not …" in messages."""
        return self._ask(f"{self._origin}{_url(path, version, query)}", what)

    def items(self, path: str, version: str, what: str, **query: str) -> list[dict[str, Any]]:
        """All items of a list, however many pages it has."""
        url, found, seen = f"{self._origin}{_url(path, version, query)}", list[dict[str, Any]](), set[str]()
        while url not in seen:
            seen.add(url)
            answer = self._ask(url, what)
            if not isinstance(answer, dict) or not isinstance(answer.get("value"), list):
                raise UserError(f"{self._host}: could not {what}: answers with something that is no list")
            found += answer["value"]
            url = answer.get("nextLink") or ""
            if not url:
                return found
            if not url.startswith(f"{self._origin}/"):
                raise UserError(f"{self._host}: could not {what}: continues its list at another host")
        raise UserError(f"{self._host}: could not {what}: its list never ends")

    @property
    def _host(self) -> str:
        return urlsplit(self._origin).netloc

    def _ask(self, url: str, what: str) -> Any:
        patience = Patience(self._waits, what, self._work)
        secrets = UsedSecrets()
        while True:
            token = identity().token(self._scope)
            secrets.keep(token)
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            try:
                answer = self._connections.send("GET", url, headers, None, self._waits.answer)
                break
            except Transient as trouble:
                patience.pause(Transient(secrets.hide(str(trouble)), trouble.pause, trouble.waited))
        if answer.status != 200:
            raise Refused(_code(answer), secrets.hide(f"{self._host}: could not {what}: {said(answer)}"))
        try:
            return json.loads(answer.content)
        except ValueError:
            raise UserError(f"{self._host}: could not {what}: answers with something that is no JSON") from None


def _stand_in(endpoint: str) -> str:
    place = urlsplit(endpoint)
    if endpoint and (place.scheme not in ("http", "https") or not is_loopback(place.hostname or "")):
        raise UserError(
            f"{ENDPOINT} must name a stand-in on this machine, such as http://127.0.0.1:8443 (got {shown(endpoint)!r})"
        )
    return endpoint.rstrip("/")


def _url(path: str, version: str, query: dict[str, str]) -> str:
    return f"{quote(path)}?{urlencode({'api-version': version, **query}, quote_via=quote)}"


def _code(answer: Answer) -> str:
    found = errors(answer)
    return found[0][0] if found else ""
