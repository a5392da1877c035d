"""The service: what serves now, how it is, and the way to what shall serve next."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

from ...rules.problems import UserError
from ..deployment import Deployment
from . import record
from .departure import drain
from .gateway import Gateway
from .identity import kill_marked, mark_of
from .logs import LogFile
from .machine import check_machine
from .parent import Parent
from .parts import Parts
from .record import Record
from .remains import NEXT, SERVING, end_all_but
from .scoring import Scoring
from .serving import Serving
from .triton import Triton
from .unit import Say, Unit

_STOP_SECONDS = 5.0
"""When the whole service goes, nobody waits for its answers any more."""


class Service:
    def __init__(self, log: LogFile, parent: Parent) -> None:
        self.serving: Serving | None = None
        self._log = log
        self._parts = Parts(parent, self._note_change)
        self._units: list[Unit] = []
        """All that are not stopped: new, serving and old ones."""
        self._draining: list[Serving] = []
        self._changed = asyncio.Event()
        self._moving = asyncio.Lock()
        """Held by who writes the gateway's files."""
        self._tasks = {asyncio.create_task(self._tell_truth())}

    def state(self) -> tuple[str, str]:
        if self.serving is None:
            return "Transitioning", "the first version is being started"
        return self.serving.state()

    def processes(self) -> dict[str, int]:
        return {unit.kind: unit.pid for unit in self.serving or () if unit.pid is not None}

    async def resume(self, outdated: bool) -> None:
        """After a supervisor died: what served still does, and what of it died meanwhile is started again, for as long
        as it takes. What that supervisor had only begun, or was letting go, ends here.
        `outdated` when that one was of another version."""
        written = Path(SERVING).read_text()
        deployment = Deployment.from_json(written)
        try:
            records = record.read(written)
            end_all_but({f"{kind}-{one.generation}" for kind, one in records.items() if one.lives})
            self.serving = self._parts.again(deployment, records)
        except (UserError, ValueError, KeyError, TypeError) as error:  # another version's, or a port is somebody else's
            self._log.note(f"what served before is started again: {error!r}")
            records = {}
            end_all_but(())
            self.serving = self._parts.of(deployment, None)
        self._units.extend(self.serving)
        for unit in self.serving:
            if unit.kind in records:
                await self._adopt(unit, records[unit.kind], outdated)
        self.serving.gateway.put(self.serving.clusters(), self.serving.routes())
        for unit in self.serving:
            unit.keep()
        self._note_change()

    async def _adopt(self, unit: Unit, known: Record, outdated: bool) -> None:
        if known.process is None:
            return
        try:
            await unit.adopt(known.process, outdated or known.outdated)
            self._log.note(f"process {unit.pid}, {unit.title}, goes on")
        except OSError as error:
            self._log.note(f"process {known.process.pid}, {unit.title}, is started again: {error!r}")
            kill_marked(mark_of(Path(), unit.name))

    async def apply(self, say: Say) -> list[str]:
        """Brings the service to what `next.json` says, and returns what its user should know. Raises `UserError` when
        that does not become ready; until it has moved over, it can also be cancelled. In both cases what served before
        still does."""
        check_machine()
        before = self.serving
        after = self._parts.of(Deployment.from_json(Path(NEXT).read_text()), before)
        fresh = after.without(before) if before else list(after)
        self._units.extend(fresh)
        try:
            for unit in (after.triton, after.scoring):
                if unit is not None and unit in fresh:
                    await _bring_up(unit, say)
            await _to_end(self._move(before, after, say))
        except BaseException:
            await _to_end(self._stop(fresh))
            raise
        if before is not None:
            await self._let_go(before, after, say)
        return [notice for unit in fresh for notice in unit.notices]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for kind in (Gateway, Scoring, Triton):  # nobody is asked any more when its turn comes
            units = [unit for unit in self._units if isinstance(unit, kind)]
            await asyncio.gather(*(unit.stop(min(unit.stop_seconds, _STOP_SECONDS)) for unit in units))

    async def _move(self, before: Serving | None, after: Serving, say: Say) -> None:
        """The gateway leads to the new programs; from here on they are what serves."""
        async with self._moving:
            if not after.answers():
                raise UserError(f"it was ready for a moment only: {after.state()[1]}")
            say("moving the gateway over")
            if before is not None and before.gateway is after.gateway:
                await self._move_on_gateway(before, after)
            else:
                after.gateway.put(after.clusters(), after.routes())
                await _bring_up(after.gateway, say)
                record.write(after)
            self.serving = after

    async def _move_on_gateway(self, before: Serving, after: Serving) -> None:
        gateway = after.gateway
        try:
            await gateway.show(after.clusters(before, *self._draining), after.routes())
            record.write(after)
        except (UserError, OSError):
            with contextlib.suppress(UserError, OSError):
                await gateway.show(before.clusters(*self._draining), before.routes())
            raise

    async def _let_go(self, before: Serving, after: Serving, say: Say) -> None:
        """Returns when the old units have answered all they were asked, or the user does not want to wait."""
        drained = asyncio.Event()
        self._draining.append(before)
        task = asyncio.create_task(self._drain_and_stop(before, after, drained, say))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await drained.wait()

    async def _drain_and_stop(self, before: Serving, after: Serving, drained: asyncio.Event, say: Say) -> None:
        try:
            if before.gateway is after.gateway:
                old = before.clusters_besides(after)
            else:
                old = before.clusters_besides(None)
                await before.gateway.refuse_connections()
            if old:
                await drain(before.gateway, old, before.longest_request_seconds(), say)
        finally:
            self._draining.remove(before)
            self._note_change()
            drained.set()
        await self._stop(before.without(after))

    async def _stop(self, units: Iterable[Unit]) -> None:
        """One after the other, each once nobody asks it any more."""
        for unit in units:
            await unit.stop(unit.stop_seconds)
            self._units.remove(unit)

    async def _tell_truth(self) -> None:
        """The gateway's files follow what happens: health routes say 503 as long as a program is not well."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            async with self._moving:
                serving = self.serving
                if serving is None:
                    continue
                self._log.note(" ".join(serving.state()).strip())
                try:
                    await serving.gateway.show(serving.clusters(*self._draining), serving.routes())
                    record.write(serving)
                except (UserError, OSError) as error:
                    self._log.note(str(error))

    def _note_change(self) -> None:
        self._changed.set()


async def _bring_up(unit: Unit, say: Say) -> None:
    say(f"starting {unit.title}")
    began = time.monotonic()
    await unit.bring_up(say)
    unit.keep()
    say(f"{unit.title} is ready after {time.monotonic() - began:.1f} s")


async def _to_end(work: Coroutine[Any, Any, None]) -> None:
    """A step that is never left half done: a wish to stop that comes meanwhile comes too late."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    task.result()
