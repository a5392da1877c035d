"""The scoring server: workers in the user's environment that run the entry script."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...plan.processes import Process, ScoringPlaces, scoring_process
from ...plan.service import Script, ServicePlan
from .. import leftovers
from .asking import ask
from .failures import explain_scoring
from .logs import LogFile
from .parent import Parent
from .ports import Port
from .triton import Triton
from .unit import Say, Unit

_ASK_EVERY = 0.02


@dataclass(frozen=True)
class ScoringSpec:
    """What makes a new scoring server necessary when it changes. Another Triton does: `init()` asked the old one."""

    service: str
    script: Script
    places: ScoringPlaces
    triton: str | None
    """The unit's name."""


class Scoring(Unit):
    kind = "scoring"
    title = "the scoring server"

    def __init__(
        self,
        spec: ScoringSpec,
        plan: ServicePlan,
        triton: Triton | None,
        generation: int,
        ports: Sequence[Port],
        parent: Parent,
        log: LogFile,
        startup_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(generation, ports, parent, log, startup_seconds, changed)
        self.spec = spec
        self.stop_seconds = spec.script.scoring_timeout_ms / 1000 + 1
        (self.http,) = ports
        self._plan = plan
        self._triton = triton
        self._places = replace(spec.places, temporary=f"{spec.places.temporary}-{generation}")

    def process(self) -> Process:
        Path(self._places.temporary).mkdir(parents=True)
        triton_ports = (self._triton.http.number, self._triton.grpc.number) if self._triton else None
        return scoring_process(
            self._plan, self.spec.script, self._places, str(Path.cwd()), self.http.number, triton_ports
        )

    async def needs(self) -> None:
        if self._triton is not None:
            await self._triton.ready.wait()

    async def become_ready(self, say: Say) -> None:
        while True:
            answer = await ask(self.http.number, "/")
            if answer is not None and answer.status == 200:
                return
            await asyncio.sleep(_ASK_EVERY)

    def sweep(self) -> None:
        leftovers.remove(None, Path(self._places.temporary))

    def explain(self, reason: str) -> str:
        return explain_scoring(reason, self.output)
