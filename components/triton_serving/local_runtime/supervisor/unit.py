"""One program of the service that is kept running: brought up, watched, brought up again when something is wrong."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...plan.processes import Process
from ...rules.problems import UserError
from .child import Child, describe_exit
from .failures import explain
from .identity import Identity
from .logs import LogFile, Output
from .parent import Parent
from .ports import Port

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_LIVED_WELL = 60.0
"""A program that was ready for so many seconds is started again at once when it dies, and its past is forgotten."""

Say = Callable[[str], None]


class Unit(ABC):
    """One generation of the gateway, of Triton or of the scoring server, with its ports. It keeps them through crashes,
    so that nobody else has to learn of a restart."""

    kind: str
    title: str
    """What the user calls it: "Triton"."""
    stop_seconds: float
    """In which it may finish what it has begun."""
    folder = Path()
    """Where it runs."""

    def __init__(
        self,
        generation: int,
        ports: Sequence[Port],
        parent: Parent,
        log: LogFile,
        startup_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        self.generation = generation
        self.name = f"{self.kind}-{generation}"
        self.ports = ports
        self.output = Output(log)
        self.startup_seconds = startup_seconds
        self.ready = asyncio.Event()
        self.trouble = "it is being started"
        """Why it is not ready."""
        self.failures = 0
        """In a row."""
        self.outdated = False
        """Whether another version of this package started it: the next deployment starts its own."""
        self.notices: tuple[str, ...] = ()
        """What the user should know of it, though it is ready."""
        self._parent = parent
        self._changed = changed
        self._child: Child | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and not self._child.ended.done() else None

    @abstractmethod
    def process(self) -> Process: ...

    @abstractmethod
    async def become_ready(self, say: Say) -> None:
        """Returns once the new process answers as it should; raises `UserError` when it never will."""

    @abstractmethod
    async def needs(self) -> None:
        """Returns once what it asks when it starts is there."""

    async def watch(self) -> str:
        """Returns what is wrong with a running process, once something is."""
        never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        return await never

    @abstractmethod
    def sweep(self) -> None:
        """Removes what a process that has ended left."""

    def close(self) -> None:
        """Lets go of its ports."""
        for port in self.ports:
            port.close()

    def explain(self, reason: str) -> str:
        return explain(reason, self.output)

    def explain_time_out(self) -> str:
        return self.explain(self.time_out())

    def time_out(self) -> str:
        return f"{self.title} did not become ready within {self.startup_seconds:g} s (startupTimeoutSeconds)"

    async def bring_up(self, say: Say = lambda _: None) -> None:
        """Starts the process and returns when it is ready; else ends it and raises `UserError` with the reason."""
        self.output.recent.clear()
        self.outdated = False
        self.sweep()
        try:
            self._child = Child.start(self.process(), self.name, self.output, self._parent, self.folder)
        except OSError as error:
            raise UserError(f"{self.title} cannot be started: {error.strerror} ({error.filename})") from error
        readiness = asyncio.ensure_future(self.become_ready(say))
        try:
            either: set[asyncio.Future[Any]] = {readiness, self._child.ended}
            await asyncio.wait(either, timeout=self.startup_seconds, return_when=asyncio.FIRST_COMPLETED)
            await self._judge(readiness, self._child)
        except BaseException:
            await self._child.stop(grace=0)
            raise
        finally:
            readiness.cancel()
        self.trouble = ""
        self.ready.set()

    async def adopt(self, process: Identity, outdated: bool) -> None:
        """Takes over what an earlier supervisor started and saw ready. Raises `OSError` when it has gone since."""
        self._child = Child.adopt(process, self.name, self.output, self._parent)
        self.outdated = outdated
        self.trouble = ""
        self.ready.set()

    def keep(self) -> None:
        """From now on it is brought up again whenever something is wrong."""
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self, grace: float) -> None:
        """It may finish what it has begun, for so many seconds."""
        self.ready.clear()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        if self._child is not None:
            await self._child.stop(grace)
        self.sweep()
        self.close()

    async def _judge(self, readiness: "asyncio.Future[None]", child: Child) -> None:
        if readiness.done() and readiness.exception() is None and not child.ended.done():
            return
        if readiness.done():  # it may have died while it was asked: then that is the reason
            await asyncio.wait([child.ended], timeout=0.5)
        if child.ended.done():
            raise UserError(
                self.explain(f"{self.title} ended while it started ({describe_exit(child.ended.result())})")
            )
        if readiness.done():
            raise UserError(self.explain(str(readiness.exception()))) from readiness.exception()
        raise UserError(self.explain_time_out())

    async def _keep(self) -> None:
        while True:
            if self.pid is None:
                await self._bring_up_again()
            began = time.monotonic()
            self.trouble = await self._until_trouble()
            self.ready.clear()
            self._changed()
            self.output.file.note(f"{self.title}: {self.trouble}; it is started again")
            if time.monotonic() - began > _LIVED_WELL:
                self.failures = 0
            if self._child is not None:
                await self._child.stop(grace=0)

    async def _until_trouble(self) -> str:
        assert self._child is not None  # noqa: S101
        watching = asyncio.ensure_future(self.watch())
        try:
            either: set[asyncio.Future[Any]] = {watching, self._child.ended}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._child.ended.done():
                return f"the process died ({describe_exit(self._child.ended.result())})"
            return watching.result()
        except Exception as error:  # it answered in a way that nobody expects
            return f"it cannot be watched: {error!r}"
        finally:
            watching.cancel()

    async def _bring_up_again(self) -> None:
        while True:
            if self.failures:
                await asyncio.sleep(min(_FIRST_PAUSE * 2 ** (self.failures - 1), _LONGEST_PAUSE))
            self.failures += 1
            await self.needs()
            try:
                await self.bring_up()
            except Exception as error:  # whatever it is, the next try may do
                self.trouble = str(error).partition("\n")[0] or repr(error)
                self._changed()
                self.output.file.note(f"{self.title}: {self.trouble}")
            else:
                self._changed()
                return
