"""One HTTP request and its answer, bounded in size, with every trouble on the way named."""

import json
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from ...rules.problems import UserError
from . import FilePart
from .file_sending import FileSendingPool, in_small_pieces
from .location import is_loopback

ANSWER_LIMIT = 32 * 1024 * 1024
"""Bytes of an answer that are read. The largest that is due is the config of an image with some 100,000 files."""
TEXT_LIMIT = 300
"""Characters of a registry's own words that are repeated."""
TRANSIENT = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Waits:
    """Seconds after which waiting is given up, and how often a request that failed on the way is made again."""

    connect: float = 20
    answer: float = 30
    finish: float = 900
    """For the request that ends an upload: many registries read the whole blob again before they answer."""
    first_pause: float = 0.5
    longest_pause: float = 60
    tries: int = 6
    patience: float = 60
    """Waiting in vain for so long, over all tries, is enough: a registry that never answers is told in a minute."""


@dataclass(frozen=True)
class Body:
    size: int
    chunks: Callable[[], Iterator[bytes | memoryview | FilePart]]
    """Called again for every time the request has to be sent."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


Send = Callable[[str, str, dict[str, str], bytes | None], Answer]
"""One request: method, URL, headers, body."""


class Transient(Exception):
    """A trouble that may pass: the same request can be made again."""

    def __init__(self, text: str, pause: float | None = None, waited: float = 0) -> None:
        super().__init__(text)
        self.waited = waited
        """Seconds in which nothing came."""
        self.pause = pause
        """Seconds the registry asked to wait (Retry-After)."""


class Connections:
    """Kept-alive connections, through the proxies the environment names, trusting the system's certificates."""

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        # Honours SSL_CERT_FILE and SSL_CERT_DIR, with which most other tools are told of a private authority.
        context = ssl.create_default_context()
        self._direct = urllib3.PoolManager(maxsize=8, retries=False, ssl_context=context)
        self._direct.pool_classes_by_scheme = {**self._direct.pool_classes_by_scheme, "http": FileSendingPool}
        self._proxies = {
            scheme: _through(address, context)
            for scheme, address in urllib.request.getproxies().items()
            if scheme in ("http", "https")
        }

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Body | None, seconds: float) -> Answer:
        """One request; raises `Transient` where trying again may help and `UserError` where it cannot."""
        place = urlsplit(url)
        sent = {"User-Agent": "triton-serving", **headers}
        if body is not None:
            sent["Content-Length"] = str(body.size)
        pool = self._pool(place.scheme, place.hostname or "")
        send_files = place.scheme == "http" and pool is self._direct
        try:
            response = pool.urlopen(
                method,
                url,
                body=in_small_pieces(body.chunks(), send_files) if body is not None and body.size else None,
                headers=sent,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=self.waits.connect, read=seconds),
                preload_content=False,
                decode_content=False,
            )
            content = response.read(ANSWER_LIMIT + 1)
            if len(content) > ANSWER_LIMIT:
                response.close()
                raise UserError(
                    f"{place.netloc}: sends over {ANSWER_LIMIT >> 20} MiB where little is due; is it a registry?"
                )
            response.release_conn()
        except HTTPError as error:
            raise _trouble(place.netloc, error, self.waits.connect, seconds) from None
        answer = Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content)
        if answer.status in TRANSIENT:
            raise Transient(refusal(place.netloc, f"answer {method}", answer), _retry_after(answer))
        return answer

    def _pool(self, scheme: str, host: str) -> urllib3.PoolManager:
        proxy = self._proxies.get(scheme)
        if proxy is None or is_loopback(host) or urllib.request.proxy_bypass(host):
            return self._direct
        return proxy


def refusal(who: str, what: str, answer: Answer) -> str:
    """What a registry said, in one line: its own code and message where it gave them, never a page of HTML."""
    return f"{who}: could not {what}: {said(answer)}"


def said(answer: Answer) -> str:
    status = f"HTTP {answer.status}"
    told = "; ".join(f"{code}: {message}" if message else code for code, message in errors(answer))
    if told:
        return f"{_one_line(told)} ({status})"
    return status if not answer.content else f"{status} with {len(answer.content)} bytes of {answer.kind or 'no type'}"


def errors(answer: Answer) -> list[tuple[str, str]]:
    """Code and message of each error in the specification's form, or in Azure's; empty for anything else."""
    try:
        content = json.loads(answer.content)
        found = content["errors"] if "errors" in content else [content["error"]]
        return [(str(error.get("code") or "error"), str(error.get("message") or "")) for error in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _one_line(text: str) -> str:
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean if len(clean) <= TEXT_LIMIT else clean[:TEXT_LIMIT] + "…"


def _through(address: str, context: ssl.SSLContext) -> urllib3.ProxyManager:
    place = urlsplit(address if "://" in address else f"http://{address}")
    login = f"{unquote(place.username)}:{unquote(place.password or '')}" if place.username else None
    return urllib3.ProxyManager(
        f"{place.scheme}://{place.netloc.rpartition('@')[2]}",
        maxsize=8,
        retries=False,
        ssl_context=context,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=login),
    )


def _retry_after(answer: Answer) -> float | None:
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _trouble(host: str, error: HTTPError, connect: float, seconds: float) -> Exception:
    if isinstance(error, SSLError):
        return UserError(
            f"{host}: no trusted TLS connection: {_one_line(str(error.args[0]))}; "
            "name the file of your certificate authority in SSL_CERT_FILE, or check the address"
        )
    if isinstance(error, ProxyError):
        return Transient(f"{host}: the proxy that the environment names does not let us through: {_cause(error)}")
    if isinstance(error, NameResolutionError):
        return Transient(f"{host}: this name is not known to the name server; check its spelling and your network")
    if isinstance(error, NewConnectionError):
        return Transient(f"{host}: no connection: {_cause(error)}; is the registry up?")
    if isinstance(error, ConnectTimeoutError):
        text = f"{host}: no connection within {connect:g} s; is the registry up, and a proxy needed?"
        return Transient(text, waited=connect)
    if isinstance(error, ReadTimeoutError):
        return Transient(f"{host}: no answer for {seconds:g} s", waited=seconds)
    return Transient(f"{host}: the connection was cut: {_cause(error)}")


def _cause(error: BaseException) -> str:
    """The innermost reason in words: connection refused, broken pipe."""
    reasons = [error, error.__context__, error.__cause__, *error.args, *getattr(error, "reason", error).args]
    for reason in reasons:
        if isinstance(reason, OSError) and reason.strerror:
            return reason.strerror.lower()
    return _one_line(f"{type(error).__name__}: {error.args[0] if error.args else ''}")
