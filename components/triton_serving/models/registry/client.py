"""Requests to one registry: authorized, redirected and tried again as far as that is safe."""

import random
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from ...rules.problems import UserError
from ..work import Work
from . import Away
from .auth import Authorization
from .azure_login import MissingRole
from .exchange import Answer, Body, Connections, Transient, Waits, errors, refusal
from .new_roles import RolePatience

REDIRECTS = 5
_SAFE = ("GET", "HEAD")


class Client:
    def __init__(self, origin: str, waits: Waits, roles: RolePatience | None = None) -> None:
        """With `roles`, whoever is signed in to Azure is given time to be let in."""
        self.origin = origin
        """Scheme, host and port: https://registry.example.com"""
        self.host = urlsplit(origin).netloc
        self.waits = waits
        self._roles = roles
        self._connections = Connections(waits)
        self._authorization = Authorization(origin, self.host, self._send_to_token_server)

    def request(
        self,
        method: str,
        path: str,
        what: str,
        work: Work,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """A request that may be made any number of times; `what` completes "could not …" in messages."""
        body = None if content is None else Body(len(content), lambda: iter([content]))
        patience = Patience(self.waits, what, work)
        while True:
            try:
                return self.once(method, self.origin + path, headers or {}, body, self.waits.answer)
            except Transient as trouble:
                patience.pause(trouble)

    def once(self, method: str, url: str, headers: Mapping[str, str], body: Body | None, seconds: float) -> Answer:
        """One request, with the login and the redirects it takes; raises `Transient` for what may pass."""
        scope = _scope(method, url)
        while True:
            try:
                return self._once(method, url, headers, body, seconds, scope)
            except MissingRole as refused:
                if self._roles is None:
                    raise
                self._roles.wait(refused)
                self._authorization.forget(scope)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None, seconds: float, scope: str
    ) -> Answer:
        for _ in range(REDIRECTS + 1):
            ours = _origin(url) == self.origin
            authorization = self._authorization.header(scope) if ours else None
            answer = self._send(method, url, headers, body, seconds, authorization)
            if answer.status == 401 and ours:
                authorization = self._authorization.meet(
                    scope, authorization, answer.headers.get("www-authenticate", "")
                )
                answer = self._send(method, url, headers, body, seconds, authorization)
                if answer.status == 401:
                    raise self._authorization.not_accepted(scope, answer)
            if answer.status == 403 and ours and (forbidden := self._authorization.forbidden(scope, answer)):
                raise forbidden
            redirected = answer.status in (307, 308) or (answer.status in (301, 302, 303) and method in _SAFE)
            if not redirected:
                return answer
            url = self.follow(url, answer)
        raise UserError(f"{self.host}: redirects {method} more than {REDIRECTS} times; check the address")

    def follow(self, url: str, answer: Answer) -> str:
        """The absolute address of an answer's Location; never one that is less protected than the registry's own."""
        place = urljoin(url, answer.headers.get("location", ""))
        parts = urlsplit(place)
        if parts.scheme not in ("http", "https") or not parts.hostname or not answer.headers.get("location"):
            raise UserError(f"{self.host}: answers HTTP {answer.status} without a usable Location; is it a registry?")
        if self.origin.startswith("https:") and parts.scheme == "http":
            if parts.hostname != urlsplit(self.origin).hostname:
                raise UserError(
                    f"{self.host}: sends uploads on to {parts.netloc} without TLS; ask its operator to mend that"
                )
            # Registries behind a TLS proxy that does not tell them so (X-Forwarded-Proto) name themselves with http.
            return self.origin + place[len(f"http://{parts.netloc}") :]
        return place

    def refuse(self, what: str, answer: Answer, way_out: str | None = None) -> UserError:
        """The error that tells why a request failed for good, and the way out where one is known."""
        text = self._authorization.hide(refusal(self.host, what, answer))
        return UserError(f"{text}; {way_out or self._way_out(answer)}")

    def _way_out(self, answer: Answer) -> str:
        if answer.status in (401, 403):
            return f"log in with `docker login {self.host}` as a user who may do this"
        if answer.status == 404:
            return "check the location and that the repository exists"
        if answer.status == 413:
            return "the registry or a proxy before it limits the size of a request; raise that limit to 64 MiB or more"
        if not errors(answer):
            return "is this the address of a registry?"
        return "mend that and run the same command again"

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body | None,
        seconds: float,
        authorization: str | None,
    ) -> Answer:
        extra = {"Authorization": authorization} if authorization else {}
        try:
            return self._connections.send(method, url, {**headers, **extra}, body, seconds)
        except Transient as trouble:
            raise Transient(self._authorization.hide(str(trouble)), trouble.pause, trouble.waited) from None

    def _send_to_token_server(self, method: str, url: str, headers: dict[str, str], form: bytes | None) -> Answer:
        body = None if form is None else Body(len(form), lambda: iter([form]))
        return self._send(method, url, headers, body, self.waits.answer, None)


class Patience:
    """How long a trouble is waited out before it is told."""

    def __init__(self, waits: Waits, what: str, work: Work) -> None:
        self._waits = waits
        self._what = what
        self._work = work
        self.renew()

    def renew(self) -> None:
        """Something went well: the next trouble is a new one."""
        self._tries = 0
        self._waited = 0.0

    def pause(self, trouble: Transient) -> None:
        """Waits before the next try; raises `UserError` when there is none, `Stopped` when the user says so."""
        self._tries += 1
        self._waited += trouble.waited
        if self._tries >= self._waits.tries or self._waited >= self._waits.patience:
            raise Away(
                f"{trouble} (could not {self._what}; tried {self._tries} times); run the same command again later"
            )
        growing = self._waits.first_pause * 2 ** (self._tries - 1) * random.SystemRandom().uniform(0.75, 1.25)
        seconds = max(trouble.pause or 0, min(growing, self._waits.longest_pause))
        if seconds > self._waits.longest_pause:
            raise UserError(
                f"{trouble} and asks to wait {seconds:.0f} s (could not {self._what}); run the same command again then"
            )
        self._work.say(f"{trouble}; trying again in {seconds:.1f} s")
        self._work.stop.wait(seconds)
        self._work.checkpoint()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _scope(method: str, url: str) -> str:
    """What a token is good for: a repository, and reading, writing or deleting there."""
    repository = urlsplit(url).path.split("/manifests/")[0].split("/blobs/")[0].split("/tags/")[0]
    return f"{repository} {'read' if method in _SAFE else 'delete' if method == 'DELETE' else 'write'}"
