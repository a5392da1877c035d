"""One worker as the dispatcher sees it: started, given one call at a time, ended."""

import asyncio
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from . import messages
from .messages import Answer, Call, Message, Parser
from .start_failure import StartFailure
from .worker import Order

DYING_SECONDS = 1.0
"""In which an ended worker must have told where it was."""


class WorkerDied(Exception):
    """The worker ended while it had a call."""


class TookTooLong(Exception):
    """run() did not return in time, and its worker was ended: what else would keep its late answer, or a half-read
    answer of Triton on its kept connection, from the next caller?"""


class WorkerProcess(asyncio.Protocol):
    def __init__(
        self, order: Order, environment: dict[str, str], limit: float | None, is_free: Callable[["WorkerProcess"], None]
    ) -> None:
        """`limit` is how many seconds run() may take; `is_free` is told of each call that was answered."""
        self._order = order
        self._environment = environment
        self._limit = limit
        self._is_free = is_free
        self._loop = asyncio.get_running_loop()
        self._parser = Parser()
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._answer: asyncio.Future[Answer] | None = None
        """Of the call it has."""
        self._timer: asyncio.TimerHandle | None = None
        self._disconnected = asyncio.Event()
        self.usable = False
        self.ready_at = math.inf
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-u", "-m", "triton_scoring.worker"),  # -P: the script's folder hides no module of ours
                *(self._order.to_argument(), str(theirs.fileno()), str(os.getpid())),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=sys.stdout.fileno(),  # all that scripts write is one log
                cwd=self._order.folders[0],
                env=self._environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        transport, _ = await self._loop.create_unix_connection(lambda: self, sock=ours)
        self._transport: asyncio.Transport = transport
        self._end = self._loop.create_task(self._watch())

    async def get_ready(self) -> None:
        """Waits till init() is done; raises StartFailure."""
        await asyncio.shield(self._started)
        self.usable = not self._disconnected.is_set()  # it may have ended since
        self.ready_at = time.monotonic()

    def begin(self, call: Call, answer: "asyncio.Future[Answer]") -> None:
        """Gives it a call. The answer may be WorkerDied or TookTooLong; then the worker is not usable any more."""
        self._answer = answer
        self._transport.writelines(call.message().parts())
        if self._limit:
            self._timer = self._loop.call_later(self._limit, self._too_long)

    def _too_long(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(TookTooLong())
            self.end()

    def end(self) -> None:
        """Ends it now: it writes where it was to the log, and all of its group goes with it."""
        self.usable = False
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGABRT)
            self._loop.call_later(DYING_SECONDS, self.kill)

    def kill(self) -> None:
        """Ends it and what it started at once."""
        self.usable = False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def dismiss(self) -> None:
        """Lets an idle worker go."""
        self.usable = False
        self._transport.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._end), DYING_SECONDS)
        self.kill()
        await self._end

    async def ended(self) -> int:
        """Waits for its end: the exit status, negative for a signal."""
        return await asyncio.shield(self._end)

    async def _watch(self) -> int:
        status = await self.process.wait()
        self.kill()  # what it started, and left behind
        # What it wrote before its end may still be on the way.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._disconnected.wait(), DYING_SECONDS)
        self._transport.close()
        if not self._started.done():
            self._started.set_exception(StartFailure(f"a worker {how_it_ended(status)} before init() was done"))
            self._started.exception()  # nobody may wait for it any more
        if self._answer and not self._answer.done():
            self._answer.set_exception(WorkerDied(how_it_ended(status)))
        return status

    def data_received(self, data: bytes) -> None:
        self._parser.feed(data)
        while (message := self._parser.take()) is not None:
            self._take(message)

    def _take(self, message: Message) -> None:
        match message.head[0]:
            case messages.READY:
                self._started.set_result(None)
            case messages.FAILED:
                self._started.set_exception(StartFailure(message.head[1].decode(), bytes(message.body).decode()))
            case messages.ANSWER:
                self._answered(Answer.of(message))

    def _answered(self, answer: Answer) -> None:
        waiting, self._answer = self._answer, None
        if self._timer:
            self._timer.cancel()
        if waiting and not waiting.done():
            waiting.set_result(answer)
        if self.usable:
            self._is_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """A worker that closes its side cannot answer any more, whatever else it still does."""
        self.usable = False
        self._disconnected.set()
        if self._started.done() and self.process.returncode is None and not self._transport.is_closing():
            self.end()


def how_it_ended(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
