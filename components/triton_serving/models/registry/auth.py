"""Authorization at one registry: the challenge it answers, and the header that meets it."""

import base64
import json
import re
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from ...rules.problems import UserError
from .azure_login import SOURCE, AzureLogin, is_azure, is_over, life_of
from .docker_config import Credentials, credentials_for
from .exchange import Answer, Send, refusal
from .used_secrets import UsedSecrets

SHORTEST_LIFE = 60.0
"""Seconds a token lives when its server does not say; from Docker's token specification."""
MARGIN = 10.0
"""Seconds before its end when a token is no longer used."""
_CHALLENGE = re.compile(r"(?:^|,)\s*(Bearer|Basic)\s+", re.IGNORECASE)
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True)
class Challenge:
    scheme: str
    realm: str
    service: str
    scope: str


def read_challenge(header: str) -> Challenge | None:
    """The challenge to meet out of a WWW-Authenticate header: Bearer before Basic."""
    parts = _CHALLENGE.split(header)
    found: dict[str, Challenge] = {}
    for scheme, text in zip(parts[1::2], parts[2::2], strict=True):
        values = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(text)}
        challenge = Challenge(
            scheme.lower(), values.get("realm", ""), values.get("service", ""), values.get("scope", "")
        )
        found.setdefault(challenge.scheme, challenge)
    return found.get("bearer") or found.get("basic")


@dataclass(frozen=True)
class _Header:
    value: str
    good_until: float


class Authorization:
    """Remembers the header that was accepted for each scope; asks for a new one when challenged."""

    def __init__(self, origin: str, host: str, send: Send) -> None:
        self._origin = origin
        self._host = host
        self._send = send
        self._lock = threading.Lock()
        self._headers: dict[str, _Header] = {}
        self._credentials: Credentials | None = None
        self._secrets = UsedSecrets()
        self._azure = AzureLogin(origin, host, send, self._secrets) if is_azure(host) else None

    def header(self, scope: str) -> str | None:
        known = self._headers.get(scope)
        return known.value if known and time.monotonic() < known.good_until else None

    def meet(self, scope: str, refused: str | None, challenge: str) -> str:
        """The header to try after `refused` was answered with 401 and this challenge."""
        with self._lock:  # four uploads that meet an expired token together ask for one new token
            known = self.header(scope)
            if known and known != refused:
                return known
            wanted = read_challenge(challenge)
            if wanted is None:
                raise UserError(
                    f"{self._host}: asks for a login of a kind that is not known here; only basic and bearer are"
                )
            credentials = self._credentials = self._login(wanted)
            made = self._basic(credentials) if wanted.scheme == "basic" else self._bearer(wanted, scope)
            if made.value == refused:
                raise self.not_accepted(scope)
            self._headers[scope] = made
            return made.value

    def not_accepted(self, scope: str, answer: Answer | None = None) -> UserError:
        """The error for a login that was sent and refused."""
        used = self._credentials
        if used is None:
            return self._no_login()
        if self._azure and used.source == SOURCE:
            return self._azure.refused(answer, _doing(scope))
        whose = f"user {used.user!r}" if used.user else "the token"
        return UserError(
            f"{self._host}: refuses the login of {whose} from {used.source}; "
            f"run `docker login {self._host}` again, as a user who may do this"
        )

    def forbidden(self, scope: str, answer: Answer) -> UserError | None:
        """The error for 403 of a registry of Azure's; None where there is no more to tell than what it said."""
        if self._azure is None:
            return None
        used = self._credentials
        if used and used.source == SOURCE:
            return self._azure.refused(answer, _doing(scope))
        return self._azure.shut_out(answer)

    def forget(self, scope: str) -> None:
        """What was accepted is not enough, and may have been made before a role counted."""
        with self._lock:
            self._headers.pop(scope, None)
            if self._azure:
                self._azure.renew()

    def hide(self, text: str) -> str:
        """The text without any secret that was used here, should a registry repeat one."""
        return self._secrets.hide(text)

    def _login(self, wanted: Challenge) -> Credentials | None:
        """What Docker's configuration has; at Azure's registries else the login to Azure."""
        found = credentials_for(self._host)
        if self._azure and (found is None or is_over(found)):
            found = self._azure.credentials(wanted.service)
        if found:
            self._secrets.keep(*found.secrets())
        return found

    def _basic(self, credentials: Credentials | None) -> _Header:
        if credentials is None or not credentials.user:
            raise self._no_login()
        return _Header(_encode(credentials), float("inf"))

    def _bearer(self, wanted: Challenge, scope: str) -> _Header:
        credentials = self._credentials
        if credentials and credentials.registry_token:
            return _Header(f"Bearer {credentials.registry_token}", float("inf"))
        realm = urlsplit(wanted.realm)
        if realm.scheme not in ("https", urlsplit(self._origin).scheme) or not realm.netloc:
            raise UserError(
                f"{self._host}: sends logins to {wanted.realm[:200]!r}, which is not an https address; "
                "credentials are not sent there, ask the registry's operator"
            )
        answer = self._ask_token(wanted, credentials)
        if answer.status == 401 and self._azure and credentials and credentials.source == SOURCE:
            self._azure.renew()  # a refresh token may end before its time
            credentials = self._credentials = self._login(wanted)
            answer = self._ask_token(wanted, credentials)
        if answer.status in (400, 401, 403):
            raise self.not_accepted(scope, answer)
        if answer.status != 200:
            raise UserError(self.hide(refusal(realm.netloc, "give a token", answer)))
        try:
            reply = json.loads(answer.content)
            token = reply.get("token") or reply.get("access_token")
            life = float(reply.get("expires_in") or life_of(token) or SHORTEST_LIFE)
        except (ValueError, TypeError, AttributeError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise UserError(f"{realm.netloc}: answered a request for a token with something else; ask its operator")
        self._secrets.keep(token)
        return _Header(f"Bearer {token}", time.monotonic() + max(life, SHORTEST_LIFE) - MARGIN)

    def _ask_token(self, wanted: Challenge, credentials: Credentials | None) -> Answer:
        if self._azure and credentials and credentials.source == SOURCE:
            self._azure.check_realm(wanted.realm)
        fields = {"service": wanted.service, "scope": wanted.scope}
        fields = {name: value for name, value in fields.items() if value}
        if credentials and credentials.identity_token:
            fields |= {"grant_type": "refresh_token", "refresh_token": credentials.identity_token}
            form = urlencode(fields | {"client_id": "triton-serving"}).encode()
            return self._send("POST", wanted.realm, {"Content-Type": "application/x-www-form-urlencoded"}, form)
        headers = {"Authorization": _encode(credentials)} if credentials else {}
        if credentials:
            fields["account"] = credentials.user
        joint = "&" if "?" in wanted.realm else "?"
        return self._send("GET", wanted.realm + joint + urlencode(fields, quote_via=quote), headers, None)

    def _no_login(self) -> UserError:
        if self._azure and self._azure.problem:
            return UserError(
                f"{self._host}: asks for a login; Docker's configuration has none for it, and {self._azure.problem}"
            )
        return UserError(
            f"{self._host}: asks for a login, and Docker's configuration has none for it; "
            f"run `docker login {self._host}`"
        )


def _encode(credentials: Credentials) -> str:
    return "Basic " + base64.b64encode(f"{credentials.user}:{credentials.password}".encode()).decode()


def _doing(scope: str) -> str:
    """`read`, `write` or `delete`, by which a client tells its scopes apart."""
    return scope.rpartition(" ")[2]
