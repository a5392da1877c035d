"""Which path answers what: an ASGI application, without a framework between uvicorn and the workers."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from .answers import error_answer
from .bodies import LONGEST, Bodies, HungUp, Receive, TooLarge, TooManyAtOnce
from .cors import cors_headers
from .identity import identify
from .messages import Answer, Call
from .options import Options
from .pool import Overloaded, Pool, WaitedTooLong
from .swagger import VERSIONS, swagger
from .worker_process import TookTooLong, WorkerDied

METHODS = {"/": "GET, HEAD, OPTIONS", "/score": "GET, POST, OPTIONS", "/swagger.json": "GET, HEAD, OPTIONS"}

_TEXT = [(b"content-type", b"text/html; charset=utf-8")]
_JSON = [(b"content-type", b"application/json")]
_SLASHES = re.compile("//+")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Application:
    def __init__(self, pool: Pool, options: Options) -> None:
        self._pool = pool
        self._options = options
        self._bodies = Bodies()
        described = swagger(options.service_name, options.service_version, options.path_prefix)
        self._swagger = json.dumps(described).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = dict(scope["headers"])
        identity = identify(request)
        if identity.problem:
            answer = error_answer(431, identity.problem)
        else:
            try:
                answer = await self._answer(scope, request, receive)
            except HungUp:
                return
        headers = [
            *answer.headers,
            *identity.headers,
            *cors_headers(self._options.cors_origins, request),
            (b"content-length", b"%d" % len(answer.body)),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, request: dict[bytes, bytes], receive: Receive) -> Answer:
        path, method = _SLASHES.sub("/", scope["path"]), scope["method"]
        if path not in METHODS:
            return error_answer(404, f"There is nothing at {path}; the script answers at /score.")
        if method not in METHODS[path].split(", "):
            answer = error_answer(405, f"{path} takes {METHODS[path]}.")
            return Answer(405, [*answer.headers, (b"allow", METHODS[path].encode())], answer.body)
        if path == "/score":
            return await self._score(Call(method, path, scope["query_string"], scope["headers"]), request, receive)
        if method == "OPTIONS":
            return Answer(200, [*_TEXT, (b"allow", METHODS[path].encode())])
        return self._health() if path == "/" else self._described(scope["query_string"])

    def _health(self) -> Answer:
        if self._pool.answers:
            return Answer(200, _TEXT, b"Healthy")
        return _unavailable("Starting again." if self._pool.started else "Starting: init() is not done.")

    def _described(self, query: bytes) -> Answer:
        version = parse_qs(query.decode("latin-1")).get("version", ["2"])[0]
        if version not in VERSIONS:
            return error_answer(404, f"There is no Swagger {version} of this service; there is version 2.")
        return Answer(200, _JSON, self._swagger)

    async def _score(self, call: Call, request: dict[bytes, bytes], receive: Receive) -> Answer:
        if not self._pool.started:
            return _unavailable("Starting: init() is not done.")
        try:
            async with self._bodies.read(int(request.get(b"content-length", b"0")), receive) as body:
                return await self._pool.call(Call(call.method, call.path, call.query, call.headers, body))
        except TooLarge:
            return _hanging_up(error_answer(413, f"The body is larger than {LONGEST} bytes."))
        except TooManyAtOnce:
            return _hanging_up(_unavailable("Too much is being worked on already."))
        except Overloaded:
            return _unavailable("Too many requests wait already.")
        except WaitedTooLong:
            return _unavailable(f"No worker was free within {self._options.max_request_wait_ms} ms.")
        except WorkerDied as death:
            return error_answer(
                502, f"The worker that ran the script {death}. Check the logs for more info.", failed=True
            )
        except TookTooLong:
            return error_answer(500, f"Scoring timeout after {self._options.scoring_timeout_ms} ms", failed=True)
        except asyncio.CancelledError:  # of the dispatcher, whose time to end has run out
            return _hanging_up(_unavailable("Stopping."))


def _unavailable(why: str) -> Answer:
    answer = error_answer(503, why)
    return Answer(503, [*answer.headers, (b"retry-after", b"1")], answer.body)


def _hanging_up(answer: Answer) -> Answer:
    """Said before all of the body was read: nobody wants the rest."""
    return Answer(answer.status, [*answer.headers, (b"connection", b"close")], answer.body)
