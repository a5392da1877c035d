"""What serves: a deployment with its three units, and how they are together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...plan.gateway.configuration import Targets, Upstream, clusters, routes
from ...plan.limits import DIRECT_SECONDS, REQUEST_SECONDS
from ..deployment import Deployment
from .gateway import Configuration, Gateway
from .scoring import Scoring
from .triton import Triton
from .unit import Unit

_FAILURES_OF_THE_UNHEALTHY = 3
"""Before that, a restart may cure it."""


@dataclass(frozen=True)
class Serving:
    deployment: Deployment
    gateway: Gateway
    triton: Triton | None
    scoring: Scoring | None

    def __iter__(self) -> Iterator[Unit]:
        """In the order in which they are stopped: nobody asks one that has gone."""
        return (unit for unit in (self.gateway, self.scoring, self.triton) if unit is not None)

    def answers(self) -> bool:
        """Whether the programs behind the gateway are well."""
        return all(unit.ready.is_set() for unit in (self.scoring, self.triton) if unit is not None)

    def upstreams(self) -> list[Upstream]:
        found = []
        if self.scoring is not None:
            found.append(Upstream(self.scoring.name, self.scoring.http.number))
        elif self.triton is not None:
            found.append(Upstream(self.triton.name, self.triton.http.number))
            found.append(Upstream(_grpc(self.triton), self.triton.grpc.number, grpc=True))
        return found

    def clusters(self, *others: "Serving") -> Configuration:
        """With those of others, as long as they have requests under way."""
        every = {one.cluster: one for serving in (self, *others) for one in serving.upstreams()}
        return clusters([every[name] for name in sorted(every)])

    def clusters_besides(self, other: "Serving | None") -> list[str]:
        """The names of those that another one does not share."""
        shared = other.upstreams() if other else []
        return [one.cluster for one in self.upstreams() if one not in shared]

    def routes(self) -> Configuration:
        direct = self.triton if self.scoring is None else None
        targets = Targets(
            http=direct.name if direct else None,
            grpc=_grpc(direct) if direct else None,
            scoring=self.scoring.name if self.scoring else None,
        )
        return routes(self.deployment.plan, targets, self.deployment.keys, ready=self.answers())

    def state(self) -> tuple[str, str]:
        """Azure ML's word, and why."""
        down = [unit for unit in self if not unit.ready.is_set()]
        if not down:
            return "Healthy", ""
        reason = "; ".join(f"{unit.title}: {unit.trouble}" for unit in down)
        restarts = max(unit.failures for unit in down)
        return ("Unhealthy" if restarts >= _FAILURES_OF_THE_UNHEALTHY else "Transitioning"), reason

    def longest_request_seconds(self) -> float:
        """From its first byte to its answer."""
        script = self.deployment.plan.script
        return REQUEST_SECONDS + (script.scoring_timeout_ms / 1000 if script else DIRECT_SECONDS)

    def without(self, kept: "Serving") -> Sequence[Unit]:
        """The units that another one does not share."""
        shared = set(kept)
        return [unit for unit in self if unit not in shared]


def _grpc(triton: Triton) -> str:
    return f"{triton.name}-grpc"
