"""Which units a deployment needs: those that run well are kept where nothing that made them has changed."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from ..deployment import Deployment
from .gateway import Gateway, GatewaySpec
from .logs import LogFile
from .parent import Parent
from .ports import Port
from .record import Record
from .scoring import Scoring, ScoringSpec
from .serving import Serving
from .triton import Triton, TritonSpec
from .unit import Unit


class Parts:
    def __init__(self, parent: Parent, changed: Callable[[], None]) -> None:
        self._parent = parent
        self._changed = changed
        self._generations = itertools.count(1)
        self._logs = {kind: LogFile(Path("logs", f"{kind}.log")) for kind in (Gateway.kind, Triton.kind, Scoring.kind)}
        self._known: Mapping[str, Record] = {}

    def of(self, deployment: Deployment, before: Serving | None) -> Serving:
        """New units have their ports and are not started. Raises `UserError` when a port cannot be had."""
        with ExitStack() as made:
            gateway = self._gateway(deployment, before, made)
            triton = self._triton(deployment, before, made)
            scoring = self._scoring(deployment, triton, before, made)
            made.pop_all()
        return Serving(deployment, gateway, triton, scoring)

    def again(self, deployment: Deployment, records: Mapping[str, Record]) -> Serving:
        """With the numbers and the ports of the units that an earlier supervisor left."""
        self._generations = itertools.count(1 + max(record.generation for record in records.values()))
        self._known = records
        try:
            return self.of(deployment, None)
        finally:
            self._known = {}

    def _gateway(self, deployment: Deployment, before: Serving | None, made: ExitStack) -> Gateway:
        spec = GatewaySpec(deployment.gateway, deployment.port)
        if before is not None and before.gateway.spec == spec and _runs_well(before.gateway):
            return before.gateway
        if before is not None and before.gateway.spec.port == spec.port:
            generation, held = next(self._generations), before.gateway.held.shared()
        else:
            generation, (held,) = self._place(Gateway.kind, spec.port)
        made.callback(held.close)
        return Gateway(spec, held, generation, self._parent, self._logs[Gateway.kind], self._changed)

    def _triton(self, deployment: Deployment, before: Serving | None, made: ExitStack) -> Triton | None:
        if deployment.triton is None:
            return None
        spec = TritonSpec(deployment.triton, deployment.plan.models)
        running = before.triton if before else None
        if running is not None and running.spec == spec and _runs_well(running):
            return running
        generation, ports = self._place(Triton.kind, 0, 0)
        log, seconds = self._logs[Triton.kind], deployment.startup_seconds
        triton = Triton(spec, generation, ports, self._parent, log, seconds, self._changed)
        made.callback(triton.close)
        return triton

    def _scoring(
        self, deployment: Deployment, triton: Triton | None, before: Serving | None, made: ExitStack
    ) -> Scoring | None:
        plan = deployment.plan
        if deployment.scoring is None or plan.script is None:
            return None
        spec = ScoringSpec(plan.name, plan.script, deployment.scoring, triton.name if triton else None)
        running = before.scoring if before else None
        if running is not None and running.spec == spec and _runs_well(running):
            return running
        generation, ports = self._place(Scoring.kind, 0)
        log, seconds = self._logs[Scoring.kind], deployment.startup_seconds
        scoring = Scoring(spec, plan, triton, generation, ports, self._parent, log, seconds, self._changed)
        made.callback(scoring.close)
        return scoring

    def _place(self, kind: str, *ports: int) -> tuple[int, Sequence[Port]]:
        """A unit's number and its ports."""
        if kind in self._known:
            return self._known[kind].generation, self._known[kind].take_ports()
        return next(self._generations), [Port(number) for number in ports]


def _runs_well(unit: Unit) -> bool:
    return unit.ready.is_set() and not unit.outdated
