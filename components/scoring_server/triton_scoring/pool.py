"""The workers: started together, given calls one at a time, replaced when they end; callers wait in one queue."""

import asyncio
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from .messages import Answer, Call
from .start_failure import StartFailure
from .worker import Order
from .worker_process import WorkerProcess, how_it_ended

QUEUE_PER_WORKER = 128
"""Callers that wait for each worker; more are sent away, for they would wait long and hold their bodies in memory."""
STARTS_IN_VAIN = 5
"""So often in a row a replacement may fail to start. Then, with no other worker left, the server ends, for whoever
watches over it to see."""
STEADY_SECONDS = 10.0
"""A worker that lived this long is replaced at once."""
LONGEST_PAUSE = 4.0
TELL_AFTER = (5.0, 30.0)
"""A script that does not come back from init() is named after this many seconds, and then every so many."""


class Overloaded(Exception):
    """Too many callers wait already."""


class WaitedTooLong(Exception):
    """No worker was free in time, and none has seen the call."""


@dataclass(eq=False)
class _Caller:
    """One that waits for a worker."""

    call: Call
    answer: asyncio.Future[Answer]


class Pool:
    def __init__(
        self, order: Order, count: int, timeout_ms: int, max_wait_ms: int, environment: dict[str, str]
    ) -> None:
        """No limit where milliseconds are 0: of a call, and of the wait for a worker."""
        self._order = order
        self._count = count
        self._limit = timeout_ms / 1000 if timeout_ms else None
        self._longest_wait = max_wait_ms / 1000 if max_wait_ms else None
        self._environment = environment
        self._workers: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._waiting: deque[_Caller] = deque()
        self._keepers: list[asyncio.Task[None]] = []
        self._started = asyncio.Event()
        self.failure: asyncio.Future[StartFailure] = asyncio.get_running_loop().create_future()
        """Done once the script turns out not to be servable."""

    @property
    def started(self) -> bool:
        """Whether all workers have been ready once."""
        return self._started.is_set()

    @property
    def answers(self) -> bool:
        """Whether there is a worker, busy or idle."""
        return self.started and self._ready() > 0

    def start(self) -> None:
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._count)]
        self._keepers.append(asyncio.create_task(self._tell()))
        for keeper in self._keepers:
            keeper.add_done_callback(self._kept)

    async def call(self, call: Call) -> Answer:
        """Raises Overloaded, WaitedTooLong, WorkerDied or TookTooLong."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        if worker := self._take():
            worker.begin(call, answer)
        elif len(self._waiting) < QUEUE_PER_WORKER * self._count:
            caller = _Caller(call, answer)
            self._waiting.append(caller)
            if self._longest_wait:
                loop.call_later(self._longest_wait, self._send_away, caller)
        else:
            raise Overloaded
        return await answer

    async def stop(self) -> None:
        """Lets the workers go; calls should have ended before."""
        self._replace_no_more()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(worker.dismiss() for worker in self._workers))

    def kill(self) -> None:
        """Ends them at once, whatever they do."""
        self._replace_no_more()
        for worker in self._workers:
            worker.kill()

    def _replace_no_more(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()

    def _kept(self, keeper: asyncio.Task[None]) -> None:
        """Linux may refuse another process."""
        if not keeper.cancelled() and (error := keeper.exception()):
            self._fail(StartFailure(f"a worker cannot be started: {error}"))

    def _fail(self, failure: StartFailure) -> None:
        if not self.failure.done():
            self.failure.set_result(failure)

    def _ready(self) -> int:
        return sum(worker.usable for worker in self._workers)

    def _take(self) -> WorkerProcess | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.usable:
                return worker
        return None

    def _send_away(self, caller: _Caller) -> None:
        if caller in self._waiting:
            self._waiting.remove(caller)
            if not caller.answer.done():
                caller.answer.set_exception(WaitedTooLong())

    def _is_free(self, worker: WorkerProcess) -> None:
        """Its next call goes out here and now, before anybody looks at the last answer: it should not wait for that."""
        while self._waiting:
            caller = self._waiting.popleft()
            if not caller.answer.done():
                worker.begin(caller.call, caller.answer)
                return
        self._idle.append(worker)

    async def _keep(self) -> None:
        """Keeps one worker running, one after the other."""
        pause, in_vain = 0.0, 0
        while True:
            worker = WorkerProcess(self._order, self._environment, self._limit, self._is_free)
            await worker.start()
            self._workers.add(worker)
            try:
                await worker.get_ready()
            except StartFailure as failure:
                in_vain += 1
                if not self.started or (in_vain >= STARTS_IN_VAIN and not self._ready()):
                    self._fail(failure)
                    return
                _say(f"worker {worker.process.pid}: {failure.cause}")
            else:
                in_vain = 0
                if self._ready() == self._count:
                    self._started.set()
                if worker.usable:
                    self._is_free(worker)
            status = await worker.ended()
            self._workers.discard(worker)
            lived = time.monotonic() - worker.ready_at
            pause = 0.0 if lived > STEADY_SECONDS else min(LONGEST_PAUSE, max(0.1, pause * 2))
            _say(f"worker {worker.process.pid} {how_it_ended(status)}; a new one starts in {pause:g} s")
            await asyncio.sleep(pause)

    async def _tell(self) -> None:
        begin, pause = time.monotonic(), TELL_AFTER[0]
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._started.wait(), pause)
                return
            waited = time.monotonic() - begin
            _say(
                f"waiting for init() of {self._order.entry_script}, {waited:.0f} s now: "
                f"{self._ready()} of {self._count} workers are ready"
            )
            pause = TELL_AFTER[1]


def _say(text: str) -> None:
    print(f"triton_scoring: {text}", file=sys.stderr, flush=True)
