"""Logins at Azure's registries without a password: an Entra token is exchanged for one that opens this registry.

An Entra token would open every registry that its owner may enter, so it leaves for the registry's own host, by TLS, and
for nowhere else. What the exchange gives (a refresh token of three hours) is used as `az acr login` would leave it.
"""

import base64
import json
import os
import time
from urllib.parse import urlencode, urlsplit

from ...azure_identity import NotSignedIn, identity
from ...rules.azure_clouds import REGISTRY_HOSTS, REGISTRY_SCOPE
from ...rules.problems import UserError
from .docker_config import Credentials
from .exchange import Answer, Send, said
from .location import is_loopback
from .used_secrets import UsedSecrets

OTHER_HOSTS = "TRITON_SERVING_AZURE_REGISTRIES"
"""Environment variable: further hosts of Azure's registries, with their ports, separated by commas. For those that are
reached by a name of one's own."""
SOURCE = "your login to Azure"
NOBODY = "00000000-0000-0000-0000-000000000000"
"""The user name that stands beside a token of Azure's registries."""
MARGIN = 60.0
"""Seconds before its end when a refresh token is no longer used."""
_FIREWALL = ("is not allowed access", "CONNECTREFUSED")
LONGEST_LIFE = 366 * 24 * 3600.0
"""Seconds; a token that claims more is not believed."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ROLES = {
    "read": "AcrPull to read (Container Registry Repository Reader, where roles are given by repository)",
    "write": "AcrPush to write (Container Registry Repository Writer, where roles are given by repository)",
    "delete": "AcrDelete to delete (Container Registry Repository Contributor, where roles are given by repository)",
}


class MissingRole(UserError):
    """Azure knows the login, and it may not do this: for ever, or until a role that was just given counts."""

    def __init__(self, text: str, host: str, doing: str) -> None:
        super().__init__(text)
        self.host = host
        self.doing = doing
        """`read`, `write` or `delete`; `enter` for all of it."""


def is_azure(host: str) -> bool:
    """Whether a host (with its port, if any) is one of Azure's registries."""
    others = {other.strip().lower() for other in os.environ.get(OTHER_HOSTS, "").split(",")} - {""}
    name = urlsplit(f"//{host}").hostname or ""
    return name.endswith(REGISTRY_HOSTS) or host.lower() in others


def is_over(credentials: Credentials) -> bool:
    """Whether these are what `az acr login` left some hours ago: a token whose end has come."""
    token = credentials.identity_token or (credentials.password if credentials.user == NOBODY else "")
    end = _claims(token).get("exp")
    return isinstance(end, int | float) and time.time() >= end


def life_of(token: str) -> float | None:
    """Seconds for which a token was made, by its own words, so that clocks which differ do no harm."""
    claims = _claims(token)
    made, end = claims.get("iat", claims.get("nbf")), claims.get("exp")
    if not isinstance(made, int | float) or not isinstance(end, int | float) or not 0 <= end - made < LONGEST_LIFE:
        return None
    return float(end - made)


class AzureLogin:
    """One registry's exchange."""

    def __init__(self, origin: str, host: str, send: Send, secrets: UsedSecrets) -> None:
        self._origin = origin
        self._host = host
        self._send = send
        self._secrets = secrets
        self._token = ""
        self._good_until = 0.0
        self.problem: NotSignedIn | None = None
        """Why nobody is signed in."""

    def credentials(self, service: str) -> Credentials | None:
        """What `az acr login` would leave; None when nobody is signed in, and some registries let anybody read."""
        if time.monotonic() >= self._good_until:
            self.problem = None
            try:
                token = identity().token(REGISTRY_SCOPE)
            except NotSignedIn as problem:
                self.problem = problem
                return None
            self._exchange(token, service)
        return Credentials(source=SOURCE, identity_token=self._token)

    def renew(self) -> None:
        """The refresh token is not accepted any more."""
        self._good_until = 0.0

    def check_realm(self, realm: str) -> None:
        if urlsplit(realm).netloc != self._host:
            raise UserError(
                f"{self._host}: sends logins on to {realm[:200]!r}, which no registry of Azure's does; "
                "your login to Azure is not sent there, check the address"
            )

    def refused(self, answer: Answer | None, doing: str) -> UserError:
        """The error for a login that Azure knows, and that may not do this: `read`, `write` or `delete`."""
        if answer and (firewall := self.shut_out(answer)):
            return firewall
        words = f": {self._secrets.hide(said(answer))}" if answer else ""
        text = (
            f"{self._host}: {SOURCE} may not {doing} there{words}; it needs the role {_ROLES[doing]}, which an owner "
            "of the registry gives with `az role assignment create` and which counts some minutes later"
        )
        return MissingRole(text, self._host, doing)

    def shut_out(self, answer: Answer) -> UserError | None:
        """The error for an answer of the registry's firewall; None for any other."""
        words = self._secrets.hide(said(answer))
        if not any(mark in words for mark in _FIREWALL):
            return None
        return UserError(
            f"{self._host}: its firewall does not let this machine in: {words}; add the address to the registry's "
            "network rules (`az acr network-rule add`), or run this where its private endpoint is reached"
        )

    def _exchange(self, token: str, service: str) -> None:
        place = urlsplit(self._origin)
        if place.scheme != "https" and not is_loopback(place.hostname or ""):
            raise UserError(f"{self._host}: {SOURCE} is not sent without TLS; leave out http:// and allowPlainHttp")
        self._secrets.keep(token)
        fields = {"grant_type": "access_token", "service": service or self._host, "access_token": token}
        answer = self._send("POST", f"{self._origin}/oauth2/exchange", _FORM, urlencode(fields).encode())
        if answer.status in (400, 401, 403):
            text = (
                f"{self._host}: does not know {SOURCE}: {self._secrets.hide(said(answer))}; sign in to the registry's "
                "tenant (`az login --tenant …`, or ARM_TENANT_ID) as somebody with the role AcrPull or AcrPush there"
            )
            # Whoever has no role there at all is refused here already.
            problem = UserError(text) if answer.status == 400 else MissingRole(text, self._host, "enter")
            raise self.shut_out(answer) or problem
        try:
            given = json.loads(answer.content)["refresh_token"] if answer.status == 200 else None
        except (ValueError, KeyError, TypeError):
            given = None
        if not isinstance(given, str) or not given.isascii() or not given.isprintable():
            raise UserError(
                f"{self._host}: does not exchange {SOURCE}: {self._secrets.hide(said(answer))}; "
                f"is this a registry of Azure's? If not, take it out of {OTHER_HOSTS}"
            )
        self._token = given
        self._good_until = time.monotonic() + max((life_of(given) or 0.0) - MARGIN, 0.0)


def _claims(token: str) -> dict[str, object]:
    """What a JWT says of itself, unverified; nothing where it is none."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
