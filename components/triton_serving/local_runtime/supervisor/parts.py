"""Which units a deployment needs: those that run well are kept where nothing that made them has changed."""

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ..deployment import Deployment
from .gateway import Gateway, GatewaySpec
from .logs import LogFile
from .ports import Port
from .scoring import Scoring, ScoringSpec
from .serving import Serving
from .triton import Triton, TritonSpec


class Parts:
    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._generations = itertools.count(1)
        self._logs = {kind: LogFile(Path("logs", f"{kind}.log")) for kind in (Gateway.kind, Triton.kind, Scoring.kind)}

    def of(self, deployment: Deployment, before: Serving | None) -> Serving:
        """New units have their ports and are not started. Raises `UserError` when a port cannot be had."""
        with ExitStack() as made:
            gateway = self._gateway(deployment, before, made)
            triton = self._triton(deployment, before, made)
            scoring = self._scoring(deployment, triton, before, made)
            made.pop_all()
        return Serving(deployment, gateway, triton, scoring)

    def _gateway(self, deployment: Deployment, before: Serving | None, made: ExitStack) -> Gateway:
        spec = GatewaySpec(deployment.gateway, deployment.port)
        if before is not None and before.gateway.spec == spec and before.gateway.ready.is_set():
            return before.gateway
        if before is not None and before.gateway.spec.port == spec.port:
            held = before.gateway.held.shared()
        else:
            held = Port(spec.port)
        made.callback(held.close)
        return Gateway(spec, held, next(self._generations), self._logs[Gateway.kind], self._changed)

    def _triton(self, deployment: Deployment, before: Serving | None, made: ExitStack) -> Triton | None:
        if deployment.triton is None:
            return None
        spec = TritonSpec(deployment.triton, deployment.plan.models)
        running = before.triton if before else None
        if running is not None and running.spec == spec and running.ready.is_set():
            return running
        log = self._logs[Triton.kind]
        triton = Triton(spec, next(self._generations), log, deployment.startup_seconds, self._changed)
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
        if running is not None and running.spec == spec and running.ready.is_set():
            return running
        log = self._logs[Scoring.kind]
        scoring = Scoring(spec, plan, triton, next(self._generations), log, deployment.startup_seconds, self._changed)
        made.callback(scoring.close)
        return scoring
