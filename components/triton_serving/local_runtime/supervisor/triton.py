"""Triton, and how it is known to be well: every model ready, and a canary through each whose answer stays the same."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...plan.processes import EXIT_SECONDS, Process, TritonPlaces, triton_process
from ...plan.service import ServedModel
from .. import leftovers
from ..canary import Canary, first_look, is_broken, look_again
from .asking import ask
from .failures import explain_triton, not_loaded
from .logs import LogFile
from .parent import Parent
from .ports import Port
from .unit import Say, Unit

_ASK_EVERY = 0.02
_LOOK_EVERY = 5.0
_SHARE_OF_LOOKS = 20
"""Looking takes at most this part of the time: slow models are asked more rarely."""
_LEAST_LOOK_SECONDS = 60.0
"""A busy model answers late, and is well."""
_READY_SECONDS = 10.0
"""So does a busy Triton to the question whether it is ready."""


@dataclass(frozen=True)
class TritonSpec:
    """What makes a new Triton necessary when it changes."""

    places: TritonPlaces
    models: tuple[ServedModel, ...]


class Triton(Unit):
    kind = "triton"
    title = "Triton"
    stop_seconds = EXIT_SECONDS + 1.0

    def __init__(
        self,
        spec: TritonSpec,
        generation: int,
        ports: Sequence[Port],
        parent: Parent,
        log: LogFile,
        startup_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(generation, ports, parent, log, startup_seconds, changed)
        self.spec = spec
        self._places = replace(
            spec.places,
            temporary=f"{spec.places.temporary}-{generation}",
            shared_memory_prefix=f"{spec.places.shared_memory_prefix}{generation}-",
        )
        self.http, self.grpc = ports
        self._canaries: list[Canary] | None = None
        self._asked = ""
        """Whose first answer is waited for."""

    def process(self) -> Process:
        Path(self._places.temporary).mkdir(parents=True)
        return triton_process(self._places, self.http.number, self.grpc.number)

    async def needs(self) -> None:
        """Nothing: it starts alone."""

    async def become_ready(self, say: Say) -> None:
        self._asked = ""
        while await self._unready():
            await asyncio.sleep(_ASK_EVERY)
        say("asking every model for a first answer")
        self._canaries, notices = await asyncio.to_thread(
            first_look, self.http.number, self.spec.models, self.startup_seconds, asks=self._asks
        )
        for notice in notices:
            self.output.file.note(notice)
        self.notices = tuple(notices)

    async def watch(self) -> str:
        if self._canaries is None:  # an earlier supervisor saw it become ready
            async with asyncio.timeout(self.startup_seconds):
                await self.become_ready(lambda _: None)
        while True:
            began = time.monotonic()
            wrong = await self._look()
            if wrong and not is_broken(wrong):  # once may be chance; but of several instances the next may be well
                wrong = await self._look()
            if wrong:
                return wrong
            await asyncio.sleep(max(_LOOK_EVERY, _SHARE_OF_LOOKS * (time.monotonic() - began)))

    def sweep(self) -> None:
        leftovers.remove(self._places.shared_memory_prefix, Path(self._places.temporary))

    def explain(self, reason: str) -> str:
        return explain_triton(reason, self.output)

    def explain_time_out(self) -> str:
        waiting = ", ".join(not_loaded(self.spec.models, self.output))
        what = f"it still waits for {waiting}" if waiting else "all models are loaded, but it does not answer"
        if self._asked:
            what = f"all models are loaded, but {self._asked} does not answer a first request"
        return self.explain(f"{self.time_out()}: {what}")

    def _asks(self, model: str) -> None:
        self._asked = model

    async def _unready(self, seconds: float = 2) -> str | None:
        paths = ["/v2/health/ready", *_ready_paths(self.spec.models)]
        for path in paths:
            answer = await ask(self.http.number, path, seconds=seconds)
            if answer is None or answer.status != 200:
                return f"{path} says {answer.status if answer else 'nothing'}"
        return None

    async def _look(self) -> str | None:
        for canary in self._canaries or ():
            seconds = max(_LEAST_LOOK_SECONDS, _SHARE_OF_LOOKS * canary.seconds)
            wrong = await asyncio.to_thread(look_again, self.http.number, canary, seconds)
            if wrong:
                return f"model {canary.model}, version {canary.version}: {wrong}"
        return await self._unready(_READY_SECONDS)


def _ready_paths(models: Sequence[ServedModel]) -> list[str]:
    return [f"/v2/models/{model.name}/versions/{version}/ready" for model in models for version in model.versions]
