"""Reads the bodies of requests, and holds no more of them than memory should bear."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

LONGEST = 100 * 1024 * 1024
"""What Azure ML's router let through."""
TOGETHER = 1024 * 1024 * 1024
"""All that are being read, wait, or are with a worker. 128 callers may wait for each worker: with the longest bodies,
that would be 12 GiB."""

Receive = Callable[[], Awaitable[dict[str, Any]]]


class TooLarge(Exception):
    """The body is longer than any that is taken."""


class TooManyAtOnce(Exception):
    """It would be taken when others are done."""


class HungUp(Exception):
    """The client went away before it had sent all."""


class Bodies:
    def __init__(self) -> None:
        self._held = 0

    @asynccontextmanager
    async def read(self, declared: int, receive: Receive) -> AsyncIterator[bytes | bytearray]:
        """The whole body, for as long as the block lasts; raises what stands above."""
        if declared > LONGEST:
            raise TooLarge
        body = bytearray()
        try:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise HungUp
                part: bytes = message.get("body", b"")
                body += part
                self._held += len(part)
                if len(body) > LONGEST:
                    raise TooLarge
                if self._held > TOGETHER:
                    raise TooManyAtOnce
                more = message.get("more_body", False)
            yield body
        finally:
            self._held -= len(body)
