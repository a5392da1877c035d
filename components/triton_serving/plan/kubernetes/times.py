"""How long things may take in a pod, derived from what it runs: nothing here is a guess about somebody's model."""

import math

from .. import limits
from ..gateway.scoring import MARGIN_SECONDS
from ..service import Mode, ServicePlan
from ..times import BYTES_PER_SECOND, startup_seconds
from .service import Times

ARRIVAL_SECONDS = 600
"""For finding a node, or a new node, and pulling the programs' images, of which Triton's has more than 10 GB."""


def times(
    plan: ServicePlan,
    model_bytes: int,
    *,
    startup: int | None = None,
    period: int | None = None,
    timeout: int | None = None,
    failures: int | None = None,
) -> Times:
    """What is given, of the start and of the liveness probes, is the caller's word; the rest follows."""
    load = math.ceil(startup_seconds(model_bytes)) if startup is None else startup
    starts = 2 if plan.mode is Mode.SCORING else 1  # Triton, then the entry script
    drain = longest_request(plan)
    pull = math.ceil(model_bytes / BYTES_PER_SECOND)
    # An old pod may hold the place, or the GPU, of the new one for as long as its requests take.
    progress = ARRIVAL_SECONDS + pull + Times.leave + drain + starts * load
    return Times(
        startup=load,
        progress=progress,
        drain=drain,
        probe_period=Times.probe_period if period is None else period,
        probe_timeout=Times.probe_timeout if timeout is None else timeout,
        probe_failures=Times.probe_failures if failures is None else failures,
    )


def longest_request(plan: ServicePlan) -> int:
    """For how many seconds the gateway waits for an answer: who has been let in is answered before a pod ends."""
    if plan.script is None:
        return limits.DIRECT_SECONDS
    return math.ceil(plan.script.scoring_timeout_ms / 1000) + MARGIN_SECONDS
