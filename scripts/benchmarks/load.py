"""Requests over many connections at a time, as fast as a server answers them. The same work whoever is asked."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import uvloop

CONNECTIONS = 32


@dataclass
class _Tally:
    answers: int = 0
    problems: list[str] = field(default_factory=list)


class _Caller(asyncio.Protocol):
    """Sends the next request when the answer to the last is there; connects again where the server hangs up."""

    def __init__(self, port: int, request: bytes, tally: _Tally) -> None:
        self._port, self._request, self._tally = port, request, tally
        self._received = b""
        self._connecting: asyncio.Task[None] | None = None
        self._stopped = False

    async def connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def stop(self) -> None:
        self._stopped = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
        if not end or len(body) < sum(lengths):
            return
        self._received = b""
        if lines[0].split()[1] == b"200":
            self._tally.answers += 1
        else:
            self._tally.problems.append(lines[0].decode())
        if b"connection: close" in lines:
            self._transport.close()
        else:
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._received = b""
        if not self._stopped:
            self._connecting = asyncio.get_running_loop().create_task(self.connect())


def answers_per_second(port: int, path: str, body: bytes, seconds: float) -> float:
    """Raises RuntimeError when any answer is not 200."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request = f"{head}\r\n\r\n".encode() + body
    tally = _Tally()

    async def call() -> float:
        begin = time.perf_counter()
        callers = [_Caller(port, request, tally) for _ in range(CONNECTIONS)]
        for caller in callers:
            await caller.connect()
        await asyncio.sleep(seconds)
        rate = tally.answers / (time.perf_counter() - begin)
        for caller in callers:
            caller.stop()
        return rate

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rate = runner.run(call())
    if tally.problems:
        raise RuntimeError(f"{len(tally.problems)} answers were not 200: {tally.problems[0]}")
    return rate
